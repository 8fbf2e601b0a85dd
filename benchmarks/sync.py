"""How fast a playlist sync is, against the design it came from and against no durability at all.

    python -m benchmarks.sync [--tracks 2000] [--long 20000] [--rounds 3]

All variants run in one go on the same tuned server, the same local catalogue and the same songs,
and take turns, so that a machine that slows down slows all of them.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from benchmarks.generated_catalogue import song, tracks, write_catalogue
from benchmarks.measuring import module_process, worker_memory
from benchmarks.per_track import QUEUE, PerTrackWorkflow, Wish
from benchmarks.results import record, table
from segue.music.activities.finding import find
from segue.music.catalogues.open import open_local
from segue.music.catalogues.port import ADD_LIMIT, Catalogue, read_all_items
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.register.local_catalogue import catalogue_import
from segue.music.register.values import LOCAL
from segue.music.service.music import MusicService
from segue.runtime.client import connect
from segue.settings.load import Settings, embedded_settings
from segue.wiring.app import App, open_app
from segue.wiring.stack import StackFiles

CONCURRENCY = 8  # searches in flight, Segue's own default
PER_TRACK_SAMPLE = 300  # that design is slow and its rate is steady: a part is enough
PER_TRACK_IN_FLIGHT = 20  # more only makes each wait longer
ROUNDS = 3


@dataclass(frozen=True)
class Bench:
    """What all variants share."""

    settings: Settings
    folder: Path
    app: App[MusicService]
    client: Client
    catalogue: Catalogue
    catalogue_url: str
    temporal_address: str
    held: list[Track]


@asynccontextmanager
async def opened(held: list[Track]) -> AsyncGenerator[Bench]:
    """A fresh stack whose catalogue holds the tracks."""
    with tempfile.TemporaryDirectory() as name:
        folder = await asyncio.to_thread(Path(name).resolve)
        settings = embedded_settings(folder)
        catalogue_import(settings, write_catalogue(folder / "tracks.csv", held), lambda _: None)
        async with open_app(settings, "music") as app:
            info = StackFiles(settings.data.directory).running()
            assert info
            assert info.temporal_address
            catalogue = open_local(info.companions[LOCAL])
            yield Bench(
                settings,
                folder,
                app,
                await connect(info.temporal_address, {}),
                catalogue,
                info.companions[LOCAL],
                info.temporal_address,
                held,
            )
            await catalogue.aclose()


async def ours(bench: Bench, held: list[Track]) -> tuple[float, SyncReport]:
    """Tracks per second of a whole sync, searching everything anew; and its report."""
    source = bench.folder / f"{uuid4().hex}.csv"
    rows = [song(track) for track in held]
    source.write_text(
        "title\tartist\talbum\tduration_ms\n"
        + "".join(f"{r.title}\t{r.artist}\t{r.album}\t{r.duration_ms}\n" for r in rows),
        encoding="utf-8",
    )
    imported = await bench.app.service.imports.read(source)
    start = time.perf_counter()
    begun = await bench.app.service.start_sync(
        SyncRequest(import_id=imported.import_id, playlist=source.stem, refresh=True)
    )
    report = await bench.app.service.report(begun.workflow_id)
    rate = len(held) / (time.perf_counter() - start)
    assert report.verified, report.message
    return rate, report


async def bare(bench: Bench, *, decide: bool) -> float:
    """Tracks per second of the same requests without durability, with or without deciding."""
    turns = asyncio.Semaphore(CONCURRENCY)

    async def one(track: Track) -> None:
        async with turns:
            if decide:
                await find(song(track), bench.catalogue)
            else:
                await bench.catalogue.search(f"{track.title} {track.artists[0]}")

    start = time.perf_counter()
    await asyncio.gather(*(one(track) for track in bench.held))
    playlist = await bench.catalogue.create_playlist(uuid4().hex)
    uris = [track.uri for track in bench.held]
    for place in range(0, len(uris), ADD_LIMIT):
        await bench.catalogue.add_items(
            playlist.id, uris[place : place + ADD_LIMIT], position=place
        )
    await read_all_items(bench.catalogue, playlist.id)
    return len(uris) / (time.perf_counter() - start)


async def per_track(bench: Bench, *, empty: bool) -> float:
    """Tracks per second of a workflow for each track."""
    turns = asyncio.Semaphore(PER_TRACK_IN_FLIGHT)
    playlist = await bench.catalogue.create_playlist(uuid4().hex)

    async def one(track: Track) -> None:
        async with turns:
            await bench.client.execute_workflow(
                PerTrackWorkflow.run,
                Wish(song=song(track), playlist_id=playlist.id, empty=empty),
                id=f"per-track-{uuid4()}",
                task_queue=QUEUE,
            )

    sample = bench.held[:PER_TRACK_SAMPLE]
    start = time.perf_counter()
    await asyncio.gather(*(one(track) for track in sample))
    return len(sample) / (time.perf_counter() - start)


async def history_bytes_per_track(bench: Bench, report: SyncReport) -> tuple[int, float]:
    """Events of the last run, and bytes of history for each track."""
    history = await bench.client.get_workflow_handle(report.workflow_id).fetch_history()
    size = sum(event.ByteSize() for event in history.events)
    return len(history.events), size / len(report.tracks)


async def compare(count: int, rounds: int) -> str:
    """Every variant in turn, ``rounds`` times; a table of medians."""
    rates: dict[str, list[float]] = {}
    async with (
        opened(list(tracks(count))) as bench,
        module_process("benchmarks.per_track", bench.temporal_address, bench.catalogue_url),
    ):
        events, size = 0, 0.0
        for _ in range(rounds):
            rate, report = await ours(bench, bench.held)
            events, size = await history_bytes_per_track(bench, report)
            for name, measured in (
                ("Segue", rate),
                ("bare requests, decided alike", await bare(bench, decide=True)),
                ("bare requests only", await bare(bench, decide=False)),
                ("a workflow per track, five activities", await per_track(bench, empty=False)),
                ("the same, activities empty", await per_track(bench, empty=True)),
            ):
                rates.setdefault(name, []).append(measured)
    segue = rates["Segue"]
    rows = [
        [
            name,
            f"{statistics.median(found):.0f}",
            f"{min(found):.0f} to {max(found):.0f}",
            f"{statistics.median(a / b for a, b in zip(segue, found, strict=True)):.2f}",
        ]
        for name, found in rates.items()
    ]
    told = table(["variant", "tracks/s, median", "range", "Segue is so many times as fast"], rows)
    history = f"History: {events} events, {size:.0f} bytes a track."
    return f"{count} tracks, {rounds} rounds.\n\n{told}\n\n{history}"


async def memory(small: int, large: int) -> str:
    """The worker's memory after a small and after a large sync."""
    async with opened(list(tracks(large))) as bench:
        before = worker_memory(bench.folder)
        await ours(bench, bench.held[:small])
        after_small = worker_memory(bench.folder)
        rate, report = await ours(bench, bench.held)
        after_large = worker_memory(bench.folder)
        events, size = await history_bytes_per_track(bench, report)
    rows = [
        ["idle", "", f"{before:.0f}"],
        [f"{small} tracks", "", f"{after_small:.0f}"],
        [f"{large} tracks", f"{rate:.0f}", f"{after_large:.0f}"],
    ]
    told = table(["worker after", "tracks/s", "resident MiB"], rows)
    history = f"{events} events in its last run, {size:.0f} bytes a track."
    return f"{told}\n\nHistory of the large one: {history}"


async def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--long", type=int, default=20_000, help="0 leaves the memory part out")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    body = await compare(options.tracks, options.rounds)
    if options.long:
        body += "\n\n" + await memory(1000, options.long)
    record("benchmarks/sync.py", body)


if __name__ == "__main__":
    asyncio.run(main())
