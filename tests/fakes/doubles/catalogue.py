"""A catalogue in memory, with failures to order."""

import functools
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from segue.errors.catalogue import (
    CatalogueError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
)
from segue.music.catalogues.port import (
    ADD_LIMIT,
    PAGE_SIZE,
    SEARCH_LIMIT,
    ItemsPage,
    Playlist,
)
from segue.music.contracts.songs import Track

PREFIX = "spotify:track:"
URI = re.compile(rf"{PREFIX}[0-9A-Za-z]{{22}}")
FIELD = re.compile(r'\b(track|artist|album|isrc):(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Failure:
    """One call that fails.

    Attributes:
        after_effect: The call does its work first, then fails: a lost response.
    """

    error: CatalogueError
    after_effect: bool = False


@dataclass
class _Stored:
    playlist: Playlist
    owner: str
    items: list[Track | None] = field(default_factory=list)
    version: int = 0


class InMemoryCatalogue:
    """The ``Catalogue`` port over lists.

    Attributes:
        calls: Every call so far, oldest first, as (method, first argument); failed ones included.
        name: Settable; ``local`` at first.
    """

    def __init__(
        self,
        tracks: Iterable[Track] = (),
        *,
        fail: Mapping[str, Sequence[Failure | CatalogueError | None]] | None = None,
        name: str = "local",
        user: str = "local",
    ) -> None:
        """Hold ``tracks``.

        Args:
            tracks: What can be found.
            fail: Per method name, what happens to its first calls, one entry per call; None lets
                the call succeed, and so do all calls after the last entry.
            name: Of the catalogue.
            user: Who is logged in.
        """
        self.name = name
        self.calls: list[tuple[str, str]] = []
        self._user = user
        self._tracks = {track.uri: track for track in tracks}
        self._playlists: dict[str, _Stored] = {}
        self._fail = {method: list(script) for method, script in (fail or {}).items()}

    def fail_next(self, method: str, *failures: Failure | CatalogueError | None) -> None:
        """Order failures for the next calls of a method, after those already ordered."""
        self._fail.setdefault(method, []).extend(failures)

    def called(self, method: str) -> int:
        """How often a method was called."""
        return sum(1 for name, _ in self.calls if name == method)

    def put_playlist(
        self, name: str, uris: Iterable[str | None] = (), *, owner: str | None = None
    ) -> str:
        """Make a playlist without a call, and give its id; None is an unavailable item."""
        playlist_id = f"{len(self._playlists) + 1:022d}"
        playlist = Playlist(id=playlist_id, name=name, owner_id=owner or self._user)
        items = [self._tracks[uri] if uri else None for uri in uris]
        self._playlists[playlist_id] = _Stored(playlist, owner or self._user, items)
        return playlist_id

    def uris_of(self, playlist_id: str) -> list[str | None]:
        """What a playlist really holds, without a call."""
        return [item.uri if item else None for item in self._playlists[playlist_id].items]

    async def search(
        self, query: str, *, limit: int = SEARCH_LIMIT, offset: int = 0
    ) -> tuple[Track, ...]:
        failure = self._begin("search", query)
        if not query.strip() or not 0 <= limit <= SEARCH_LIMIT:
            raise InvalidRequestError(f"search: limit {limit} or query {query!r}")
        _end(failure)
        return tuple(self._ranked(query)[offset : offset + limit])

    async def get_track(self, uri: str) -> Track:
        failure = self._begin("get_track", uri)
        track = self._tracks.get(PREFIX + uri.rpartition(":")[2])
        if track is None:
            raise NotFoundError(f"no track {uri!r}")
        _end(failure)
        return track

    async def my_id(self) -> str:
        _end(self._begin("my_id", ""))
        return self._user

    async def my_playlists(self) -> AsyncIterator[Playlist]:
        mine = [one for one in reversed(self._playlists.values()) if one.owner == self._user]
        for start in range(0, max(len(mine), 1), PAGE_SIZE):
            _end(self._begin("my_playlists", str(start)))
            for one in mine[start : start + PAGE_SIZE]:
                yield _described(one)

    async def get_playlist(self, playlist_id: str) -> Playlist:
        failure = self._begin("get_playlist", playlist_id)
        stored = self._stored(playlist_id)
        _end(failure)
        return _described(stored)

    async def create_playlist(self, name: str, *, description: str = "") -> Playlist:
        failure = self._begin("create_playlist", name)
        if not name:
            raise InvalidRequestError("create_playlist: no name")
        stored = self._stored(self.put_playlist(name))
        stored.playlist = stored.playlist.model_copy(update={"description": description})
        _end(failure)
        return _described(stored)

    async def read_items(
        self, playlist_id: str, *, offset: int = 0, limit: int = PAGE_SIZE
    ) -> ItemsPage:
        failure = self._begin("read_items", playlist_id)
        items = self._own(playlist_id).items
        if not 1 <= limit <= PAGE_SIZE:
            raise InvalidRequestError(f"read_items: limit {limit}")
        _end(failure)
        return ItemsPage(items=tuple(items[offset : offset + limit]), total=len(items))

    async def add_items(self, playlist_id: str, uris: Sequence[str], *, position: int) -> None:
        failure = self._begin("add_items", playlist_id)
        stored = self._own(playlist_id)
        _check_uris(uris)
        if not uris or not 0 <= position <= len(stored.items):
            raise InvalidRequestError(f"add_items: {len(uris)} uris at {position}")
        if unknown := [uri for uri in uris if uri not in self._tracks]:
            raise InvalidRequestError(f"add_items: unknown {unknown[0]!r}")
        stored.items[position:position] = [self._tracks[uri] for uri in uris]
        stored.version += 1
        _end(failure)

    async def remove_items(self, playlist_id: str, uris: Sequence[str]) -> None:
        failure = self._begin("remove_items", playlist_id)
        stored = self._own(playlist_id)
        _check_uris(uris)
        stored.items = [item for item in stored.items if item is None or item.uri not in uris]
        stored.version += 1
        _end(failure)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _begin(self, method: str, argument: str) -> Failure | None:
        """Record the call; raise now, or hand back what to raise after the effect."""
        self.calls.append((method, argument))
        script = self._fail.get(method)
        failure = script.pop(0) if script else None
        if isinstance(failure, CatalogueError):
            raise failure
        if failure is not None and not failure.after_effect:
            raise failure.error
        return failure

    def _stored(self, playlist_id: str) -> _Stored:
        stored = self._playlists.get(playlist_id)
        if stored is None:
            raise NotFoundError(f"no playlist {playlist_id!r}")
        return stored

    def _own(self, playlist_id: str) -> _Stored:
        stored = self._stored(playlist_id)
        if stored.owner != self._user:
            raise ForbiddenError(f"playlist {playlist_id!r} belongs to {stored.owner!r}")
        return stored

    def _ranked(self, query: str) -> list[Track]:
        """Tracks that hold every word of the query where it says, most specific first."""
        wanted = [(name, _words(quoted or bare)) for name, quoted, bare in FIELD.findall(query)]
        free = _words(FIELD.sub(" ", query))
        hits = [
            track
            for track in self._tracks.values()
            if free <= _field(track, "any")
            and all(words <= _field(track, name) for name, words in wanted)
        ]
        return sorted(hits, key=lambda track: len(_field(track, "any")))


def _end(failure: Failure | None) -> None:
    if failure is not None:
        raise failure.error


def _described(stored: _Stored) -> Playlist:
    return stored.playlist.model_copy(
        update={"total": len(stored.items), "snapshot_id": f"v{stored.version}"}
    )


def _check_uris(uris: Sequence[str]) -> None:
    if len(uris) > ADD_LIMIT or not all(URI.fullmatch(uri) for uri in uris):
        raise InvalidRequestError(f"{len(uris)} uris, or one that is none")


def _field(track: Track, name: str) -> frozenset[str]:
    fields = {
        "track": track.title,
        "artist": " ".join(track.artists),
        "album": track.album or "",
        "isrc": track.isrc or "",
    }
    return _words(" ".join(fields.values()) if name == "any" else fields[name])


@functools.lru_cache(maxsize=10_000)  # each search looks at the same texts
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))
