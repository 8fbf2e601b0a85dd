"""The streams of the gallery's workflows, as clients of the public samples read them."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType

from segue.gallery.catalogue import row_of
from segue.runs.store.counters import Counter
from segue.runs.store.usage import AGENTS
from segue.runtime.embedded import Endpoint
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.doubles.stream_client import ItemEvent, StreamClient
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.gallery import gallery_world

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN_S = 20.0
JOKER_RUNS = Counter(AGENTS, "Joker", "success")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    temporal_server: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[AgentWorld]:
    """One worker of the streaming patterns."""
    database = Database(database_url(None, tmp_path_factory.mktemp("streams")))
    await prepare(database)
    async with gallery_world(temporal_server, database, rows=[row_of("stream_items")]) as made:
        yield made
    await database.aclose()


async def test_a_client_reads_the_steps_of_a_run_in_their_order_up_to_done(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        client = await StreamClient.start(world.server, "StreamItemsWorkflow", {"prompt": "Hello"})
        items: list[ItemEvent] = await client.read("items", ItemEvent)
        result = await client.run.result()

    assert [item.kind for item in items] == [
        "agent_updated",
        "tool_call",
        "tool_output",
        "message_output",
    ]
    assert [item.detail for item in items[:2]] == ["Joker", "how_many_jokes"]
    assert items[3].detail == result
    assert len(result.splitlines()) == int(items[2].detail)
    assert client.done is True


async def test_whoever_comes_late_reads_the_whole_stream(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        client = await StreamClient.start(world.server, "StreamItemsWorkflow", {})
        early = await client.read("items", ItemEvent)
        assert await client.read("items", ItemEvent) == early
        await client.run.result()
        assert await client.read("items", ItemEvent) == early


async def test_a_stream_stays_for_half_a_second_after_its_end(world: AgentWorld):
    async with asyncio.timeout(WITHIN_S):
        client = await StreamClient.start(world.server, "StreamItemsWorkflow", {})
        await client.run.result()
        history = await client.run.fetch_history()

    timers = [
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED
    ]
    assert timers == [timedelta(milliseconds=500)]


async def test_a_streamed_run_counts_in_the_accounts_as_any_run(world: AgentWorld):
    async def ended() -> float:
        return (await world.ports.accounts.counters()).get(JOKER_RUNS, 0.0)

    before = await ended()
    async with asyncio.timeout(WITHIN_S):
        client = await StreamClient.start(world.server, "StreamItemsWorkflow", {})
        await client.run.result()

    assert await ended() == before + 1
