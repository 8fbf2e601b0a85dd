"""What passes between a sync and the activities that match its rows."""

from pydantic import Field

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.wire.syncs import SyncCounts


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
