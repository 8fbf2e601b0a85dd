"""Giving up what is under way in a run, because something else has come up."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow

from segue.errors.run import TurnInterruptedError

_Result = TypeVar("_Result")

Stop = Callable[[], bool]


async def unless(stop: Stop | None, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """The result of ``work``, which is cancelled as soon as ``stop`` holds.

    Args:
        stop: None: nothing stops it.
        work: Not begun where ``stop`` holds already.

    Raises:
        TurnInterruptedError: ``stop`` held first.
    """
    if stop is None:
        return await work()
    if stop():
        raise _interruption()
    task = asyncio.create_task(work())
    stopping = asyncio.create_task(workflow.wait_condition(stop))
    try:
        await workflow.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise _interruption()
    finally:
        stopping.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)  # it may have to put things in order


def _interruption() -> TurnInterruptedError:
    return TurnInterruptedError("interrupted by another message")
