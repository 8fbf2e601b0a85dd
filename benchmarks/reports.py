"""Memory and time of telling a very long sync, and of other very long lists, by commands and HTTP.

A sync of one song is run; then the rows of so many songs are put into the database in its place, as
a sync leaves them: nine in ten accepted, one in twenty in doubt with five near tracks. Each command
is a process of its own. Bar: no process takes more than 300 MB at its peak.

    python -m benchmarks.reports [--rows 100000] [--tables]
"""

import argparse
import asyncio
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks.generated_catalogue import tracks, write_catalogue
from benchmarks.results import record, table
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Penalty, ScoredTrack, Verdict
from segue.music.register.local_catalogue import catalogue_import
from segue.music.store.verdict_text import verdict_text
from segue.music.store.verdicts import rough_key, wish_key
from segue.music.wire.plans import Plan
from segue.settings.load import embedded_settings

BAR_MB = 300.0
SEGUE = (sys.executable, "-m", "segue")
COMMANDS = {
    "segue runs show --json": ("runs", "show", "RUN", "--json"),
    "segue review --json": ("review", "--json"),
    "segue runs --json, 10,000 syncs": ("runs", "--json", "--limit", "10000"),
    "segue runs, 10,000 syncs": ("runs", "--limit", "10000"),
    "segue sync --dry-run --json": ("sync", "FILE", "--dry-run", "--json"),
}
TABLES = {
    "segue runs show --limit-rows 0": ("runs", "show", "RUN", "--limit-rows", "0"),
    "segue review --list": ("review", "--list"),
}


@dataclass(frozen=True)
class Peak:
    """What one way of telling took; ``size`` is what came, in bytes."""

    name: str
    size: int
    seconds: float
    rss_mb: float

    def cells(self) -> list[str]:
        """A row of the table."""
        return [self.name, f"{self.size / 1e6:.0f}", f"{self.seconds:.1f}", f"{self.rss_mb:.0f}"]


def peak_mb(pid: int) -> float:
    """The most memory that a process has had resident; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) * 1024 / 1e6 if lines else 0.0


def run_command(name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Peak:
    """Run a command and read all that it says."""
    start = time.perf_counter()
    process = subprocess.Popen([*SEGUE, *arguments], env=environment, stdout=subprocess.PIPE)
    peaks = [0.0]

    def look() -> None:
        while process.poll() is None:
            peaks.append(peak_mb(process.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=look)
    watcher.start()
    assert process.stdout
    size = 0
    while part := process.stdout.read(1 << 20):
        size += len(part)
    assert process.wait() in {0, 6, 7}, name  # also where songs are missing
    watcher.join()
    peak = Peak(name, size, time.perf_counter() - start, max(peaks))
    print(*peak.cells(), sep=", ", flush=True)
    return peak


def doubt(song: SongMetadata, track: Track) -> Verdict:
    """A doubtful verdict with five near tracks, as the matcher leaves it."""
    penalty = Penalty(name="version", amount=0.3, detail="asked for a studio recording, got a live")
    near = ScoredTrack(track=track, confidence=0.7, penalties=(penalty, penalty))
    return Verdict(
        decision="review",
        track=track,
        confidence=0.7,
        reason=f"{song.title}: which of these is meant cannot be told",
        alternatives=(near,) * 5,
    )


def rows_of(count: int) -> Iterator[tuple[int, SongMetadata, Verdict]]:
    """Position, song and verdict of each row."""
    for position, track in enumerate(tracks(count)):
        song = SongMetadata(
            title=track.title,
            artist=", ".join(track.artists),
            album=track.album,
            duration_ms=track.duration_ms,
        )
        if position % 20 == 0:
            yield position, song, doubt(song, track)
        elif position % 20 == 1:
            yield position, song, Verdict(decision="none", reason="the catalogue has no such track")
        else:
            near = (ScoredTrack(track=track, confidence=1.0),)
            yield (
                position,
                song,
                Verdict(
                    decision="accept",
                    track=track,
                    confidence=1.0,
                    reason="title, artist and version agree",
                    alternatives=near,
                ),
            )


def fill(database: Path, count: int) -> None:
    """Put so many rows in the place of the only sync's, and a doubt about each song."""
    with sqlite3.connect(database) as connection:
        run_id, import_id = connection.execute("SELECT id, import_id FROM music_runs").fetchone()
        (number,) = connection.execute("SELECT number FROM music_imports").fetchone()
        for statement in ("music_import_rows", "music_run_rows", "music_reviews"):
            connection.execute(f"DELETE FROM {statement}")  # noqa: S608 - names of ours
        plan_rows: list[int] = []
        uris: list[str] = []
        for position, song, verdict in rows_of(count):
            text = song.model_dump_json(exclude_defaults=True)
            uri = verdict.track.uri if verdict.track else None
            connection.execute(
                "INSERT INTO music_import_rows VALUES (?, ?, ?)", (number, position, text)
            )
            connection.execute(
                "INSERT INTO music_run_rows VALUES (?, ?, ?, ?, ?)",
                (run_id, position, verdict.decision, uri, verdict_text(verdict)),
            )
            question = doubt(song, verdict.track or next(iter(tracks(1))))
            connection.execute(
                "INSERT INTO music_reviews VALUES ('local', ?, ?, ?, ?, ?)",
                (
                    *(wish_key(song), text, question.model_dump_json(exclude_defaults=True)),
                    *(position, rough_key(song)),
                ),
            )
            if verdict.decision == "accept" and uri:
                plan_rows.append(position)
                uris.append(uri)
        plan = Plan(wanted=tuple(uris), rows=tuple(plan_rows))
        connection.execute("UPDATE music_runs SET plan = ?", (plan.model_dump_json(),))
        connection.execute("UPDATE music_imports SET songs = ? WHERE id = ?", (count, import_id))


