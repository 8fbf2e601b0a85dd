"""Every pattern of the gallery, offline: its samples, and what foreign clients are told."""

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

from segue.gallery.catalogue import ROWS, Row, row_of
from segue.gallery.tools.images import SAMPLE
from segue.runtime.embedded import Endpoint
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.gallery_clients import CLIENTS, ForeignClient
from tests.fakes.deciding import decide_first
from tests.fakes.doubles.customer_service_client import CustomerServiceClient
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.gallery import gallery_service, gallery_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER = "{folder}"
SAMPLES = [(row, number) for row in ROWS for number in range(len(row.pattern().samples))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures that the worker may read."""
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "picture.png").write_bytes(SAMPLE.read_bytes())
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(temporal_server: Endpoint, folder: Path) -> AsyncGenerator[AgentWorld]:
    """One worker for all of these tests, on the queues' own names."""
    database = Database(database_url(None, folder))
    await prepare(database)
    async with gallery_world(temporal_server, database, folders=[folder]) as made:
        yield made
    await database.aclose()


@pytest.mark.parametrize(
    ("row", "number"), SAMPLES, ids=lambda value: getattr(value, "slug", str(value))
)
async def test_a_sample_is_answered_offline_as_its_pattern_says(
    world: AgentWorld, row: Row, number: int
):
    sample, service = row.pattern().samples[number], gallery_service(world)

    start = await service.start(row.slug, sample.arguments, owner="test")
    run = await service.run(row.slug, start.workflow_id, owner="test", within=None)

    assert (run.status, run.failure) == ("completed", None)
    assert sample.lacks(run.result) == [], run.result
    assert run.offline


async def test_the_steps_of_a_run_show_an_answer_that_is_long_enough_to_be_compressed(
    world: AgentWorld,
):
    row, service = row_of("file_search"), gallery_service(world)
    start = await service.start(row.slug, row.pattern().samples[0].arguments, owner="test")

    async with asyncio.timeout(20):
        steps = [step async for step in service.follow(start.workflow_id)]

    assert [(step.kind, step.name) for step in steps] == [("answer", "File searcher")]
    assert "moons of Arrakis" in steps[0].text


# What Temporal's own converter makes a Pydantic model with.
@pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
async def test_a_client_of_the_public_samples_is_answered_twice_in_a_row(
    world: AgentWorld, folder: Path, client: ForeignClient
):
    plugins = [OpenAIAgentsPlugin()] if client.has_plugin else []
    temporal = await Client.connect(world.server.address, plugins=plugins)
    arguments = [
        each.replace(FOLDER, str(folder)) if isinstance(each, str) else each
        for each in client.arguments
    ]

    for _ in range(2):
        async with asyncio.timeout(client.within_s):
            run = await temporal.start_workflow(
                client.workflow,
                args=arguments,
                id=client.id,
                task_queue=client.queue,
                result_type=client.reads,
            )
            if client.approves:
                await decide_first(run, approve=True)
            result = await run.result()
        assert [each for each in client.answer if not re.search(each, str(result))] == [], result


async def test_a_customer_who_missed_lines_is_told_so_and_reads_them_again(world: AgentWorld):
    one, other = [await CustomerServiceClient.open(world.server, "chat-1") for _ in range(2)]

    assert await one.say("Hello")
    assert not await other.say("How big may my bag be?")  # stale: reloads
    assert other.lines == one.lines == ["User: Hello", one.lines[1]]
    assert await other.say("How big may my bag be?")
    assert other.lines[2:5] == [
        "User: How big may my bag be?",
        "Handed off from Triage Agent to FAQ Agent",
        "FAQ Agent: Calling a tool",
    ]
    assert other.lines[5].startswith("FAQ Agent: Tool call output: You are allowed to bring one")
    for refused in ("", "x" * 1_001):
        assert not await other.say(refused)
    again = await CustomerServiceClient.open(world.server, "chat-1")
    assert again.lines == other.lines


async def test_a_busy_customer_service_goes_on_as_a_new_run_and_forgets_nothing(world: AgentWorld):
    clients = [await CustomerServiceClient.open(world.server, "chat-2") for _ in range(2)]
    for text in ("I want to change my seat.", "It is ABC123."):
        assert await clients[0].say(text)
    first = await clients[0].run_id()

    for _ in range(20):  # one of both is answered, the other one is stale
        await asyncio.gather(*(client.say("Thanks") for client in clients))
        if await clients[0].run_id() != first:
            break

    assert await clients[0].run_id() != first
    await clients[0].reload()
    assert await clients[0].say("12A please.")
    assert clients[0].lines[-1] == (
        "Seat Booking Agent: Updated seat to 12A for confirmation number ABC123. Anything else?"
    )
    assert clients[0].lines[0] == "User: I want to change my seat."
