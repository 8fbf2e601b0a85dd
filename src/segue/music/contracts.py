"""What crosses a boundary in the music feature: every model here is a wire format.

Fields are never renamed or reused, because they live in workflow histories; new ones get defaults.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from segue.music.agent_use import AgentUse, PerThousand
from segue.music.songs import SongMetadata, Track, Wire
from segue.music.strategies import Strategy

# --- verdicts -------------------------------------------------------------------------------------

Decision = Literal["accept", "review", "none", "failed"]


class Penalty(Wire):
    """One line of the ledger that explains a distance.

    Attributes:
        name: Stable name of the rule, e.g. ``title``, ``version``, ``duration``.
        amount: Weighted share of the distance, 0 to 1.
        detail: The fact in words: "asked for a studio recording, this one is live".
        veto: Whether this line alone forbids an acceptance however small the distance is.
    """

    name: str
    amount: float
    detail: str
    veto: bool = False


class ScoredTrack(Wire):
    """A candidate and how far it is from what was asked for.

    Attributes:
        confidence: 0 to 1; 1 is certain.
        penalties: The ledger, heaviest first.
    """

    track: Track
    confidence: float = Field(ge=0, le=1)
    penalties: tuple[Penalty, ...] = ()


class Verdict(Wire):
    """What the matcher decided for one song, and why.

    Attributes:
        decision: ``failed``: no verdict could be reached; the matcher itself never says so.
        track: The chosen track for ``accept``, the best guess for ``review``, else None.
        confidence: Of the chosen or best track, 0 to 1.
        reason: One sentence in the user's words.
        alternatives: The nearest candidates, best first, the chosen one included; at most five.
        searches: Catalogue searches spent.
        decided_by: Who had the last word.
    """

    decision: Decision
    track: Track | None = None
    confidence: float = 0.0
    reason: str
    alternatives: tuple[ScoredTrack, ...] = ()
    searches: int = 0
    decided_by: Literal["matcher", "user", "source", "model"] = "matcher"


class ImportedSong(Wire):
    """A song and where it stood.

    Attributes:
        line: 1-based line (text formats) or element number (XML, JSON) in the source.
        playlist: The playlist it belonged to, in files that hold several.
    """

    song: SongMetadata
    line: int
    playlist: str | None = None


class RejectedRow(Wire):
    """A row that is not a song, and why; the rest of the file goes on."""

    line: int
    reason: str
    text: str = ""


class WorkflowInput(Wire):
    """Ask for one song in one playlist.

    Attributes:
        playlist_id: The catalogue's playlist id, not its name.
    """

    song_metadata: SongMetadata
    playlist_id: str


class WorkflowResult(Wire):
    """How one song ended. ``success`` comes from reading the playlist back, never from a sentence.

    Attributes:
        confidence: 0 to 1.
        status: See :class:`TrackStatus`.
        execution_time_seconds: By the workflow's clock.
    """

    success: bool
    message: str
    track: Track | None = None
    confidence: float = 0.0
    status: "TrackStatus"
    position: int | None = None
    alternatives: tuple[ScoredTrack, ...] = ()
    execution_time_seconds: float = 0.0


class TrackStatus(StrEnum):
    """How one source row ended."""

    ADDED = "added"
    ALREADY_PRESENT = "already_present"
    REVIEW = "review"
    NOT_FOUND = "not_found"
    FAILED = "failed"


class SyncMode(StrEnum):
    """What happens to tracks that the playlist holds and the source does not."""

    APPEND = "append"  # they stay; missing ones are added after them, in order
    MIRROR = "mirror"  # they go; the playlist becomes the source, in order


class TrackOutcome(Wire):
    """One source row of a finished or running sync (the ``tracks[]`` of ``--json``).

    Attributes:
        position: 1-based position in the source.
        query: The song asked for.
        match: The track chosen, or the nearest one for ``review`` and ``not_found``.
        reason: Why, in one sentence.
        alternatives: Nearest candidates, best first.
    """

    position: int
    query: SongMetadata
    status: TrackStatus
    match: Track | None = None
    confidence: float = 0.0
    reason: str = ""
    alternatives: tuple[ScoredTrack, ...] = ()


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
        waiting_reason: Why it waits, in words.
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


class PlaylistLink(Wire):
    """The playlist a sync is about.

    Attributes:
        id: None for a dry run on a playlist that does not exist.
    """

    id: str | None
    name: str
    url: str | None = None


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


class ReviewItem(Wire):
    """A doubtful match that waits for a person.

    Attributes:
        key: Stable id of the wish in this catalogue; the decision applies to every later run.
        alternatives: Nearest candidates, best first.
    """

    key: str
    song: SongMetadata
    reason: str
    confidence: float = 0.0
    alternatives: tuple[ScoredTrack, ...] = ()
    created_at: str


class ReviewDecision(Wire):
    """What a person wants for one wish, on every later run.

    Attributes:
        uri: The track to use from now on, or None for "leave this song out".
    origin: Where the decision came from: a person at the prompt, or the mapping file.
    """

    key: str
    song: SongMetadata
    uri: str | None
    origin: Literal["review", "mapping"] = "review"
    decided_at: str


class ImportReport(Wire):
    """What reading a source gave.

    Attributes:
        import_id: Content-derived: the same source gives the same id.
        format: Name of the importer that read it.
        encoding: Detected text encoding.
        playlists: Names found inside the file, in order of appearance.
        songs: Rows stored.
    """

    import_id: str
    name: str
    format: str
    encoding: str
    songs: int
    playlists: tuple[str, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    rejected_total: int = 0


class MappingReport(Wire):
    """What loading a mapping file gave."""

    loaded: int
    rejected: tuple[RejectedRow, ...] = ()


class PlaylistView(Wire):
    """A playlist with its items.

    Attributes:
        tracks: In order; None where an item is unavailable.
    """

    id: str
    name: str
    url: str | None = None
    total: int
    tracks: tuple[Track | None, ...] = ()
