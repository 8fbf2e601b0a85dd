"""What the music workflows and their activities say to each other.

Rows and plans live in the database; what passes here, and so through histories, is small and of
constant size however long the playlist is.
"""

from pydantic import Field

from segue.music.agent_use import AgentUse
from segue.music.contracts import (
    PlaylistLink,
    SongMetadata,
    SyncMode,
    SyncRequest,
    Track,
    TrackStatus,
    Verdict,
    Wire,
)
from segue.music.playlist_edits import Slot
from segue.music.strategies import Strategy

# --- one song -------------------------------------------------------------------------------------


class SearchResult(Wire):
    """Answer of ``spotify-search``.

    Attributes:
        candidates: Distinct tracks in the order found; at most a few dozen.
        searches: Requests spent.
    """

    candidates: tuple[Track, ...]
    searches: int


class MatchInput(Wire):
    """Input of ``fuzzy-match``."""

    song: SongMetadata
    candidates: tuple[Track, ...]


class DoubtInput(Wire):
    """Input of ``ai-disambiguate``: a song and the verdict in doubt."""

    song: SongMetadata
    verdict: Verdict


class AddInput(Wire):
    """Input of ``add-to-playlist`` and ``verify-track-added``."""

    playlist_id: str
    uri: str


class AddResult(Wire):
    """Answer of ``add-to-playlist``.

    Attributes:
        added: False when the playlist held the track already.
        position: 0-based.
    """

    added: bool
    position: int


# --- a whole playlist -----------------------------------------------------------------------------


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
        """Both together."""
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


class MatchTracksInput(Wire):
    """Input of ``match-tracks``.

    Attributes:
        rows: 0-based positions in the import; one batch.
        give_up: Mark rows that fail once more as failed instead of leaving them pending.
        refresh: Ignore cached verdicts.
    """

    run_id: str
    import_id: str
    rows: tuple[int, ...]
    give_up: bool = False
    refresh: bool = False


class MatchTracksResult(Wire):
    """Answer of ``match-tracks``.

    Attributes:
        counts: Of the rows that got a verdict in this call.
        pending: Rows to try again.
        retry_after_seconds: What the catalogue asked for, > 0 only with pending rows.
        reason: Why rows are pending, in words.
    """

    counts: SyncCounts
    pending: tuple[int, ...] = ()
    retry_after_seconds: float = 0.0
    reason: str = ""


class OpenRowsInput(Wire):
    """Input of ``open-rows`` and ``open-doubts``.

    Attributes:
        rows: 0-based positions in the import; one batch.
    """

    run_id: str
    import_id: str
    rows: tuple[int, ...]


class OpenRow(Wire):
    """A row that an agent is to choose a track for."""

    row: int
    song: SongMetadata


class OpenRows(Wire):
    """Answer of ``open-rows``.

    Attributes:
        rows: In order, without those that a person decided before.
        counts: Of those.
    """

    rows: tuple[OpenRow, ...]
    counts: SyncCounts = Field(default_factory=SyncCounts)


class ChosenRow(Wire):
    """What an agent decided for a row."""

    row: int
    verdict: Verdict


class RecordVerdictsInput(Wire):
    """Input of ``record-verdicts``."""

    run_id: str
    chosen: tuple[ChosenRow, ...]


class ShadowedRow(Wire):
    """What the new path would have done with a row.

    Attributes:
        verdict: None: it failed.
    """

    row: int
    verdict: Verdict | None = None


class RecordShadowInput(Wire):
    """Input of ``record-shadow``; ``use`` is what ``rows`` cost together."""

    run_id: str
    strategy: Strategy
    rows: tuple[ShadowedRow, ...]
    use: AgentUse = AgentUse()


class ShadowInput(Wire):
    """Input of ``ShadowSyncWorkflow``.

    Attributes:
        run_id: Of the sync beside which it runs.
        rows: Source rows of that sync; the first hundred are looked at.
        strategy: The new path.
    """

    run_id: str
    import_id: str
    rows: int
    strategy: Strategy


class ShadowResult(Wire):
    """Answer of ``ShadowSyncWorkflow`` and of ``record-shadow``: rows.

    Attributes:
        different: Where the new path would have done something else; failed ones are apart.
    """

    compared: int = 0
    different: int = 0
    failed: int = 0


class PlanInput(Wire):
    """Input of ``plan-playlist``.

    Attributes:
        playlist_id: None for a dry run on a playlist that does not exist yet.
        repair: A write ended without an answer, so surplus copies may be ours.
    """

    run_id: str
    import_id: str
    playlist_id: str | None
    mode: SyncMode
    repair: bool = False


class PlanResult(Wire):
    """Answer of ``plan-playlist``.

    Attributes:
        edits: Requests still to send; 0 means that the playlist is as planned.
        absent: Wanted tracks that the playlist does not hold yet.
        planned: Tracks that this sync adds in all.
        removals: Items that a mirror takes out for good.
    """

    edits: int
    absent: int
    planned: int
    removals: int


class ApplyEditInput(Wire):
    """Input of ``apply-playlist-edit``.

    Attributes:
        index: 0-based, into the edits of the newest plan.
    """

    run_id: str
    playlist_id: str
    index: int


class ApplyEditResult(Wire):
    """Answer of ``apply-playlist-edit``: how many tracks it put in; 0 for a removal."""

    inserted: int


class Plan(Wire):
    """A sync's plan as the database keeps it.

    Attributes:
        baseline: The playlist before this sync wrote anything.
        wanted: Accepted tracks in source order.
        rows: The source position of each wanted track.
        already: Indices into ``wanted`` that the baseline held.
        absent: Indices into ``wanted`` that the playlist did not hold at the last reading.
        removed: What a mirror takes out.
    """

    baseline: tuple[Slot, ...] = ()
    wanted: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    already: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    removed: tuple[Track, ...] = ()


# --- PlaylistSyncWorkflow -------------------------------------------------------------------------


class SyncState(Wire):
    """What a continued run must know.

    Attributes:
        next_row: First row that is not matched yet; all before it are.
        added, planned: Tracks put in so far, and in all.
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
    """

    run_id: str
    request: SyncRequest
    playlist: PlaylistLink
    rows: int
    state: SyncState | None = None
    strategy: Strategy = Strategy.PIPELINE
    shadow: Strategy | None = None


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
