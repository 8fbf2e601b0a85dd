"""What several benchmarks measure with: processes beside them, memory, histories, percentiles."""

import asyncio
import statistics
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from temporalio.client import WorkflowHandle

from segue.wiring.worker import PID_FILE


@asynccontextmanager
async def module_process(module: str, *arguments: str) -> AsyncGenerator[None]:
    """A module that runs in a process of its own while this is open."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def worker_memory(folder: Path) -> float:
    """Resident memory of the worker process on a data folder, MiB."""
    pid = int((folder / PID_FILE).read_text(encoding="ascii"))
    return psutil.Process(pid).memory_info().rss / 2**20


async def history_length(handle: WorkflowHandle[Any, Any]) -> tuple[int, int]:
    """Events of a workflow's history so far, and its bytes."""
    described = (await handle.describe()).raw_description.workflow_execution_info
    return described.history_length, described.history_size_bytes


def percentile_95(values: Sequence[float]) -> float:
    """What 95 of 100 values do not exceed; at least two values."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
