"""Routes that only read the catalogue: search, one track, and who is asking."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from segue.music.catalogues.local.ids import ID
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.local.requests import (
    ApiError,
    json_response,
    query_number,
    user_of,
)
from segue.music.catalogues.local.shapes import TrackTexts, dump, page_text, user_json
from segue.music.catalogues.port import SEARCH_LIMIT
from segue.music.contracts.songs import Track

DEFAULT_SEARCH_LIMIT = 5  # Source: Spotify Web API, GET /search, since February 2026
MOST_OFFSET = 1000  # Source: Spotify Web API, GET /search
LARGE = 20_000  # tracks of an index whose searches take long enough to hold others up
TYPES = frozenset({"album", "artist", "playlist", "track", "show", "episode", "audiobook"})
_THREADS = 4  # each has a connection to the index; the processor bounds searches before they do

Answer = tuple[list[Track], int]  # the page, and how many there are in all


class TrackRoutes:
    """Search and look-up over the index."""

    def __init__(self, index: TrackIndex, texts: TrackTexts, base: str) -> None:
        self._index = index
        self._texts = texts
        self._base = base
        self._threads = ThreadPoolExecutor(max_workers=_THREADS)

    def close(self) -> None:
        """End the threads that search; nothing can be searched afterwards."""
        self._threads.shutdown()

    def routes(self) -> list[Route]:
        """What is answered under ``/v1``."""
        return [
            Route("/v1/search", self.search),
            Route("/v1/tracks/{track_id}", self.track),
            Route("/v1/me", self.me),
        ]

    async def search(self, request: Request) -> Response:
        """``GET /search``; types other than track are known and always empty.

        Raises:
            ApiError: A parameter is missing or wrong (400).
        """
        query = request.query_params.get("q", "").strip()
        if not query:
            raise ApiError(400, "No search query")
        types = request.query_params.get("type", "").split(",")
        if types == [""]:
            raise ApiError(400, "Missing parameter type")
        if unknown := sorted(set(types) - TYPES):
            raise ApiError(400, f"Bad search type field {unknown[0]}")
        limit = query_number(request, "limit", DEFAULT_SEARCH_LIMIT, least=0, most=SEARCH_LIMIT)
        offset = query_number(request, "offset", 0, least=0, most=MOST_OFFSET)
        answer: Answer = ([], 0)
        if "track" in types:
            answer = await self._search(query, limit=max(limit, 1), offset=offset)
        pages = ",".join(
            f'"{kind}s":{self._page(kind, query, answer, offset=offset, limit=limit)}'
            for kind in types
        )
        return json_response(f"{{{pages}}}")

    async def _search(self, query: str, *, limit: int, offset: int) -> Answer:
        # In the event loop while that is quick: a search takes less than the hand-over to a thread
        # and back gains on one core (docs/spotify.md, measured). A long one would hold others up.
        if self._index.size < LARGE:
            return self._index.search(query, limit=limit, offset=offset)
        search = partial(self._index.search, query, limit=limit, offset=offset)
        return await asyncio.get_running_loop().run_in_executor(self._threads, search)

    def _page(self, kind: str, query: str, answer: Answer, *, offset: int, limit: int) -> str:
        tracks, total = answer if kind == "track" else ([], 0)
        href = f"{self._base}/v1/search?{urlencode({'q': query, 'type': kind})}"
        items = [self._texts.of(track) for track in tracks[:limit]]
        return page_text(items, href, offset=offset, limit=limit, total=total)

    async def track(self, request: Request) -> Response:
        """``GET /tracks/{id}``.

        Raises:
            ApiError: No such track (404), or no id (400).
        """
        track_id = str(request.path_params["track_id"])
        if not ID.fullmatch(track_id):
            raise ApiError(400, "Invalid base62 id")
        text = self._texts.by_id(track_id)
        if text is None:
            raise ApiError(404, "Resource not found")
        return json_response(text)

    async def me(self, request: Request) -> Response:
        """``GET /me``."""
        user = user_of(request)
        return json_response(dump({**user_json(user, self._base), "display_name": user}))
