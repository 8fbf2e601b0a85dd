"""What each strategy finds and costs: the pipeline and the agents, on the same songs, in one run.

    python -m benchmarks.strategies --catalogue catalogue.csv.gz --queries dev.jsonl [--rows 120]

Catalogue and queries are those of ``benchmarks/matching.py``; of the queries, ``acceptable`` says
which tracks are right and ``neutral`` which are not scored. The songs are taken in the order of
their case ids, which are hashes.

No language model is asked. The offline rules answer, and for ``assisted`` also a script that always
names the first candidate: what that gives is what the checks behind a model give, whatever it says.
"""

import argparse
import asyncio
import csv
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.results import record, table
from segue.music.contracts import SyncReport, SyncRequest, TrackOutcome, TrackStatus
from segue.music.strategies import Strategy
from segue.settings import AgentSettings, LlmSettings, Settings, embedded_settings
from segue.wiring.app import App, open_app
from segue.wiring.local_catalogue import catalogue_import
from tests.fakes.openai import running_openai
from tests.fakes.openai_server.steps import structured

IN_PLAYLIST = {TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT}
FIELDS: tuple[str, ...] = ("title", "artist", "album", "year", "duration_ms")
SCRIPT = "first-candidate"


@dataclass(frozen=True)
class Case:
    """A song, and which tracks are it."""

    query: dict[str, Any]
    right: frozenset[str]
    neutral: frozenset[str]


@dataclass(frozen=True)
class Measured:
    """What came of one strategy."""

    name: str
    report: SyncReport
    seconds: float


def cases(path: Path, count: int) -> list[Case]:
    """The first ``count`` cases by id."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines.sort(key=lambda line: line["case_id"])
    return [
        Case(
            line["query"],
            frozenset() if line["acceptable"] == "none" else frozenset(line["acceptable"]),
            frozenset(line["neutral"]),
        )
        for line in lines[:count]
    ]


@asynccontextmanager
async def opened(catalogue: Path, llm: LlmSettings) -> AsyncGenerator[App]:
    """A stack of its own, with agents on."""
    with tempfile.TemporaryDirectory() as name:
        folder = await asyncio.to_thread(Path(name).resolve)
        settings: Settings = replace(
            embedded_settings(folder),
            llm=llm,
            agents=AgentSettings.model_construct(use_agent_sdk=True),
        )
        await asyncio.to_thread(catalogue_import, settings, catalogue, lambda _: None)
        async with open_app(settings) as app:
            yield app


async def run(app: App, name: str, strategy: Strategy, held: Sequence[Case]) -> Measured:
    """One sync into a new playlist, with nothing remembered from the one before."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        rows: csv.DictWriter[str] = csv.DictWriter(file, FIELDS, extrasaction="ignore")
        rows.writeheader()
        rows.writerows(case.query for case in held)
        file.flush()
        imported = await app.music.import_source(Path(file.name))
    assert imported.songs == len(held), imported
    began = time.perf_counter()
    begun = await app.music.start_sync(
        SyncRequest(import_id=imported.import_id, playlist=name, refresh=True, strategy=strategy)
    )
    report = await app.music.report(begun.workflow_id)
    return Measured(name, report, time.perf_counter() - began)


def scores(held: Sequence[Case], tracks: Sequence[TrackOutcome]) -> tuple[float, float, int]:
    """Precision, recall, and how many songs wait for a person."""
    accepted = right = 0
    for case, outcome in zip(held, tracks, strict=True):
        if outcome.status not in IN_PLAYLIST or outcome.match is None:
            continue
        track = outcome.match.uri.rpartition(":")[2]
        accepted += track not in case.neutral
        right += track in case.right
    known = sum(bool(case.right) for case in held)
    waiting = sum(outcome.status is TrackStatus.REVIEW for outcome in tracks)
    return right / max(1, accepted), right / max(1, known), waiting


def told(held: Sequence[Case], measured: Sequence[Measured]) -> str:
    """One line a strategy."""
    headings = [
        *("strategy", "tracks/s", "precision %", "recall %", "for a person", "rows asked"),
        *("model calls", "tokens", "cost, $"),
    ]
    rows: list[list[str]] = []
    for found in measured:
        precision, recall, waiting = scores(held, found.report.tracks)
        use = found.report.agents
        cost = "" if use is None else "unknown" if use.unpriced_calls else f"{use.cost_usd:.2f}"
        rows.append([
            found.name,
            f"{len(held) / found.seconds:.1f}",
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
    held = cases(options.queries, options.rows)
    measured: list[Measured] = []
    async with opened(options.catalogue, LlmSettings.model_construct()) as app:
        for strategy in Strategy:
            if strategy is not Strategy.AUTO:
                label = strategy.value if strategy is Strategy.PIPELINE else f"{strategy}, offline"
                measured.append(await run(app, label, strategy, held))
    async with running_openai() as openai:
        first = structured({"index": 0, "reason": "It is the first."}, times=None)
        await openai.script(SCRIPT, [first])
        llm = LlmSettings.model_construct(
            model=f"gpt-scripted:{SCRIPT}", openai_base_url=openai.base_url
        )
        async with opened(options.catalogue, llm) as app:
            measured.append(await run(app, "assisted, first candidate", Strategy.ASSISTED, held))
    record("benchmarks/strategies.py", f"{len(held)} songs.\n\n{told(held, measured)}")


if __name__ == "__main__":
    asyncio.run(main())
