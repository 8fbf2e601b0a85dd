"""The port of catalogues: what the music feature needs of any of them."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import Track

PAGE_SIZE = 50  # Source: Spotify Web API, GET /playlists/{id}/items, maximum of `limit`
ADD_LIMIT = 100  # Source: Spotify Web API, POST /playlists/{id}/items, uris per request
SEARCH_LIMIT = 10  # Source: Spotify Web API since February 2026, GET /search, maximum of `limit`


class Playlist(Wire):
    """A playlist without its items.

    Attributes:
        total: Number of items, unavailable ones included.
        url: Page for a person, where there is one.
    """

    id: str
    name: str
    description: str = ""
    owner_id: str = ""
    snapshot_id: str | None = None
    url: str | None = None
    total: int = 0


class ItemsPage(Wire):
    """A run of a playlist's items.

    Attributes:
        items: In playlist order; None where an item is unavailable (its slot still counts).
        total: Items in the whole playlist.
    """

    items: tuple[Track | None, ...]
    total: int

    @property
    def uris(self) -> tuple[str | None, ...]:
        """The items' addresses, slot by slot."""
        return tuple(item.uri if item else None for item in self.items)


class Catalogue(Protocol):
    """Search for tracks, read and write playlists.

    Every method is one HTTP request unless it says otherwise, never retries by itself, and raises a
    :class:`segue.errors.catalogue.CatalogueError`.
    """

    @property
    def name(self) -> str:
        """``spotify`` or ``local``: cached verdicts and review decisions are kept apart by it."""
        ...

    async def search(
        self, query: str, *, limit: int = SEARCH_LIMIT, offset: int = 0
    ) -> tuple[Track, ...]:
        """Tracks for a query in Spotify's syntax: free text, ``track:``, ``artist:``, ``isrc:``."""
        ...

    async def get_track(self, uri: str) -> Track:
        """One track by URI or id. Raises NotFoundError."""
        ...

    async def my_id(self) -> str:
        """The logged-in user's id."""
        ...

    def my_playlists(self) -> AsyncIterator[Playlist]:
        """All playlists of the logged-in user; one request per 50."""
        ...

    async def get_playlist(self, playlist_id: str) -> Playlist:
        """One playlist without its items. Raises NotFoundError."""
        ...

    async def create_playlist(self, name: str, *, description: str = "") -> Playlist:
        """A new private playlist. Not idempotent: OutcomeUnknownError when no answer came."""
        ...

    async def read_items(
        self, playlist_id: str, *, offset: int = 0, limit: int = PAGE_SIZE
    ) -> ItemsPage:
        """At most ``limit`` (1 to 50) items from ``offset`` (0-based)."""
        ...

    async def add_items(self, playlist_id: str, uris: Sequence[str], *, position: int) -> None:
        """Insert 1 to 100 tracks before 0-based ``position``. Not idempotent."""
        ...

    async def remove_items(self, playlist_id: str, uris: Sequence[str]) -> None:
        """Remove *every* occurrence of 1 to 100 tracks. Idempotent."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


async def read_all_items(catalogue: Catalogue, playlist_id: str) -> tuple[Track | None, ...]:
    """The whole playlist in order; one request per 50 items."""
    items: list[Track | None] = []
    while True:
        page = await catalogue.read_items(playlist_id, offset=len(items))
        items.extend(page.items)
        if not page.items or len(items) >= page.total:
            return tuple(items)
