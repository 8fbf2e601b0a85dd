"""What a song costs, in a short playlist and in a long one: requests, time, history.

    python -m benchmarks.songs [--songs 100] [--long 5000]

The real stack; all songs start at once. Bar: a song costs as many requests in the long playlist.
"""

import argparse
import asyncio
import time

import httpx2

from benchmarks.generated_catalogue import song, tracks
from benchmarks.results import record, table
from benchmarks.sync import Bench, opened
from segue.music.catalogues.port import ADD_LIMIT
from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import Strategy

ROUTES = {
    "reads of a page": "GET /v1/playlists/{id}/items",
    "reads of the snapshot": "GET /v1/playlists/{id}",
    "adds": "POST /v1/playlists/{id}/items",
}


async def requests(http: httpx2.AsyncClient) -> dict[str, int]:
    """By route, so far."""
    return (await http.get("/_faults")).json()["requests"]


async def measure(
    bench: Bench, http: httpx2.AsyncClient, held: int, songs: list[Track]
) -> list[str]:
    """A row of the table: these songs into a playlist that holds so many tracks."""
    playlist = await bench.catalogue.create_playlist(f"of {held}")
    uris = [track.uri for track in bench.held[:held]]
    for place in range(0, held, ADD_LIMIT):
        chunk = uris[place : place + ADD_LIMIT]
        await bench.catalogue.add_items(playlist.id, chunk, position=place)
    before, start = await requests(http), time.perf_counter()
    runs = await asyncio.gather(
        *(
            bench.app.service.start_song(song(each), playlist.id, Strategy.PIPELINE)
            for each in songs
        )
    )
    for run in runs:
        ending = await (await bench.app.service.run(run)).ending(within=600)
        assert ending is not None
        assert ending.song is not None, ending.error
        assert ending.song.success, ending.song.message
    seconds, after = time.perf_counter() - start, await requests(http)
    history = await bench.client.get_workflow_handle(runs[-1].workflow_id).fetch_history()
    size = sum(event.ByteSize() for event in history.events)
    counts = [after.get(route, 0) - before.get(route, 0) for route in ROUTES.values()]
    total = (await bench.catalogue.get_playlist(playlist.id)).total
    assert total == held + len(songs), total
    return [
        f"{held}",
        f"{seconds:.1f}",
        *(f"{count / len(songs):.2f}" for count in counts),
        f"{size / 1024:.0f}",
    ]


async def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--long", type=int, default=5_000)
    options = parser.parse_args()
    count = options.songs
    async with (
        opened(list(tracks(options.long + 2 * count))) as bench,
        httpx2.AsyncClient(base_url=bench.catalogue_url, trust_env=False) as http,
    ):
        new = bench.held[options.long :]
        rows = [
            await measure(bench, http, 0, new[:count]),
            await measure(bench, http, options.long, new[count:]),
        ]
    headings = [
        "the playlist holds",
        "seconds",
        *(f"{name} a song" for name in ROUTES),
        "KiB of history",
    ]
    record("benchmarks/songs.py", f"{count} songs at once.\n\n{table(headings, rows)}")


if __name__ == "__main__":
    asyncio.run(main())
