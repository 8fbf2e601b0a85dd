"""What is old is deleted once a day, where the settings ask for it."""

from typing import cast
from uuid import uuid4

import pytest
from temporalio.client import Client, RPCError, ScheduleActionExecutionStartWorkflow
from temporalio.service import RPCStatusCode

from segue.runtime.pruning import PRUNING_SCHEDULE, PruningWorkflow, schedule_pruning
from segue.runtime.pruning_activities import Pruned, PruningActivities
from segue.runtime.worker import WorkerParts, build_worker
from segue.storage.pruning import PrunedRows
from tests.fakes.waiting import until


async def prune() -> list[PrunedRows]:
    return [PrunedRows("syncs", 3, 4096), PrunedRows("imports", 0, 0)]


async def test_the_server_starts_it_daily_until_it_is_switched_off(temporal_client: Client):
    queue = f"maintenance-{uuid4().hex}"
    parts = WorkerParts(
        task_queue=queue,
        workflows=[PruningWorkflow],
        activities=[PruningActivities(prune).prune_old],
    )
    schedule = temporal_client.get_schedule_handle(PRUNING_SCHEDULE)
    for _ in range(2):
        await schedule_pruning(temporal_client, daily=True, task_queue=queue)
    async with build_worker(temporal_client, parts):
        await schedule.trigger()

        async def has_run() -> bool:
            return bool((await schedule.describe()).info.recent_actions)

        await until(has_run, "the schedule has started a run")
        started = (await schedule.describe()).info.recent_actions[0].action
        assert isinstance(started, ScheduleActionExecutionStartWorkflow)
        run = temporal_client.get_workflow_handle(started.workflow_id, result_type=Pruned)
        pruned = await run.result()
    every = (await schedule.describe()).schedule.spec.intervals[0].every
    for _ in range(2):
        await schedule_pruning(temporal_client, daily=False)

    async def is_gone() -> bool:
        try:
            await schedule.describe()
        except RPCError:
            return True
        return False

    await until(is_gone, "the schedule is deleted")
    assert (pruned.rows, every.days) == ({"syncs": 3}, 1)


class AwayHandle:
    """A schedule of a server that does not answer."""

    async def delete(self) -> None:
        raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")


class AwayClient:
    """A client of such a server."""

    def get_schedule_handle(self, name: str) -> AwayHandle:
        assert name == PRUNING_SCHEDULE
        return AwayHandle()


async def test_that_it_cannot_be_switched_off_is_told():
    with pytest.raises(RPCError, match="away"):
        await schedule_pruning(cast("Client", AwayClient()), daily=False)
