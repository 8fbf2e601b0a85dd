"""The one client of the Spotify Web API; the local catalogue speaks the same language.

Source: Spotify Web API, OpenAPI document of 2026-08, and the February 2026 migration guide
(``/items`` for ``/tracks``, ``POST /me/playlists``, search limit 10).
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Literal
from urllib.parse import quote

import httpx2

from segue.errors.catalogue import NotFoundError
from segue.music.catalogues.answers import RequestInfo, check, no_answer_error, no_such_route, parse
from segue.music.catalogues.auth import TokenSource
from segue.music.catalogues.counts import NO_ANSWER, REQUESTS, SECONDS
from segue.music.catalogues.port import PAGE_SIZE, SEARCH_LIMIT, ItemsPage, Playlist
from segue.music.catalogues.wire import (
    ItemsJson,
    PlaylistJson,
    PlaylistsJson,
    SearchJson,
    TrackJson,
    UserJson,
)
from segue.music.contracts.songs import Track

Query = Mapping[str, str | int]
# "items" since February 2026; "tracks" is what everybody had before.
ItemsRoute = Literal["items", "tracks"]


class WebApiCatalogue:
    """A catalogue behind the Spotify Web API.

    Nothing is retried here except once after a 401, when the token was renewed: a 401 has had no
    effect. The connection pool is shared by all calls; calls may run concurrently.
    """

    def __init__(
        self, *, name: str, api_url: str, tokens: TokenSource, client: httpx2.AsyncClient
    ) -> None:
        """Take over ``tokens`` and ``client``: :meth:`aclose` closes both.

        Args:
            name: ``spotify`` or ``local``.
            api_url: Base of the Web API, ``https://api.spotify.com/v1``.
            tokens: Where access tokens come from.
            client: Pool and timeouts (:func:`segue.music.catalogues.open.http_client`).
        """
        self._name = name
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._client = client
        self._items_route: ItemsRoute = "items"

    @property
    def name(self) -> str:
        """``spotify`` or ``local``."""
        return self._name

    async def search(
        self, query: str, *, limit: int = SEARCH_LIMIT, offset: int = 0
    ) -> tuple[Track, ...]:
        """Tracks for a query in Spotify's syntax, the catalogue's best first."""
        request = RequestInfo("GET /search")
        params = {"q": query, "type": "track", "limit": limit, "offset": offset}
        response = await self._send(request, "/search", params=params)
        return parse(SearchJson, response, request).track_list()

    async def get_track(self, uri: str) -> Track:
        """One track by URI or id.

        Raises:
            NotFoundError: No such track, or the address is of something else.
        """
        request = RequestInfo("GET /tracks/{id}")
        response = await self._send(request, f"/tracks/{_in_path(uri.rpartition(':')[2])}")
        track = parse(TrackJson, response, request).track()
        if track is None:
            raise NotFoundError(f"{uri!r} is not a track of the catalogue.")
        return track

    async def my_id(self) -> str:
        """The logged-in user's id."""
        request = RequestInfo("GET /me")
        return parse(UserJson, await self._send(request, "/me"), request).id

    async def my_playlists(self) -> AsyncIterator[Playlist]:
        """All playlists of the logged-in user; one request per 50."""
        request = RequestInfo("GET /me/playlists")
        offset, total = 0, 1
        while offset < total:
            params = {"limit": PAGE_SIZE, "offset": offset}
            page = parse(
                PlaylistsJson, await self._send(request, "/me/playlists", params=params), request
            )
            for entry in page.items:
                if entry is not None:
                    yield entry.playlist()
            # An empty page ends the list even when the total disagrees.
            offset, total = offset + len(page.items), page.total if page.items else 0

    async def get_playlist(self, playlist_id: str) -> Playlist:
        """One playlist without its items.

        Raises:
            NotFoundError: No such playlist.
        """
        request = RequestInfo("GET /playlists/{id}")
        response = await self._send(request, f"/playlists/{_in_path(playlist_id)}")
        return parse(PlaylistJson, response, request).playlist()

    async def create_playlist(self, name: str, *, description: str = "") -> Playlist:
        """A new private playlist.

        Raises:
            OutcomeUnknownError: No usable answer came; it may exist.
        """
        request = RequestInfo("POST /me/playlists", repeatable=False)
        body = {"name": name, "description": description, "public": False}
        response = await self._send(request, "/me/playlists", body=body)
        return parse(PlaylistJson, response, request).playlist()

    async def read_items(
        self, playlist_id: str, *, offset: int = 0, limit: int = PAGE_SIZE
    ) -> ItemsPage:
        """At most ``limit`` (1 to 50) items from ``offset`` (0-based), one slot each.

        A slot is None when its item is unavailable, an episode or a local file.
        """
        params = {"limit": limit, "offset": offset}
        request, response = await self._send_items("GET", playlist_id, params=params)
        return parse(ItemsJson, response, request).page()

    async def add_items(self, playlist_id: str, uris: Sequence[str], *, position: int) -> None:
        """Insert 1 to 100 tracks before 0-based ``position``; duplicates are allowed.

        Raises:
            OutcomeUnknownError: No usable answer came; they may have been added.
        """
        body = {"uris": list(uris), "position": position}
        await self._send_items("POST", playlist_id, body=lambda _: body, repeatable=False)

    async def remove_items(self, playlist_id: str, uris: Sequence[str]) -> None:
        """Remove every occurrence of 1 to 100 tracks."""
        entries = [{"uri": uri} for uri in uris]
        await self._send_items("DELETE", playlist_id, body=lambda route: {route: entries})

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()
        await self._tokens.aclose()

    async def _send_items(
        self,
        method: str,
        playlist_id: str,
        *,
        params: Query | None = None,
        body: Callable[[ItemsRoute], object] = lambda _: None,
        repeatable: bool = True,
    ) -> tuple[RequestInfo, httpx2.Response]:
        """Use ``/items``, or ``/tracks`` for good once ``/items`` turned out to be unknown."""
        route = self._items_route
        while True:
            request = RequestInfo(f"{method} /playlists/{{id}}/{route}", repeatable=repeatable)
            path = f"/playlists/{_in_path(playlist_id)}/{route}"
            request, response = await self._exchange(request, path, params, body(route))
            if route == "tracks" or not no_such_route(response):
                break
            route = "tracks"
        check(response, request)
        self._items_route = route
        return request, response

    async def _send(
        self, request: RequestInfo, path: str, *, params: Query | None = None, body: object = None
    ) -> httpx2.Response:
        request, response = await self._exchange(request, path, params, body)
        check(response, request)
        return response

    async def _exchange(
        self, request: RequestInfo, path: str, params: Query | None, body: object
    ) -> tuple[RequestInfo, httpx2.Response]:
        """Send with a token, once more with a new token after a 401; hand back any answer."""
        token = await self._tokens.access_token()
        response = await self._attempt(request, token, path, params, body)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            token = await self._tokens.refresh(token)
            response = await self._attempt(request, token, path, params, body)
        return RequestInfo(request.what, repeatable=request.repeatable, secret=token), response

    async def _attempt(
        self, request: RequestInfo, token: str, path: str, params: Query | None, body: object
    ) -> httpx2.Response:
        status = NO_ANSWER
        try:
            with SECONDS.labels(request.what).time():
                response = await self._client.request(
                    request.what.partition(" ")[0],
                    self._api_url + path,
                    params=params,
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                )
            status = str(response.status_code)
        except httpx2.RequestError as failure:
            raise no_answer_error(request, failure) from failure
        finally:
            REQUESTS.labels(request.what, status).inc()
        return response


def _in_path(identifier: str) -> str:
    return quote(identifier, safe="")
