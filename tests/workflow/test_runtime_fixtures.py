"""The fixtures that other tests build on."""

import uuid

from temporalio.client import Client

from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.workflows.plumbing import GreetWorkflow, SleepADayWorkflow


async def test_the_shared_server_runs_a_workflow(temporal_client: Client):
    queue = uuid.uuid4().hex
    parts = WorkerParts(task_queue=queue, workflows=[GreetWorkflow])

    async with build_worker(temporal_client, parts):
        answer = await temporal_client.execute_workflow(
            GreetWorkflow.run, "you", id=queue, task_queue=queue
        )

    assert answer == "hello you"


async def test_the_time_skipping_server_passes_a_day_at_once(time_skipping_client: Client):
    queue = uuid.uuid4().hex
    parts = WorkerParts(task_queue=queue, workflows=[SleepADayWorkflow])

    async with build_worker(time_skipping_client, parts):
        answer = await time_skipping_client.execute_workflow(
            SleepADayWorkflow.run, id=queue, task_queue=queue
        )

    assert answer == "rested"
