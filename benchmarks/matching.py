"""Measure the whole search-and-decide path on any catalogue and queries.

    python -m benchmarks.matching --catalogue catalogue.csv.gz --queries dev.jsonl --out pred.jsonl
    python -m benchmarks.matching --catalogue catalogue.csv.gz --guest-pairs

Catalogue: CSV, plain or gzipped, with the columns id, title, artists (``|`` between several),
album, release_date, duration_ms, isrc. Queries: one JSON object a line with ``case_id`` and
``query`` {title, artist, album?, year?, duration_ms?, isrc?}. Out: one line a case, {"case_id",
"id", "confidence", "searches"}; ``id`` is null unless the matcher accepted a track.
``--guest-pairs`` makes its queries from the catalogue (benchmarks/guest_pairs.py) and writes a
section of benchmarks/results.md.
"""

import argparse
import asyncio
import gc
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from benchmarks.guest_pairs import guest_wishes, outcome
from benchmarks.results import record, table
from segue.errors.base import SegueError
from segue.errors.catalogue import NotFoundError
from segue.errors.input import UnreadableFileError
from segue.music.activities.finding import find
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.port import SEARCH_LIMIT, Catalogue
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge

console = Console(stderr=True)


@dataclass(frozen=True)
class Case:
    """One query of the benchmark."""

    case_id: str
    song: SongMetadata


@dataclass
class IndexCatalogue:
    """The local index as a catalogue, in this process; it remembers what it found for whom."""

    index: TrackIndex
    name: str = "local"
    found: list[Track] = field(default_factory=list[Track])

    async def search(
        self, query: str, *, limit: int = SEARCH_LIMIT, offset: int = 0
    ) -> tuple[Track, ...]:
        """One search of the index."""
        tracks, _ = self.index.search(query, limit=limit, offset=offset)
        self.found += tracks
        return tuple(tracks)

    async def get_track(self, uri: str) -> Track:
        """One look-up in the index.

        Raises:
            NotFoundError: No such track.
        """
        track = self.index.get(uri)
        if track is None:
            raise NotFoundError(f"The catalogue holds no track {uri}.")
        self.found.append(track)
        return track


@dataclass
class Result:
    """Verdicts, and what each was chosen from."""

    verdicts: dict[str, Verdict]
    candidates: dict[str, tuple[Track, ...]]
    seconds: float


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a JSONL file.

    Raises:
        UnreadableFileError: The file is missing, or a line has not the described form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{path} should be a JSONL file: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = cast("dict[str, Any]", json.loads(line))
            yield Case(str(data["case_id"]), SongMetadata.model_validate(data["query"]))
        except (json.JSONDecodeError, KeyError, TypeError, ValidationError) as error:
            raise UnreadableFileError(
                f'{path}, line {number}: expected {{"case_id": …, "query": {{"title": …}}}}, '
                f"got {line[:60]!r} ({type(error).__name__})"
            ) from error


def open_index(catalogue: Path) -> TrackIndex:
    """The catalogue's index, from the cache of earlier runs or made now.

    Raises:
        UnreadableFileError: The catalogue cannot be read.
    """
    if not catalogue.is_file():
        raise UnreadableFileError(f"{catalogue} should be a CSV file; there is no such file.")
    code = Path(sys.modules[TrackIndex.__module__].__file__ or "").read_bytes()
    key = hashlib.sha256(catalogue.read_bytes() + code).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"segue-bench-{os.getuid()}" / f"{key}.sqlite"
    index = TrackIndex(home)
    if not index.count():
        started = time.perf_counter()
        with console.status("Indexing the catalogue") as status:
            stats = index.import_csv(
                catalogue, progress=lambda rows: status.update(f"Indexing: {rows:,} rows")
            )
        seconds = time.perf_counter() - started
        print(f"indexed {stats.total:,} tracks in {seconds:.1f} s ({stats.rejected} rows rejected)")
    return index


async def run(cases: list[Case], index: TrackIndex) -> Result:
    """Find every case's song, one after another."""
    result = Result({}, {}, 0.0)
    started = time.perf_counter()
    with Progress(console=console) as progress:
        task = progress.add_task("Matching", total=len(cases))
        for case in cases:
            catalogue = IndexCatalogue(index)
            verdict = await find(case.song, cast("Catalogue", catalogue))
            result.verdicts[case.case_id] = verdict
            result.candidates[case.case_id] = tuple(catalogue.found)
            progress.advance(task)
    result.seconds = time.perf_counter() - started
    return result


def judge_all(cases: list[Case], candidates: dict[str, tuple[Track, ...]]) -> float:
    """Processor seconds that the matcher alone needs for every case's candidates."""
    gc.freeze()  # as a worker does
    started = time.process_time()
    for case in cases:
        judge(case.song, candidates[case.case_id])
    return time.process_time() - started


def comparisons_per_second(cases: list[Case], result: Result) -> float:
    """Speed of the matcher alone, on one core and with nothing cached: in a new process."""
    compared = sum(len(tracks) for tracks in result.candidates.values())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return compared / pool.submit(judge_all, cases, result.candidates).result()


