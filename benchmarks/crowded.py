"""Many syncs on one slow catalogue: is anything searched twice, and how long does a small one take?

    python -m benchmarks.crowded [--syncs 30] [--rows 30] [--delay 0.3]

The real stack, whose catalogue takes ``--delay`` longer for each search. A sync of five songs runs
alone first, and then beside the large ones; so does a song by itself.
"""

import argparse
import asyncio
import time

import httpx2

from benchmarks.generated_catalogue import song, tracks
from benchmarks.results import record, table
from benchmarks.sync import Bench, opened
from segue.music.catalogues.local.faults import FaultPlan
from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import StartedSync, SyncRequest

TINY = 5
SEARCH = "GET /v1/search"
BAR = 10.0  # times its time alone


async def started(bench: Bench, held: list[Track], name: str) -> StartedSync:
    """A sync of these tracks into a playlist of its own."""
    source = bench.folder / f"{name}.csv"
    rows = [song(track) for track in held]
    source.write_text(
        "title\tartist\talbum\n" + "".join(f"{r.title}\t{r.artist}\t{r.album}\n" for r in rows),
        encoding="utf-8",
    )
    imported = await bench.app.service.imports.read(source)
    return await bench.app.service.start_sync(
        SyncRequest(import_id=imported.import_id, playlist=name)
    )


async def seconds_of(bench: Bench, held: list[Track], name: str) -> float:
    """How long a sync takes, start and report included."""
    start = time.perf_counter()
    sync = await started(bench, held, name)
    report = await bench.app.service.report(sync.workflow_id)
    assert report.verified, report.message
    return time.perf_counter() - start


async def song_seconds(bench: Bench, held: Track) -> float:
    """How long a song by itself takes."""
    playlist = await bench.catalogue.create_playlist(held.title)
    start = time.perf_counter()
    address = await bench.app.service.start_song(song(held), playlist.id, Strategy.PIPELINE)
    await (await bench.app.service.run(address)).ending(within=600)
    return time.perf_counter() - start


async def measure(syncs: int, rows: int, delay: float) -> str:
    """The whole load; a table."""
    held = list(tracks(syncs * rows + 2 * TINY + 2))
    alone, among, singles = held[:TINY], held[TINY : 2 * TINY], held[2 * TINY : 2 * TINY + 2]
    large = held[2 * TINY + 2 :]
    async with (
        opened(held) as bench,
        httpx2.AsyncClient(base_url=bench.catalogue_url, trust_env=False) as http,
    ):
        slow = FaultPlan(slow=1, slow_seconds=delay, paths=("/v1/search",))
        await http.post("/_faults", json=slow.model_dump(mode="json"))
        tiny_alone = await seconds_of(bench, alone, "alone")
        song_alone = await song_seconds(bench, singles[0])
        start = time.perf_counter()
        ids = [
            (await started(bench, large[at * rows : (at + 1) * rows], f"large{at}")).workflow_id
            for at in range(syncs)
        ]
        tiny_among = await seconds_of(bench, among, "among")
        song_among = await song_seconds(bench, singles[1])
        reports = [await bench.app.service.report(each) for each in ids]
        seconds = time.perf_counter() - start
        sent = (await http.get("/_faults")).json()["requests"][SEARCH]
    verified = sum(report.verified for report in reports)
    ratio = tiny_among / tiny_alone
    body = table(
        ["", "alone, s", "among the others, s"],
        [
            [f"a sync of {TINY} songs", f"{tiny_alone:.1f}", f"{tiny_among:.1f}"],
            ["a song by itself", f"{song_alone:.1f}", f"{song_among:.1f}"],
        ],
    )
    return (
        f"{syncs} syncs of {rows} rows, {delay:g} s longer a search, 8 searches at once: "
        f"{seconds:.0f} s, {verified} verified.\n\n{body}\n\n"
        f"{len(held)} songs, {sent} searches sent.\n\n"
        f"Bar: the small sync within {BAR:g} times its time alone: "
        f"{'met' if ratio <= BAR else 'NOT MET'}, {ratio:.1f}."
    )


async def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--syncs", type=int, default=30)
    parser.add_argument("--rows", type=int, default=30)
    parser.add_argument("--delay", type=float, default=0.3)
    options = parser.parse_args()
    record("benchmarks/crowded.py", await measure(options.syncs, options.rows, options.delay))


if __name__ == "__main__":
    asyncio.run(main())
