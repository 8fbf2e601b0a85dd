"""Whether a worker of this process is seen asking for work."""

import uuid

import pytest
from temporalio.client import Client

from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.polling import has_asked
from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.waiting import until
from tests.fakes.workflows.plumbing import ACTIVITIES, WORKFLOWS


@pytest.fixture
def parts() -> WorkerParts:
    return WorkerParts(
        task_queue=f"queue-{uuid.uuid4().hex}", workflows=WORKFLOWS, activities=ACTIVITIES
    )


async def test_a_worker_has_asked_once_every_kind_of_its_work_was_asked_for(
    temporal_client: Client, parts: WorkerParts
):
    assert not await has_asked(temporal_client, parts)
    async with build_worker(temporal_client, parts.workflows_alone()):
        await until(lambda: has_asked(temporal_client, parts.workflows_alone()), "a poll")
        both = await has_asked(temporal_client, parts)
        async with build_worker(temporal_client, parts.activities_alone()):
            await until(lambda: has_asked(temporal_client, parts), "both polls")

    assert not both


async def test_another_process_that_asks_is_not_this_one(
    temporal_server: Endpoint, temporal_client: Client, parts: WorkerParts
):
    stranger = await Client.connect(temporal_server.address, identity="stranger")
    async with build_worker(stranger, parts):
        await until(lambda: has_asked(stranger, parts), "the stranger's polls")
        mine = await has_asked(temporal_client, parts)

    assert not mine


async def test_a_server_that_does_not_say_is_a_no(temporal_server: Endpoint, parts: WorkerParts):
    config = (await connect(temporal_server.address, {})).config()
    config["namespace"] = "nowhere"

    assert not await has_asked(Client(**config), parts)
