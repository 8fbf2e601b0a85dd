"""Read a whole playlist over a network that fails now and then."""

import asyncio
from datetime import timedelta

from segue.errors.catalogue import CatalogueError, RateLimitedError
from segue.music.activities.searching import LONGEST_PAUSE
from segue.music.catalogues.port import Catalogue, ItemsPage
from segue.music.contracts.songs import Track
from segue.music.planning.playlist_edits import Slot

# Where one request in five fails, five tries of a page fail together once in 3,000 pages, while a
# reading that began anew at each failure would hardly ever see the end of a long playlist: ten
# pages without a failure come once in nine readings.
PAUSES = tuple(timedelta(seconds=pause) for pause in (0.2, 0.5, 1, 2))


async def read_whole_playlist(catalogue: Catalogue, playlist_id: str) -> tuple[Track | None, ...]:
    """All items in order, one slot each; a page that fails is asked for again, no other is.

    Raises:
        CatalogueError: A page failed for good, too often, or for longer than a worker waits.
    """
    items: list[Track | None] = []
    while True:
        page = await _page(catalogue, playlist_id, len(items))
        items.extend(page.items)
        if not page.items or len(items) >= page.total:
            return tuple(items)


async def read_slots(catalogue: Catalogue, playlist_id: str) -> tuple[Slot, ...]:
    """The addresses of all items in order: what planning needs, a tenth of the items' memory.

    Raises:
        CatalogueError: A page failed for good, too often, or for longer than a worker waits.
    """
    slots: list[Slot] = []
    while True:
        page = await _page(catalogue, playlist_id, len(slots))
        slots.extend(page.uris)
        if not page.items or len(slots) >= page.total:
            return tuple(slots)


async def _page(catalogue: Catalogue, playlist_id: str, offset: int) -> ItemsPage:
    for pause in PAUSES:
        try:
            return await catalogue.read_items(playlist_id, offset=offset)
        except CatalogueError as error:
            wait = error.retry_after if isinstance(error, RateLimitedError) else pause
            if not error.retryable or wait > LONGEST_PAUSE:
                raise
        await asyncio.sleep(wait.total_seconds())
    return await catalogue.read_items(playlist_id, offset=offset)
