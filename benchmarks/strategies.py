"""What each strategy finds and costs: the pipeline and the agents, on the same songs, in one run.

    python -m benchmarks.strategies --catalogue catalogue.csv.gz --queries dev.jsonl [--rows 120]

Catalogue and queries are those of ``benchmarks/matching.py``; of the queries, ``acceptable`` says
which tracks are right and ``neutral`` which are not scored. All strategies get the first ``--rows``
songs in the order of their case ids, which are hashes; ``assisted`` gets all of them as well.

No language model is asked. The offline rules answer, and for ``assisted`` also a script that always
names the first candidate: what that gives is what the checks behind a model give, whatever it says.
"""

import argparse
import asyncio
import csv
import gzip
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.results import record, table
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.contracts.tracks import TrackStatus
from segue.music.register.local_catalogue import catalogue_import
from segue.music.service.music import MusicService
from segue.settings.agents import AgentSettings
from segue.settings.llm import LlmSettings
from segue.settings.load import Settings, embedded_settings
from segue.wiring.app import App, open_app
from tests.fakes.programs.openai import running_openai
from tests.fakes.programs.openai_server.steps import structured

IN_PLAYLIST = {TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT}
FIELDS: tuple[str, ...] = ("title", "artist", "album", "year", "duration_ms")
SCRIPT = "first-candidate"


@dataclass(frozen=True)
class Case:
    """A song, and which tracks are it.

    Attributes:
        neutral: Neither right nor wrong; the song is not scored where one of them is chosen.
    """

    query: dict[str, Any]
    right: frozenset[str]
    neutral: frozenset[str]


@dataclass(frozen=True)
class Measured:
    """What came of one strategy.

    Attributes:
        held: The songs; not those that the importer left out, voice memos for instance.
    """

    name: str
    held: tuple[Case, ...]
    report: SyncReport
    seconds: float


def cases(path: Path) -> list[Case]:
    """All cases, by id."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines.sort(key=lambda line: line["case_id"])
    return [
        Case(
            line["query"],
            frozenset() if line["acceptable"] == "none" else frozenset(line["acceptable"]),
            frozenset(line["neutral"]),
        )
        for line in lines
    ]


def ids(path: Path) -> frozenset[str]:
    """Of all tracks of a catalogue file; the tracks that ship with Segue are there beside them."""
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8", newline="") as file:
        return frozenset(row["id"] for row in csv.DictReader(file))


@asynccontextmanager
async def opened(catalogue: Path, llm: LlmSettings) -> AsyncGenerator[App[MusicService]]:
    """A stack of its own, with agents on."""
    with tempfile.TemporaryDirectory() as name:
        folder = await asyncio.to_thread(Path(name).resolve)
        settings: Settings = replace(
            embedded_settings(folder),
            llm=llm,
            agents=AgentSettings.model_construct(use_agent_sdk=True),
        )
        await asyncio.to_thread(catalogue_import, settings, catalogue, lambda _: None)
        async with open_app(settings, "music") as app:
            yield app


async def run(
    app: App[MusicService], name: str, strategy: Strategy, held: Sequence[Case]
) -> Measured:
    """One sync into a new playlist, with nothing remembered from the one before."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        rows: csv.DictWriter[str] = csv.DictWriter(file, FIELDS, extrasaction="ignore")
        rows.writeheader()
        rows.writerows(case.query for case in held)
        file.flush()
        imported = await app.service.imports.read(Path(file.name))
    left_out = {row.line - 2 for row in imported.rejected}  # below the headings, from 0
    kept = tuple(case for at, case in enumerate(held) if at not in left_out)
    assert imported.songs == len(kept), imported
    began = time.perf_counter()
    begun = await app.service.start_sync(
        SyncRequest(import_id=imported.import_id, playlist=name, refresh=True, strategy=strategy)
    )
    report = await app.service.report(begun.workflow_id)
    return Measured(name, kept, report, time.perf_counter() - began)


def scores(found: Measured, labelled: frozenset[str]) -> tuple[float, float, int]:
    """Precision, recall, and how many songs wait for a person.

    Args:
        found: Where a track was chosen that is not ``labelled``, the song is not scored.
        labelled: Tracks of which the cases say whether they are right.
    """
    accepted = right = known = 0
    for case, outcome in zip(found.held, found.report.tracks, strict=True):
        chosen = outcome.match if outcome.status in IN_PLAYLIST else None
        track = chosen.uri.rpartition(":")[2] if chosen else None
        if track in case.neutral or (track and track not in labelled):
            continue
        known += bool(case.right)
        accepted += track is not None
        right += track in case.right
    waiting = sum(outcome.status is TrackStatus.REVIEW for outcome in found.report.tracks)
    return right / max(1, accepted), right / max(1, known), waiting


def told(measured: Sequence[Measured], labelled: frozenset[str]) -> str:
    """One line a strategy."""
    headings = [
        *("strategy", "tracks/s", "precision %", "recall %", "for a person", "rows asked"),
        *("model calls", "tokens", "cost, $"),
    ]
    rows: list[list[str]] = []
    for found in measured:
        precision, recall, waiting = scores(found, labelled)
        use = found.report.agents
        cost = "" if use is None else "unknown" if use.unpriced_calls else f"{use.cost_usd:.2f}"
        rows.append([
            found.name,
            f"{len(found.held) / found.seconds:.1f}",
            f"{100 * precision:.1f}",
            f"{100 * recall:.1f}",
            f"{waiting}",
            f"{use.asked}" if use else "",
            f"{use.model_calls}" if use else "",
            f"{use.tokens:,}" if use else "",
            cost,
        ])
    return table(headings, rows)


async def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=120)
    options = parser.parse_args()
    labelled = ids(options.catalogue)
    every = cases(options.queries)
    held = every[: options.rows]
    few: list[Measured] = []
    all_of_them: list[Measured] = []
    async with opened(options.catalogue, LlmSettings.model_construct()) as app:
        for strategy in Strategy:
            if strategy is not Strategy.AUTO:
                label = strategy.value if strategy is Strategy.PIPELINE else f"{strategy}, offline"
                few.append(await run(app, label, strategy, held))
        all_of_them.append(await run(app, "pipeline, all", Strategy.PIPELINE, every))
        all_of_them.append(await run(app, "assisted, offline, all", Strategy.ASSISTED, every))
    async with running_openai() as openai:
        first = structured({"index": 0, "reason": "It is the first."}, times=None)
        await openai.script(SCRIPT, [first])
        llm = LlmSettings.model_construct(
            model=f"gpt-scripted:{SCRIPT}", openai_base_url=openai.base_url
        )
        async with opened(options.catalogue, llm) as app:
            label = "assisted, first candidate, all"
            all_of_them.append(await run(app, label, Strategy.ASSISTED, every))
    record(
        "benchmarks/strategies.py",
        f"{len(few[0].held)} songs.\n\n{told(few, labelled)}\n\n"
        f"All {len(all_of_them[0].held)} songs; only what the matcher leaves in doubt is asked.\n\n"
        f"{told(all_of_them, labelled)}",
    )


if __name__ == "__main__":
    asyncio.run(main())
