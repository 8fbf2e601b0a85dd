"""Routes that read and write playlists.

Source: Spotify Web API, OpenAPI document of 2026-08; dev-mode refusals of the February 2026
migration guide (``/tracks`` answers 403; items are for the owner only).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from segue.music.catalogues.local.faults import STALE, StaleReads
from segue.music.catalogues.local.playlists import (
    NewPlaylist,
    OutOfBoundsError,
    PlaylistStore,
    StoredItem,
    StoredPlaylist,
)
from segue.music.catalogues.local.requests import (
    ApiError,
    json_body,
    json_response,
    listed_track_ids,
    playlist_id_of,
    query_number,
    track_ids,
    user_of,
    whole_number,
)
from segue.music.catalogues.local.shapes import (
    TrackTexts,
    dump,
    item_text,
    page_text,
    playlist_json,
)
from segue.music.catalogues.port import PAGE_SIZE

DEFAULT_LIMIT = 20  # Source: Spotify Web API, QueryLimit
EMBEDDED_ITEMS = 100  # Source: Spotify Web API, GET /playlists/{id}: items in the playlist itself
MOST_OFFSET = 100_000  # Source: Spotify Web API, GET /me/playlists

Body = Mapping[str, object]


@dataclass(frozen=True)
class PlaylistRoutes:
    """Playlists over HTTP.

    Attributes:
        base: Where the service answers, without a slash at the end.
        old_api: Speak as before February 2026: ``/tracks``, ``tracks`` and ``track``.
    """

    store: PlaylistStore
    texts: TrackTexts
    stale: StaleReads
    base: str
    old_api: bool = False

    def routes(self) -> list[Route]:
        """What is answered under ``/v1``."""
        one = "/v1/playlists/{playlist_id}"
        items = [
            Route(f"{one}/{self._list_name}", handler, methods=[method])
            for method, handler in (
                ("GET", self.read_items),
                ("POST", self.add_items),
                ("PUT", self.change_items),
                ("DELETE", self.remove_items),
            )
        ]
        forbidden_routes = [
            Route(f"{one}/tracks", _forbidden, methods=["GET", "POST", "PUT", "DELETE"])
        ]
        return [
            Route("/v1/me/playlists", self.mine, methods=["GET"]),
            Route("/v1/me/playlists", self.create, methods=["POST"]),
            Route(one, self.read, methods=["GET"]),
            *items,
            *([] if self.old_api else forbidden_routes),
        ]

    @property
    def _list_name(self) -> str:
        return "tracks" if self.old_api else "items"

    async def mine(self, request: Request) -> Response:
        """``GET /me/playlists``, newest first."""
        limit = query_number(request, "limit", DEFAULT_LIMIT, least=1, most=PAGE_SIZE)
        offset = query_number(request, "offset", 0, least=0, most=MOST_OFFSET)
        playlists, total = self.store.owned_by(user_of(request), offset=offset, limit=limit)
        texts = [dump(self._summary_of(playlist)) for playlist in playlists]
        href = f"{self.base}/v1/me/playlists"
        return json_response(page_text(texts, href, offset=offset, limit=limit, total=total))

    async def create(self, request: Request) -> Response:
        """``POST /me/playlists``.

        Raises:
            ApiError: The name is missing (400).
        """
        body = await json_body(request)
        name, description = body.get("name"), body.get("description")
        if not isinstance(name, str) or not name:
            raise ApiError(400, "Missing required field: name")
        wish = NewPlaylist(
            owner=user_of(request),
            name=name,
            description=description if isinstance(description, str) else "",
            public=body.get("public") is not False,
            collaborative=body.get("collaborative") is True,
        )
        return json_response(self._full(self.store.create(wish), []), 201)

    async def read(self, request: Request) -> Response:
        """``GET /playlists/{id}``, with its first items for the owner."""
        playlist, items = self._view_of(request, offset=0, limit=EMBEDDED_ITEMS)
        if playlist.owner != user_of(request):
            return json_response(dump(playlist_json(playlist, self.base)))
        return json_response(self._full(playlist, items))

    async def read_items(self, request: Request) -> Response:
        """``GET /playlists/{id}/items``."""
        limit = query_number(request, "limit", DEFAULT_LIMIT, least=1, most=PAGE_SIZE)
        offset = query_number(request, "offset", 0, least=0, most=MOST_OFFSET)
        playlist, items = self._view_of(request, offset=offset, limit=limit)
        _require_owner(playlist, request)
        return json_response(self._page(playlist, items, offset=offset, limit=limit))

    async def add_items(self, request: Request) -> Response:
        """``POST /playlists/{id}/items``."""

        def add(playlist: StoredPlaylist, body: Body) -> StoredPlaylist:
            position = whole_number(body, "position", None)
            tracks = self._existing(body.get("uris"))
            if not tracks:
                raise ApiError(400, "No uris provided")
            user = user_of(request)
            return self.store.insert(playlist.id, tracks, position=position, user=user)

        return await self._write(request, add, status=201)

    async def change_items(self, request: Request) -> Response:
        """``PUT /playlists/{id}/items``: replace all, or move some."""

        def change(playlist: StoredPlaylist, body: Body) -> StoredPlaylist:
            if "uris" in body:
                tracks = self._existing(body["uris"])
                return self.store.replace(playlist.id, tracks, user=user_of(request))
            start = whole_number(body, "range_start", None)
            before = whole_number(body, "insert_before", None)
            length = whole_number(body, "range_length", 1)
            if start is None or before is None or length is None:
                raise ApiError(400, "Missing range_start or insert_before")
            return self.store.move(playlist.id, start=start, length=length, before=before)

        return await self._write(request, change)

    async def remove_items(self, request: Request) -> Response:
        """``DELETE /playlists/{id}/items``: every occurrence of each."""

        def remove(playlist: StoredPlaylist, body: Body) -> StoredPlaylist:
            return self.store.remove(playlist.id, listed_track_ids(body.get(self._list_name)))

        return await self._write(request, remove)

    async def _write(
        self,
        request: Request,
        edit: Callable[[StoredPlaylist, Body], StoredPlaylist],
        *,
        status: int = 200,
    ) -> Response:
        body = await json_body(request)
        playlist = self._playlist_of(request)
        _require_owner(playlist, request)
        if STALE in request.scope:
            before = self.store.items(playlist, offset=0, limit=playlist.length)
            self.stale.remember(playlist, before, request.scope[STALE])
        try:
            playlist_after = edit(playlist, body)
        except OutOfBoundsError:
            # 403 and not 400, as Spotify does: spotipy issue 716.
            raise ApiError(403, "Index out of bounds.") from None
        return json_response(dump({"snapshot_id": playlist_after.snapshot_id}), status)

    def _existing(self, uris: object) -> list[str]:
        tracks = track_ids(uris)
        if any(self.texts.by_id(track) is None for track in set(tracks)):
            raise ApiError(400, "Payload contains a non-existing ID")
        return tracks

    def _playlist_of(self, request: Request) -> StoredPlaylist:
        playlist = self.store.get(playlist_id_of(request))
        if playlist is None:
            raise ApiError(404, "Resource not found")
        return playlist

    def _view_of(
        self, request: Request, *, offset: int, limit: int
    ) -> tuple[StoredPlaylist, list[StoredItem]]:
        """What a reader sees now: the present state, or an older one on demand."""
        playlist = self._playlist_of(request)
        view = self.stale.take(playlist.id)
        if view is not None:
            old, items = view
            return old, items[offset : offset + limit]
        return playlist, self.store.items(playlist, offset=offset, limit=limit)

    def _summary_of(self, playlist: StoredPlaylist) -> dict[str, object]:
        href = f"{self.base}/v1/playlists/{playlist.id}/{self._list_name}"
        size = {"href": href, "total": playlist.length}
        return {**playlist_json(playlist, self.base), self._list_name: size}

    def _full(self, playlist: StoredPlaylist, items: list[StoredItem]) -> str:
        page = self._page(playlist, items, offset=0, limit=EMBEDDED_ITEMS)
        return f'{dump(playlist_json(playlist, self.base))[:-1]},"{self._list_name}":{page}}}'

    def _page(
        self, playlist: StoredPlaylist, items: list[StoredItem], *, offset: int, limit: int
    ) -> str:
        key = "track" if self.old_api else "item"
        texts = [item_text(slot, self.texts.by_id(slot.track), key, self.base) for slot in items]
        href = f"{self.base}/v1/playlists/{playlist.id}/{self._list_name}"
        return page_text(texts, href, offset=offset, limit=limit, total=playlist.length)


def _require_owner(playlist: StoredPlaylist, request: Request) -> None:
    if playlist.owner != user_of(request):
        raise ApiError(403, "Forbidden")


async def _forbidden(_: Request) -> Response:
    raise ApiError(403, "Forbidden")
