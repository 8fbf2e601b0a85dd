"""Which database stands with a namespace, where Temporal does not answer or another one does."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.client import ScheduleActionStartWorkflow, ScheduleAlreadyRunningError
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.base import SegueError
from segue.runtime.database_claims import adopt, claim, claimed_by
from segue.runtime.faults import from_failure

AWAY = RPCError("away", RPCStatusCode.UNAVAILABLE, b"")


class Schedules:
    """A client, its only schedule, and that schedule's handle; what is an error is raised."""

    def __init__(self, *, create: Exception | None = None, reads: Any = AWAY) -> None:
        self.create = create
        self.reads = reads

    async def create_schedule(self, *_: object) -> None:
        if self.create:
            raise self.create

    def get_schedule_handle(self, _: str) -> "Schedules":
        return self

    async def describe(self) -> Any:
        if isinstance(self.reads, Exception):
            raise self.reads
        return self.reads

    async def update(self, _: object) -> None:
        raise AWAY


def theirs() -> Any:
    action = ScheduleActionStartWorkflow("Any", id="segue-database-theirs", task_queue="any")
    return SimpleNamespace(schedule=SimpleNamespace(action=action))


def client(**given: Any) -> Any:
    return cast("Any", Schedules(**given))


async def test_a_temporal_that_is_away_is_told_as_such():
    for call in (
        claimed_by(client()),
        claim(client(create=AWAY), "ours"),
        adopt(client(create=ScheduleAlreadyRunningError(), reads=AWAY), "ours"),
        adopt(client(create=ScheduleAlreadyRunningError(), reads=theirs()), "ours"),
    ):
        with pytest.raises(SegueError) as told:
            await call
        assert type(told.value) is type(from_failure(AWAY))


async def test_a_namespace_without_a_database_takes_the_first_one():
    gone = RPCError("none", RPCStatusCode.NOT_FOUND, b"")

    assert await claimed_by(client(reads=gone)) is None
    assert await claim(client(), "ours") == "ours"
    await adopt(client(), "ours")  # it stands there now: nothing is updated
