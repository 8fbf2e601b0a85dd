"""Waiting in a workflow for several things at once, and for all of them where one fails."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final, TypeVar

from temporalio import workflow

_Result = TypeVar("_Result")

ENDS_WHOLE: Final = "ends-whole"
"""The change that has whatever a workflow has begun end before the workflow does."""


async def gather_whole(
    works: Iterable[Coroutine[Any, Any, _Result] | asyncio.Task[_Result]],
) -> list[_Result]:
    """The results of all, in their order; for workflows only.

    ``asyncio.gather`` raises with the first to fail, or the first of several that are cancelled,
    while the others are still ending. A workflow that ends then has the server terminate its
    children in the middle of their own ends.

    Raises:
        BaseException: Of the first to fail, after the others were cancelled and have ended.
    """
    tasks = [
        work if isinstance(work, asyncio.Task) else asyncio.create_task(work) for work in works
    ]
    try:
        return await asyncio.gather(*tasks)
    except GeneratorExit:  # a worker throws the workflow out of its memory; it goes on elsewhere
        raise
    except BaseException:
        if workflow.patched(ENDS_WHOLE):
            for task in tasks:
                if not task.cancelling():  # or it is cut short while it puts things in order
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        raise