def add_syncs(database: Path, count: int) -> None:
    """Add syncs that Temporal has forgotten, without rows."""
    with sqlite3.connect(database) as connection:
        (import_id,) = connection.execute("SELECT import_id FROM music_runs").fetchone()
        for number in range(count):
            name = f"old-{number:06}"
            connection.execute(
                "INSERT INTO music_runs (id, import_id, created_at) VALUES (?, ?, ?)",
                (name, import_id, number),
            )
            connection.execute(
                "INSERT INTO music_sync_outcomes (run_id, workflow_id, temporal_run_id, catalogue,"
                " requested, strategy, reason, dry_run, rows, started_at, outcome, ended_at,"
                " seconds, playlist_name) VALUES (?, ?, ?, 'local', 'auto', 'pipeline', '', 0, 9,"
                " ?, 'verified', ?, 60, 'An old playlist')",
                (name, f"playlist-sync-local-{name}", name, number, number + 60),
            )


def write_songs(path: Path, count: int) -> Path:
    """A file of so many rows; a song comes again after some hundreds, so few are searched."""
    held = list(tracks(500))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("title", "artist", "album"))
        for number in range(count):
            track = held[number % len(held)]
            rows.writerow((track.title, track.artists[0], track.album))
    return path


async def ask(http: httpx2.AsyncClient, path: str) -> int:
    """The bytes of an answer, read as they come."""
    size = 0
    async with http.stream("GET", path) as answer:
        assert answer.status_code == 200, path
        async for part in answer.aiter_raw():
            size += len(part)
    return size


async def page_through(http: httpx2.AsyncClient, path: str) -> int:
    """The bytes of all pages of a list."""
    size, cursor = 0, ""
    while cursor is not None:
        answer = await http.get(f"{path}{f'&cursor={cursor}' if cursor else ''}")
        assert answer.status_code == 200, path
        size += len(answer.content)
        cursor = answer.json()["next_cursor"]
    return size


async def ask_api(url: str, key: str, run: str, pid: int) -> list[Peak]:
    """Ask for everything in each way; peaks are those of the process so far."""
    found: list[Peak] = []
    headers = {"Authorization": f"Bearer {key}"}
    ways = {
        f"GET /runs/{{id}}/{path}": (ask, f"/api/v1/runs/{run}/{path}")
        for path in ("result", "tracks/export?format=csv", "tracks/export?format=jsonl")
    }
    ways["GET /runs/{id}/tracks, all pages"] = (
        page_through,
        f"/api/v1/runs/{run}/tracks?limit=500",
    )
    ways["GET /reviews, all pages"] = (page_through, "/api/v1/reviews?limit=100")
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=600
    ) as http:
        for name, (way, path) in ways.items():
            start = time.perf_counter()
            size = await way(http, path)
            found.append(Peak(name, size, time.perf_counter() - start, peak_mb(pid)))
            print(*found[-1].cells(), sep=", ", flush=True)
    return found


def measure_api(folder: Path, run: str, environment: dict[str, str]) -> list[Peak]:
    """The same by HTTP, from one server."""
    log = folder / "api.out"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*SEGUE, "api", "--port", "0"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 120
        while "answers at" not in (said := log.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        url = said.partition("answers at ")[2].partition(";")[0]
        key = (folder / "api-key").read_text(encoding="ascii").strip()
        return asyncio.run(ask_api(url, key, run, process.pid))
    finally:
        process.terminate()
        process.wait(timeout=60)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--tables", action="store_true", help="tables too; they take minutes")
    options = parser.parse_args()
    count, commands = options.rows, COMMANDS | (TABLES if options.tables else {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        environment = {
            **os.environ,  # noqa: TID251 - of child processes
            "SEGUE_DATA_DIR": str(folder),
            "SEGUE_ENV_FILE": os.devnull,
            "SEGUE_REQUESTS_PER_MINUTE": "100000",
        }
        held = list(tracks(1))
        catalogue_import(
            embedded_settings(folder), write_catalogue(folder / "tracks.csv", held), lambda _: None
        )
        (folder / "one.csv").write_text("title,artist\nOne,Nobody\n", encoding="utf-8")
        subprocess.run(
            [*SEGUE, "sync", str(folder / "one.csv"), "--json"],
            env=environment,
            check=False,
            capture_output=True,
        )
        listed = subprocess.run(
            [*SEGUE, "runs", "--json"], env=environment, check=True, capture_output=True, text=True
        )
        run = listed.stdout.partition('"workflow_id": "')[2].partition('"')[0]
        fill(folder / "segue.db", count)
        peaks = measure_api(folder, run, environment)
        add_syncs(folder / "segue.db", 10_000)
        words = {"RUN": run, "FILE": str(write_songs(folder / "songs.csv", count))}
        peaks += [
            run_command(name, tuple(words.get(part, part) for part in arguments), environment)
            for name, arguments in commands.items()
        ]
    headings = ["told by", "MB", "seconds", "peak RSS, MB"]
    body = (
        f"{count:,} rows, and as many doubts. The API answers all from one process; its peak is "
        f"the one so far. Bar: {BAR_MB:.0f} MB.\n\n"
        f"{table(headings, [each.cells() for each in peaks])}"
    )
    record("benchmarks/reports.py", body)


if __name__ == "__main__":
    main()