def prediction(case_id: str, verdict: Verdict) -> dict[str, object]:
    """A line of the output."""
    accepted = verdict.track if verdict.decision == "accept" else None
    return {
        "case_id": case_id,
        "id": accepted.uri.rsplit(":", 1)[-1] if accepted else None,
        "confidence": verdict.confidence,
        "searches": verdict.searches,
    }


def explain(case: Case, verdict: Verdict) -> None:
    """Print a verdict with its whole ledger."""
    print(f"asked:    {case.song.model_dump_json(exclude_defaults=True)}")
    print(
        f"decision: {verdict.decision} ({verdict.confidence:.2f}) after {verdict.searches} searches"
    )
    print(f"reason:   {verdict.reason}")
    for scored in verdict.alternatives:
        track = scored.track
        seconds = f"{track.duration_ms / 1000:.0f} s" if track.duration_ms else "? s"
        about = f"{track.album or '-'}, {track.release_date or '?'}, {seconds}"
        print(f"{scored.confidence:6.3f}  {track.title} / {', '.join(track.artists)} ({about})")
        for line in scored.penalties:
            print(f"        {line.amount:6.4f} {line.name}{' VETO' * line.veto}: {line.detail}")


def report(cases: list[Case], result: Result) -> None:
    """Print the figures."""
    verdicts = result.verdicts.values()
    count = len(cases)
    searches = sum(verdict.searches for verdict in verdicts)
    for decision in ("accept", "review", "none"):
        print(f"{decision:8} {sum(verdict.decision == decision for verdict in verdicts):6}")
    print(f"searches/track   {searches / count:.2f}")
    print(f"tracks/s         {count / result.seconds:,.0f}")
    print(
        f"comparisons/s    {comparisons_per_second(cases, result):,.0f} (matcher alone, one core)"
    )
    print(f"seconds          {result.seconds:.1f}")


def stress_guests(catalogue: Path) -> None:
    """Ask for the songs that are there with and without a guest, and record what was added.

    Raises:
        UnreadableFileError: The catalogue cannot be read, or holds no such song.
    """
    index = open_index(catalogue)
    wishes = guest_wishes(catalogue)
    if not wishes:
        raise UnreadableFileError(f"{catalogue} holds no song both with and without a guest.")
    cases = [Case(str(number), wish.song) for number, wish in enumerate(wishes)]
    verdicts = asyncio.run(run(cases, index)).verdicts.values()
    counts = Counter(
        (wish.asks_for_guest, outcome(wish, verdict))
        for wish, verdict in zip(wishes, verdicts, strict=True)
    )
    rows = [
        [name, *(f"{counts[guest, what]}" for what in ("right", "doubt", "wrong"))]
        for name, guest in (("with the guest", True), ("without", False))
    ]
    wrong_share = 100 * (counts[True, "wrong"] + counts[False, "wrong"]) / len(wishes)
    right_share = 100 * (counts[True, "right"] + counts[False, "right"]) / len(wishes)
    headings = ["asked for", "right", "left in doubt", "another recording added"]
    record(
        "benchmarks/matching.py --guest-pairs",
        f"{table(headings, rows)}\n\nOf {len(wishes)} wishes {right_share:.1f} % right, bar 80; "
        f"another recording in {wrong_share:.1f} %, bar 1.",
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--catalogue", type=Path, required=True, help="CSV or CSV.gz of tracks")
    parser.add_argument("--queries", type=Path, help="JSONL of cases")
    parser.add_argument("--out", type=Path, help="where the predictions go (JSONL)")
    parser.add_argument("--explain", metavar="CASE_ID", help="decide this case only, in full")
    parser.add_argument(
        "--guest-pairs", action="store_true", help="ask for songs that are there with and without"
    )
    arguments = parser.parse_args()
    if not arguments.guest_pairs and not (
        arguments.queries and (arguments.out or arguments.explain)
    ):
        parser.error("give --queries FILE with --out FILE or --explain CASE_ID, or --guest-pairs")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    try:
        if arguments.guest_pairs:
            stress_guests(arguments.catalogue)
            return 0
        cases = list(read_cases(arguments.queries))
        if arguments.explain:
            cases = [case for case in cases if case.case_id == arguments.explain]
        if not cases:
            what = f"no case {arguments.explain}" if arguments.explain else "no case"
            raise UnreadableFileError(f"{arguments.queries} holds {what}.")
        result = asyncio.run(run(cases, open_index(arguments.catalogue)))
        if arguments.explain:
            explain(cases[0], result.verdicts[cases[0].case_id])
            return 0
        lines = [json.dumps(prediction(*item)) for item in result.verdicts.items()]
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except (SegueError, OSError) as error:
        hint = getattr(error, "hint", "")
        print(f"error: {error}" + (f"\nhint: {hint}" if hint else ""), file=sys.stderr)
        return 2
    report(cases, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
