"""Reports that a test wrote, as the service gives them."""

from collections.abc import Sequence

from segue.music.contracts.reports import StoredReport, StoredRows
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome, TrackStatus


def stored(whole: SyncReport) -> StoredReport:
    """The report as the service gives it: its rows are read by position."""

    async def read(positions: Sequence[int]) -> list[TrackOutcome]:
        return [whole.tracks[row] for row in positions]

    present = {TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT}
    missing = [n for n, row in enumerate(whole.tracks) if row.status not in present]
    rows = StoredRows(len(whole.tracks), whole.counts, missing, read)
    return StoredReport(whole.model_copy(update={"tracks": ()}), rows)
