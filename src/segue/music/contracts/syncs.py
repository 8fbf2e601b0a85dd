"""A playlist's sync: asked for, under way, reported."""

from enum import StrEnum

from segue.music.contracts.agent_use import AgentUse, PerThousand
from segue.music.contracts.base import Wire
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackOutcome, TrackStatus


class SyncMode(StrEnum):
    """What happens to tracks that the playlist holds and the source does not."""

    APPEND = "append"  # they stay; missing ones are added after them, in order
    MIRROR = "mirror"  # they go; the playlist becomes the source, in order


class SyncRequest(Wire):
    """Start a playlist sync.

    Attributes:
        import_id: The stored import whose rows are wanted.
        playlist: Name, id, URI or link of the target playlist; an unknown name is created.
        dry_run: Match and plan only; write nothing, create nothing.
        confirmed: Whether removals (mirror) are agreed to beforehand.
        wait_for_other: With another sync running on the playlist: start after it (True) or join it.
        refresh: Search again even for rows whose result is cached.
        strategy: Who chooses the tracks; ``auto`` leaves it to the flags and the roll-out.
    """

    import_id: str
    playlist: str
    mode: SyncMode = SyncMode.APPEND
    dry_run: bool = False
    confirmed: bool = False
    wait_for_other: bool = False
    refresh: bool = False
    strategy: Strategy = Strategy.AUTO


class StartedSync(Wire):
    """The sync that answers a request; ``joined`` when it was running already."""

    workflow_id: str
    run_id: str
    joined: bool = False


class SyncPhase(StrEnum):
    """Where a playlist sync stands."""

    MATCHING = "matching"
    PLANNING = "planning"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    APPLYING = "applying"
    VERIFYING = "verifying"
    DONE = "done"


class SyncProgress(Wire):
    """Answer of the ``progress`` query.

    Attributes:
        total: Source rows.
        matched: Rows that have a verdict; the next four say how they split (accepted = the rest).
        to_add, added: Tracks planned to be added, and added so far.
        to_remove: Tracks that a mirror takes out.
        paused: Whether somebody paused the sync.
        waiting_seconds: Seconds still to wait for the catalogue (its Retry-After); 0 when working.
        waiting_reason: Why it waits, in words; also where nobody knows for how long.
    """

    phase: SyncPhase
    total: int = 0
    matched: int = 0
    accepted: int = 0
    review: int = 0
    not_found: int = 0
    failed: int = 0
    to_add: int = 0
    added: int = 0
    to_remove: int = 0
    paused: bool = False
    waiting_seconds: float = 0.0
    waiting_reason: str = ""
    playlist_id: str | None = None
    playlist_name: str = ""


class SyncReport(Wire):
    """A finished sync: the one object of ``segue sync --json``.

    Attributes:
        counts: Rows per status, every status present.
        verified: The playlist, read back, holds exactly what was planned, in order.
        removed: Tracks a mirror took out (or would, in a dry run).
        message: One sentence.
        seconds: Wall time by the workflow's clock.
        searches: Catalogue searches spent by this run.
        strategy: Who chose the tracks.
        strategy_reason: Why that one.
        agents: None where no agent was used.
        per_thousand: The same for 1,000 rows of the source.
    """

    playlist: PlaylistLink
    tracks: tuple[TrackOutcome, ...] = ()
    counts: dict[TrackStatus, int]
    verified: bool
    removed: tuple[Track, ...] = ()
    mode: SyncMode = SyncMode.APPEND
    dry_run: bool = False
    message: str = ""
    workflow_id: str
    seconds: float
    searches: int = 0
    strategy: Strategy = Strategy.PIPELINE
    strategy_reason: str = ""
    agents: AgentUse | None = None
    per_thousand: PerThousand | None = None


class RunSummary(Wire):
    """One line of ``segue runs``; times are ISO 8601 in UTC, ``status`` is Temporal's word.

    Attributes:
        strategy: Who chooses its tracks; None where the run says nothing of it.
    """

    workflow_id: str
    run_id: str
    kind: str
    status: str
    playlist_name: str = ""
    started_at: str
    closed_at: str | None = None
    ui_url: str | None = None
    strategy: Strategy | None = None
