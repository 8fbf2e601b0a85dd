"""Searches of a large local index, beside the event loop."""

import asyncio
import threading
from typing import cast

import httpx2
from starlette.applications import Starlette

from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.local.shapes import TrackTexts
from segue.music.catalogues.local.tracks import LARGE, TrackRoutes
from segue.music.contracts.songs import Track
from tests.fakes.data.tracks import TRACKS
from tests.fakes.waiting import until

BASE = "http://127.0.0.1:4711"


class LargeIndex:
    """Searches until it is told to end."""

    size = LARGE

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def search(self, query: str, *, limit: int, offset: int) -> tuple[list[Track], int]:
        self.begun.set()
        assert self.go.wait(timeout=30)
        return list(TRACKS[:limit]), len(TRACKS)

    def get(self, track_id: str) -> Track | None:
        return next((track for track in TRACKS if track.uri.endswith(track_id)), None)


async def test_a_search_of_a_large_index_holds_no_other_request_up():
    index = LargeIndex()
    routes = TrackRoutes(cast("TrackIndex", index), TrackTexts(BASE, index.get), BASE)
    transport = httpx2.ASGITransport(app=Starlette(routes=routes.routes()))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        query = {"q": "x", "type": "track"}
        searching = asyncio.create_task(client.get("/v1/search", params=query))
        await until(index.begun.is_set, "the search")

        meanwhile = await client.get(f"/v1/tracks/{TRACKS[0].uri.rpartition(':')[2]}")
        index.go.set()
        answer = await searching
    routes.close()

    assert meanwhile.json()["name"] == TRACKS[0].title
    assert answer.json()["tracks"]["total"] == len(TRACKS)
