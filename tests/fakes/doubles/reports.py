"""Reports and lists that a test wrote, as the service gives them."""

from collections.abc import Sequence
from typing import TypeVar

from segue.music.contracts.pages import Page
from segue.music.contracts.reports import StoredReport, StoredRows
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome, TrackStatus

_Item = TypeVar("_Item")


def stored(whole: SyncReport) -> StoredReport:
    """The report as the service gives it: its rows are read by position."""

    async def read(positions: Sequence[int]) -> list[TrackOutcome]:
        return [whole.tracks[row] for row in positions]

    present = {TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT}
    missing = [n for n, row in enumerate(whole.tracks) if row.status not in present]
    rows = StoredRows(len(whole.tracks), missing, read)
    return StoredReport(whole.model_copy(update={"tracks": ()}), rows)


def paged(
    items: Sequence[_Item], *, limit: int = 2, after: str | None = None, offset: int = 0
) -> Page[_Item]:
    """A page of a list; the places are numbers."""
    start = int(after or 0) + offset
    following = start + limit
    return Page(tuple(items[start:following]), str(following) if following < len(items) else None)
