"""A workflow that waits for several things at once ends after all of them."""

import uuid

import pytest
from temporalio.client import Client, WorkflowHandle

from segue.runtime.worker import WorkerParts, build_replayer, build_worker
from tests.fakes.waiting import until
from tests.fakes.workflows.gathering import End, GatherWorkflow, HastyGatherWorkflow


async def has_timer(handle: WorkflowHandle[object, list[str]]) -> bool:
    events = (await handle.fetch_history()).events
    return any(event.HasField("timer_started_event_attributes") for event in events)


async def gathered(
    client: Client, first: End, *, kind: type = GatherWorkflow
) -> tuple[list[str], WorkflowHandle[object, list[str]]]:
    """What had ended when the gathering had, and the run; cancelled where it waits for that."""
    name = uuid.uuid4().hex
    async with build_worker(client, WorkerParts(task_queue=name, workflows=[kind], activities=[])):
        handle = await client.start_workflow(kind.run, first, id=name, task_queue=name)
        if first == "wait":
            await until(lambda: has_timer(handle), "both are under way")
            await handle.cancel()
        return await handle.result(), handle


async def test_results_come_in_order(time_skipping_client):
    assert (await gathered(time_skipping_client, "answer"))[0] == ["quick", "slow"]


@pytest.mark.parametrize("first", ["fail", "wait"])
async def test_a_failure_or_a_cancellation_waits_for_the_others(time_skipping_client, first):
    ended, handle = await gathered(time_skipping_client, first)

    assert ended == ["slow"]
    await build_replayer([GatherWorkflow]).replay_workflow(await handle.fetch_history())


@pytest.mark.parametrize("first", ["fail", "wait"])
async def test_a_run_that_began_before_replays(time_skipping_client, first):
    ended, handle = await gathered(time_skipping_client, first, kind=HastyGatherWorkflow)

    assert ended == []
    await build_replayer([GatherWorkflow]).replay_workflow(await handle.fetch_history())
