"""What it costs to see what agents wait for, out of many open threads: three questions.

    python -m benchmarks.approvals [--threads 100 1000]

Read from the list, as ``segue approvals`` does it, and by asking every thread, as before there was
a list. The threads are idle workflows with a few events each on a worker that has just
started: those that have talked for long take longer to ask.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from benchmarks.results import record, table
from benchmarks.startup import served
from benchmarks.statements import counted
from segue.runs.service.backlog import ask_workflows
from segue.runs.store.approvals import ApprovalStore
from segue.runs.workflow.approvals import ApprovalRequest
from segue.runtime.worker import WorkerParts, build_worker
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.workflows.waiting import Waiter

_QUEUE = "threads"
_READS = 11
_PATIENCE = timedelta(minutes=10)


async def open_threads(client: Client, count: int) -> list[str]:
    """So many idle threads; their ids."""
    gate = asyncio.Semaphore(50)

    async def start(name: str) -> str:
        async with gate:
            await client.start_workflow(Waiter.run, args=["", 0], id=name, task_queue=_QUEUE)
        return name

    parts = WorkerParts(task_queue=_QUEUE, workflows=[Waiter])
    async with build_worker(client, parts):
        names = await asyncio.gather(*(start(f"thread-{count}-{at}") for at in range(count)))
        await ask_workflows(client, names, each=_PATIENCE, together=_PATIENCE)
    return names


async def asking(client: Client, names: list[str]) -> float:
    """Seconds until every thread has said what it waits for, on a worker that knows none yet."""
    async with build_worker(client, WorkerParts(task_queue=_QUEUE, workflows=[Waiter])):
        start = time.perf_counter()
        answers = await ask_workflows(client, names, each=_PATIENCE, together=_PATIENCE)
        seconds = time.perf_counter() - start
    assert all(answer is not None for answer in answers.values())
    return seconds


async def reading(folder: Path, names: list[str]) -> tuple[float, int]:
    """Median seconds of a look at the list, and its SQL statements."""
    database = Database(database_url(None, folder))
    await database.migrate()
    store = ApprovalStore(database)
    now = time.time()
    for name in names[:3]:
        request = ApprovalRequest(id=f"{name}/1", asked_at=now, expires_at=now + 3_600)
        await store.put(name, request)
    seconds = list[float]()
    with counted(database.url) as statements:
        for _ in range(_READS):
            start = time.perf_counter()
            page = await store.page(limit=1_000)
            seconds.append(time.perf_counter() - start)
            assert len(page.questions) == 3
    await database.aclose()
    return statistics.median(seconds), statements.statements // _READS


async def measure(threads: int) -> list[str]:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder)) as (client, _):
            names = await open_threads(client, threads)
            look, statements = await reading(Path(folder), names)
            ask = await asking(client, names)
    return [
        f"{threads:,}",
        f"{look * 1000:.1f} ms",
        str(statements),
        f"{ask:.1f} s",
        f"{threads:,}",
    ]


async def main() -> None:
    """Measure and record the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[100, 1_000])
    rows = [await measure(threads) for threads in parser.parse_args().threads]
    headings = ["open threads", "from the list", "statements", "by asking each", "queries"]
    record("benchmarks/approvals.py", table(headings, rows))


if __name__ == "__main__":
    asyncio.run(main())
