"""Toy workflows and activities that the tests of the Temporal plumbing run."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from segue.errors.catalogue import NotFoundError, RateLimitedError
    from segue.errors.sync import PlaylistChangedError
    from segue.runtime.retries import ONCE

_SOON = timedelta(seconds=30)


@workflow.defn
class GreetWorkflow:
    """Answers at once."""

    @workflow.run
    async def run(self, name: str) -> str:
        return f"hello {name}"


@workflow.defn
class SleepADayWorkflow:
    """Waits on a durable timer."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=1))
        return "rested"


@workflow.defn
class CountWorkflow:
    """Runs short steps in a row until told to finish; its answer is how many it ran."""

    def __init__(self) -> None:
        self.finish = False
        self.steps: list[int] = []

    @workflow.run
    async def run(self) -> list[int]:
        while not self.finish:
            step = await workflow.execute_activity(
                echo, len(self.steps), start_to_close_timeout=_SOON, retry_policy=ONCE
            )
            self.steps.append(step)
            await workflow.sleep(timedelta(milliseconds=20))
        return self.steps

    @workflow.signal
    def end(self) -> None:
        self.finish = True

    @workflow.query
    def count(self) -> int:
        return len(self.steps)


@workflow.defn
class FailWorkflow:
    """Fails in the way that is asked for."""

    @workflow.run
    async def run(self, how: str) -> None:
        if how == "activity":
            await workflow.execute_activity(refuse, start_to_close_timeout=_SOON, retry_policy=ONCE)
        if how == "limited":
            await workflow.execute_activity(
                be_limited, start_to_close_timeout=_SOON, retry_policy=ONCE
            )
        if how == "defect":
            await workflow.execute_activity(
                stumble, start_to_close_timeout=_SOON, retry_policy=ONCE
            )
        if how == "workflow":
            raise PlaylistChangedError("three tracks are gone", hint="look at it")
        if how == "signal":
            await workflow.wait_condition(lambda: False)

    @workflow.query
    def has_begun(self) -> bool:
        return True

    @workflow.signal
    def upset(self) -> None:
        raise PlaylistChangedError("said the signal")

    @workflow.update
    async def change(self) -> None:
        raise PlaylistChangedError("said the update")


@workflow.defn
class BornBrokenWorkflow:
    """Fails before any interceptor sees it."""

    def __init__(self) -> None:
        raise PlaylistChangedError("no run can start")

    @workflow.run
    async def run(self) -> None:
        """Never reached."""


@workflow.defn
class SlowStepWorkflow:
    """One activity that takes a while."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity(
            finish_when_released, start_to_close_timeout=_SOON, retry_policy=ONCE
        )


class Gate:
    """Lets a test know that an activity has begun, and the activity that it may end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.release = asyncio.Event()

    @activity.defn(name="finish_when_released")
    async def finish_when_released(self) -> int:
        self.begun.set()
        await self.release.wait()
        return activity.info().attempt


@activity.defn
async def finish_when_released() -> int:
    """The name that the workflow calls; what the test registers under it is ``Gate``'s method."""
    raise AssertionError("the test registers Gate.finish_when_released instead")


@activity.defn
async def echo(number: int) -> int:
    return number


@activity.defn
async def refuse() -> None:
    raise NotFoundError("playlist 'p1' does not exist", hint="check the link")


@activity.defn
async def be_limited() -> None:
    raise RateLimitedError("slow down", retry_after=timedelta(seconds=90))


@activity.defn
async def stumble() -> None:
    raise KeyError("artist")


WORKFLOWS = [
    GreetWorkflow,
    SleepADayWorkflow,
    CountWorkflow,
    FailWorkflow,
    BornBrokenWorkflow,
    SlowStepWorkflow,
]
ACTIVITIES = [echo, refuse, be_limited, stumble]
