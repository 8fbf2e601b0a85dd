"""How long the embedded Temporal server takes until it serves, and what our tuning of it is worth.

    python -m benchmarks.startup [--starts 5] [--steps 50]

Every figure is of a real server on a real file: first start on an empty folder, later starts on
data that is there, a restart after SIGKILL, and one step (an activity in a row of them) with our
flags and without.
"""

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client

with workflow.unsafe.imports_passed_through():
    from benchmarks.results import record, table
    from segue.runtime.client import connect
    from segue.runtime.embedded import TUNING, EmbeddedTemporal
    from segue.runtime.processes import Child, Supervisor
    from segue.runtime.retries import ONCE
    from segue.runtime.worker import WorkerParts, build_worker

_READY_BAR_S = 10.0


@activity.defn
async def nothing() -> None:
    """The cheapest step there is: all that is measured is Temporal's."""


@workflow.defn
class StepsWorkflow:
    """Runs steps one after the other."""

    @workflow.run
    async def run(self, steps: int) -> None:
        """Return when all are done."""
        for _ in range(steps):
            await workflow.execute_activity(
                nothing, start_to_close_timeout=timedelta(seconds=30), retry_policy=ONCE
            )


def untuned(child: Child) -> Child:
    """The same server with its own defaults; the file stays."""
    argv, size = list(child.argv), len(TUNING)
    start = next(i for i in range(len(argv)) if tuple(argv[i : i + size]) == TUNING)
    return replace(child, argv=argv[:start] + argv[start + size :])


@asynccontextmanager
async def served(data_dir: Path, *, tuned: bool = True) -> AsyncGenerator[tuple[Client, float]]:
    """A server on the folder, its client, and the seconds until a call was answered."""
    began = time.perf_counter()
    async with EmbeddedTemporal(data_dir) as temporal:
        child = temporal.child()
        async with Supervisor([child if tuned else untuned(child)]):
            client = await connect(temporal.address, {})
            yield client, time.perf_counter() - began


async def starts(count: int) -> tuple[list[float], list[float]]:
    """Seconds of first starts on empty folders, and of second starts on the same."""
    first, later = list[float](), list[float]()
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            for seconds in (first, later):
                async with served(Path(folder)) as (_, took):
                    seconds.append(took)
    return first, later


async def restarts(count: int) -> list[float]:
    """Seconds from SIGKILL of the server until a call is answered again."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            EmbeddedTemporal(Path(folder)) as temporal,
            Supervisor([temporal.child()]) as supervisor,
        ):
            for _ in range(count):
                await asyncio.sleep(0.5)
                began = time.perf_counter()
                os.kill(supervisor.pid("temporal"), signal.SIGKILL)
                while supervisor.restarts["temporal"] == len(seconds):  # noqa: ASYNC110 - no event
                    await asyncio.sleep(0.005)
                await connect(temporal.address, {}, wait=timedelta(seconds=30))
                seconds.append(time.perf_counter() - began)
    return seconds


async def step(steps: int, *, tuned: bool) -> float:
    """Seconds of one activity in a row of them."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder), tuned=tuned) as (client, _):
            parts = WorkerParts(task_queue="steps", workflows=[StepsWorkflow], activities=[nothing])
            async with build_worker(client, parts):
                await client.execute_workflow(StepsWorkflow.run, 5, id="warm", task_queue="steps")
                began = time.perf_counter()
                await client.execute_workflow(
                    StepsWorkflow.run, steps, id="steps", task_queue="steps"
                )
                return (time.perf_counter() - began) / steps


def row(name: str, seconds: list[float]) -> list[str]:
    """One line of the table: median and worst."""
    return [name, f"{statistics.median(seconds):.2f} s", f"{max(seconds):.2f} s"]


async def main() -> None:
    """Measure and record the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--steps", type=int, default=50)
    asked = parser.parse_args()
    first, later = await starts(asked.starts)
    # More kills than the restart policy bears in a minute would be given up, as they should.
    again = await restarts(min(asked.starts, 5))
    tuned, plain = await step(asked.steps, tuned=True), await step(asked.steps, tuned=False)
    rows = [
        row("first start, empty folder, to first answer", first),
        row("later start, data there", later),
        row("SIGKILL of the server, to next answer", again),
        ["one step, tuned", f"{tuned * 1000:.1f} ms", ""],
        ["one step, the server's defaults", f"{plain * 1000:.1f} ms", ""],
    ]
    verdict = "met" if max(first) <= _READY_BAR_S else "MISSED"
    told = table(["embedded Temporal", "median", "worst"], rows)
    record("benchmarks/startup.py", f"{told}\n\nBar: first start in {_READY_BAR_S:g} s: {verdict}.")


if __name__ == "__main__":
    asyncio.run(main())
