"""What calls to the workflows of syncs have in common: their errors, their bounds, their end."""

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import WorkflowExecutionDescription, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.faults import from_failure

WORKER_WITHIN = timedelta(seconds=20)  # what needs a worker must not hang without one

AnyHandle = WorkflowHandle[Any, Any]
_Answer = TypeVar("_Answer")


@contextmanager
def client_errors() -> Generator[None]:
    """Raise what a call to Temporal raises as the error of ours that it stands for."""
    try:
        yield
    except (WorkflowFailureError, RPCError) as failure:
        raise from_failure(failure) from failure


async def describe(handle: AnyHandle) -> WorkflowExecutionDescription:
    """What Temporal says of a run.

    Raises:
        RunNotFoundError: There is none.
        TemporalError: Temporal did not answer.
    """
    try:
        return await handle.describe()
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            raise RunNotFoundError(f"There is no sync {handle.id!r}.") from None
        raise from_failure(failure) from failure


async def wait_until_closed(handle: AnyHandle) -> None:
    """Wait until a run has ended, however it does.

    Raises:
        TemporalError: Temporal did not answer.
    """
    with client_errors(), suppress(WorkflowFailureError):
        await handle.result()


async def within_bounds(answer: Awaitable[_Answer]) -> _Answer:
    """What a worker answers.

    Raises:
        TemporalUnreachableError: None did within ``WORKER_WITHIN``.
    """
    try:
        async with asyncio.timeout(WORKER_WITHIN.total_seconds()):
            return await answer
    except TimeoutError:
        raise TemporalUnreachableError(
            f"No worker answered within {WORKER_WITHIN.total_seconds():g} seconds.",
            hint="Is `segue worker` running?",
        ) from None


def first_run_id(execution: WorkflowExecutionDescription) -> str:
    """Temporal's id of the first run of the chain, which stays when a run goes on as a new one."""
    return execution.raw_description.workflow_execution_info.first_run_id or execution.run_id
