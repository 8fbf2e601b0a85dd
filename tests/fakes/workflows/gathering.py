"""A workflow that waits for two things at once, one of which takes a while to end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any, Literal

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from segue.runtime.gathering import gather_whole

NAME = "ToyGatherWorkflow"
End = Literal["answer", "fail", "wait"]
Works = Iterable[Coroutine[Any, Any, str]]
Gather = Callable[[Works], Awaitable[list[str]]]


async def two_ends(first: End, gather: Gather) -> list[str]:
    """What has ended by the time that the gathering of both has.

    Args:
        first: How the first of them ends; "wait": only by a cancellation.
        gather: Waits for both.
    """
    ended: list[str] = []

    async def quick() -> str:
        if first == "fail":
            raise ApplicationError("no")
        await workflow.wait_condition(lambda: first != "wait")
        ended.append("quick")
        return "quick"

    async def slow() -> str:
        try:
            await asyncio.sleep(timedelta(minutes=5).total_seconds())
        finally:
            await workflow.sleep(timedelta(seconds=1))
            ended.append("slow")
        return "slow"

    try:
        return await gather([quick(), slow()])
    except (ApplicationError, asyncio.CancelledError):
        return list(ended)


@workflow.defn(name=NAME)
class GatherWorkflow:
    """Both, as workflows of ours wait for them."""

    @workflow.run
    async def run(self, first: End) -> list[str]:
        return await two_ends(first, gather_whole)


@workflow.defn(name=NAME)
class HastyGatherWorkflow:
    """Both, as workflows of ours waited for them once."""

    @workflow.run
    async def run(self, first: End) -> list[str]:
        async def gather(works: Works) -> list[str]:
            return list(await asyncio.gather(*works))

        return await two_ends(first, gather)
