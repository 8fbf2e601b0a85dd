"""The one writer of each playlist: for songs, syncs and the tools of agents alike.

Over all processes that share a database one call at a time writes to a playlist. What waits in a
process goes in one request.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from segue.errors.catalogue import CatalogueError, OutcomeUnknownError
from segue.errors.sync import PlanOutdatedError
from segue.music.activities.reading import read_slots
from segue.music.catalogues.port import ADD_LIMIT, Catalogue
from segue.music.planning.playlist_edits import PlaylistEdit
from segue.music.store.locks import Locks
from segue.music.store.writes import WriteStore
from segue.music.wire.tracks import AddResult

_PLAYLISTS = 32  # whose contents a process remembers: of 10,000 items, a megabyte each


@dataclass
class _Contents:
    """What a playlist holds.

    Attributes:
        snapshot_id: Of the playlist's state; None: the catalogue tells none.
        places: The first 0-based place of each track.
        total: Items, unavailable ones included.
    """

    snapshot_id: str | None
    places: dict[str, int]
    total: int


@dataclass
class _Wish:
    uri: str
    owner: str
    answer: asyncio.Future[AddResult]


class PlaylistWriter:
    """Adds tracks to playlists, each once.

    Args:
        catalogue: Where playlists live.
        writes: What was sent lately.
        locks: One writer of a playlist at a time.
        settle: How long a write may stay invisible to readers.
    """

    def __init__(
        self, catalogue: Catalogue, writes: WriteStore, locks: Locks, settle: timedelta
    ) -> None:
        self._catalogue = catalogue
        self._writes = writes
        self._locks = locks
        self._settle_s = settle.total_seconds()
        self._contents: OrderedDict[str, _Contents] = OrderedDict()
        self._waiting: dict[str, list[_Wish]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def add(self, playlist_id: str, uri: str, owner: str) -> AddResult:
        """Put a track at a playlist's end, unless it is there; others that wait go along.

        Args:
            playlist_id: Where to.
            uri: The track.
            owner: On whose behalf: a workflow's id.

        Raises:
            CatalogueError: The catalogue refused, or gave no answer.
        """
        answer: asyncio.Future[AddResult] = asyncio.get_running_loop().create_future()
        if playlist_id not in self._waiting:
            self._waiting[playlist_id] = []
            task = asyncio.create_task(self._write_all(playlist_id))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        self._waiting[playlist_id].append(_Wish(uri, owner, answer))
        return await answer

    async def add_alone(
        self, playlist_id: str, uris: Sequence[str], owner: str
    ) -> tuple[AddResult, ...]:
        """The same for several, in order, for a caller that holds the playlist's lock.

        Args:
            playlist_id: Where to.
            uris: 1 to 100.
            owner: On whose behalf.

        Raises:
            CatalogueError: The catalogue refused, or gave no answer.
        """
        recent = await self._writes.recent(playlist_id)
        if recent.is_cut_off:
            self._contents.pop(playlist_id, None)
            await asyncio.sleep(self._settle_s)
        contents = await self._read(playlist_id)
        if recent.is_cut_off:
            await self._writes.forget(playlist_id)
        places = dict.fromkeys(recent.uris, contents.total) | contents.places
        missing = [uri for uri in dict.fromkeys(uris) if uri not in places]
        if missing:
            async with self._sending(playlist_id, missing, owner):
                await self._catalogue.add_items(playlist_id, missing, position=contents.total)
            additions = {uri: contents.total + at for at, uri in enumerate(missing)}
            await self._remember(playlist_id, contents, additions)
            places |= additions
        first = set(missing)
        results: list[AddResult] = []
        for uri in uris:
            results.append(AddResult(added=uri in first, position=places[uri]))
            first.discard(uri)
        return tuple(results)

    async def send(self, playlist_id: str, edit: PlaylistEdit, owner: str) -> None:
        """Send an edit of a plan, unless others have added one of its tracks since the plan.

        Args:
            playlist_id: Where to.
            edit: Of the newest plan.
            owner: The sync.

        Raises:
            PlanOutdatedError: They have; nothing was sent.
            CatalogueError: The catalogue refused, or gave no answer.
        """
        async with self._locks(playlist_id):
            if edit.kind == "remove":
                await self._catalogue.remove_items(playlist_id, edit.uris)
                return
            others = await self._writes.others_since(playlist_id, edit.planned, edit.uris, owner)
            if others:
                raise PlanOutdatedError(
                    f"Since the plan was made {len(others)} of its tracks were added by others."
                )
            async with self._sending(playlist_id, edit.uris, owner):
                await self._catalogue.add_items(playlist_id, edit.uris, position=edit.position)

    async def _write_all(self, playlist_id: str) -> None:
        """Serve who waits until nobody does; who comes meanwhile goes with the next request."""
        try:
            while wishes := self._waiting[playlist_id]:
                self._waiting[playlist_id] = wishes[ADD_LIMIT:]
                await self._grant(playlist_id, wishes[:ADD_LIMIT])
        finally:
            del self._waiting[playlist_id]

    async def _grant(self, playlist_id: str, wishes: Sequence[_Wish]) -> None:
        wishes = [wish for wish in wishes if not wish.answer.done()]  # the others have left
        if not wishes:
            return
        try:
            async with self._locks(playlist_id):
                results = await self.add_alone(
                    playlist_id, [wish.uri for wish in wishes], wishes[0].owner
                )
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            is_refusal = isinstance(error, CatalogueError) and not error.retryable
            if is_refusal and len(wishes) > 1:  # one bad track must not take others with it
                for wish in wishes:
                    await self._grant(playlist_id, [wish])
                return
            for wish in wishes:
                if not wish.answer.done():
                    wish.answer.set_exception(error)
            return
        for wish, result in zip(wishes, results, strict=True):
            if not wish.answer.done():
                wish.answer.set_result(result)

    @asynccontextmanager
    async def _sending(
        self, playlist_id: str, uris: Sequence[str], owner: str
    ) -> AsyncGenerator[None]:
        """Leave word of what is sent, for whoever writes next if this process does not live."""
        await self._writes.begin(playlist_id, uris, owner)
        try:
            yield
        except OutcomeUnknownError:
            raise
        except CatalogueError:
            await self._writes.forget(playlist_id)
            raise
        await self._writes.finish(playlist_id)

    async def _read(self, playlist_id: str) -> _Contents:
        """What the playlist holds; read only where it is not as this process has left it."""
        playlist = await self._catalogue.get_playlist(playlist_id)
        contents = self._contents.get(playlist_id)
        if contents and (contents.snapshot_id, contents.total) == (
            playlist.snapshot_id,
            playlist.total,
        ):
            return contents
        slots = await read_slots(self._catalogue, playlist_id)
        places: dict[str, int] = {}
        for place, uri in enumerate(slots):
            if uri is not None:
                places.setdefault(uri, place)
        contents = _Contents(playlist.snapshot_id, places, len(slots))
        self._keep(playlist_id, contents)
        return contents

    async def _remember(
        self, playlist_id: str, contents: _Contents, additions: Mapping[str, int]
    ) -> None:
        """Keep what the playlist holds now, unless somebody else has changed it as well."""
        self._contents.pop(playlist_id, None)
        try:
            playlist = await self._catalogue.get_playlist(playlist_id)
        except CatalogueError:
            return  # it is read again next time; what was added is there
        if playlist.total == contents.total + len(additions):
            contents.places.update(additions)
            self._keep(
                playlist_id, _Contents(playlist.snapshot_id, contents.places, playlist.total)
            )

    def _keep(self, playlist_id: str, contents: _Contents) -> None:
        if contents.snapshot_id is None:
            return
        self._contents[playlist_id] = contents
        self._contents.move_to_end(playlist_id)
        if len(self._contents) > _PLAYLISTS:
            self._contents.popitem(last=False)
