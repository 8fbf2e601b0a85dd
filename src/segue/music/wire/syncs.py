"""What a sync is started with, carries into its next run, and ends with."""

from typing import Literal

from pydantic import Field

from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.base import Wire
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.music.contracts.tracks import TrackStatus


class ResolveInput(Wire):
    """Input of ``resolve-playlist``.

    Attributes:
        playlist: Name, id, URI or link.
        create: Whether an unknown name makes a new playlist.
    """

    playlist: str
    create: bool


class SyncCounts(Wire):
    """Rows by verdict."""

    accepted: int = 0
    review: int = 0
    not_found: int = 0
    failed: int = 0
    searches: int = 0

    def plus(self, other: "SyncCounts") -> "SyncCounts":
        """The sum of two counts."""
        return SyncCounts(
            accepted=self.accepted + other.accepted,
            review=self.review + other.review,
            not_found=self.not_found + other.not_found,
            failed=self.failed + other.failed,
            searches=self.searches + other.searches,
        )

    @property
    def rows(self) -> int:
        """All rows that have a verdict."""
        return self.accepted + self.review + self.not_found + self.failed


class SyncState(Wire):
    """What a continued run must know.

    Attributes:
        next_row: First row that is not matched yet; all before it are.
        added, planned: Tracks put in so far, and in all.
        unsearched: Rows that could not be searched; a mirror takes nothing out then.
        confirmed: Removals were agreed to.
        in_doubt: A write ended without an answer, so surplus copies may be ours.
        started_at: Epoch seconds of the first run's start.
        agents: What agents did so far.
    """

    next_row: int = 0
    counts: SyncCounts = Field(default_factory=SyncCounts)
    added: int = 0
    planned: int = 0
    removals: int = 0
    unsearched: int = 0
    confirmed: bool = False
    in_doubt: bool = False
    paused: bool = False
    started_at: float = 0.0
    agents: AgentUse = AgentUse()


class PlaylistSyncInput(Wire):
    """Input of ``PlaylistSyncWorkflow``.

    Attributes:
        run_id: Names the run's rows in the database; one for each sync, kept by continue-as-new.
        playlist: Where to; its id is None for a dry run on a playlist that does not exist.
        rows: Number of source rows.
        state: Set by continue-as-new only.
        strategy: Who chooses; never ``auto``.
        shadow: Who chooses once more afterwards, without writing; None: nobody.
        songs_at_once: That agents work on, > 0.
    """

    run_id: str
    request: SyncRequest
    playlist: PlaylistLink
    rows: int
    state: SyncState | None = None
    strategy: Strategy = Strategy.PIPELINE
    shadow: Strategy | None = None
    songs_at_once: int = 8


class PlaylistSyncResult(Wire):
    """Answer of ``PlaylistSyncWorkflow``; the rows are in the database.

    Attributes:
        verified: Read back, the playlist was as planned.
        added, already_present: Wanted tracks, split by whether they were there before.
        removed: Items that a mirror took out.
        seconds: From the first run's start, by the workflow's clock.
        agents: What agents did; None where none was asked.
    """

    verified: bool
    counts: dict[TrackStatus, int]
    removed: int = 0
    searches: int = 0
    seconds: float
    message: str
    confirmed: bool = True
    agents: AgentUse | None = None


SyncEnding = Literal["completed", "failed", "cancelled"]


class SyncEnd(Wire):
    """Input of ``announce-sync-end``.

    Attributes:
        playlist_id: None: a dry run made none.
        error: Code of what made it fail; empty: it did not.
        verified: Read back, the playlist was as planned.
        counts: Rows by status.
    """

    run_id: str
    playlist_id: str | None
    ending: SyncEnding
    error: str = ""
    verified: bool = False
    dry_run: bool = False
    counts: dict[TrackStatus, int]
