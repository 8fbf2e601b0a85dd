"""A finished sync whose rows stay in the database until somebody reads them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome

PAGE = 500  # rows in memory at a time


@dataclass(frozen=True)
class StoredRows:
    """The rows of a sync, where they are.

    Attributes:
        songs: How many there are.
        missing: 0-based positions of those that are not in the playlist, in order.
        read: The rows at some 0-based positions, in their order.
    """

    songs: int
    missing: Sequence[int]
    read: Callable[[Sequence[int]], Awaitable[Sequence[TrackOutcome]]]

    async def at(self, positions: Sequence[int]) -> AsyncGenerator[TrackOutcome]:
        """The rows at 0-based positions, a page of them in memory at a time."""
        for start in range(0, len(positions), PAGE):
            for row in await self.read(positions[start : start + PAGE]):
                yield row

    def all(self) -> AsyncGenerator[TrackOutcome]:
        """Every row, likewise."""
        return self.at(range(self.songs))


@dataclass(frozen=True)
class StoredReport:
    """A finished sync that holds no rows: whoever tells it reads them.

    Attributes:
        head: Everything but the rows.
    """

    head: SyncReport
    rows: StoredRows

    async def whole(self) -> SyncReport:
        """The report with its rows; for some thousand of them, not for a hundred thousand."""
        tracks = tuple([row async for row in self.rows.all()])
        return self.head.model_copy(update={"tracks": tracks})
