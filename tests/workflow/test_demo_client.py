"""The client of the public demo, unmodified, against our orchestrator."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle

from segue.assistant.workflows.answers import OFFLINE_MARK
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import chat_world


@dataclass
class AgentInput:
    """What the demo's client sends: a type of its own, known by its JSON alone."""

    initial_prompt: str


class DemoClient:
    """The demo's client: one update a line, then ``end_chat`` and five seconds."""

    def __init__(self, client: Client, queue: str) -> None:
        self._client = client
        self._queue = queue

    async def start(self, initial_prompt: str = "") -> WorkflowHandle[object, str]:
        return await self._client.start_workflow(
            "DurableAgentWorkflow",
            AgentInput(initial_prompt),
            id=f"agent-{uuid4().hex[:8]}",
            task_queue=self._queue,
            result_type=str,
        )

    async def say(self, chat: WorkflowHandle[object, str], text: str) -> str:
        return await chat.execute_update("send_message", text, result_type=str)

    async def leave(self, chat: WorkflowHandle[object, str]) -> str:
        await chat.signal("end_chat")
        return await asyncio.wait_for(chat.result(), timeout=5.0)


@pytest.fixture
async def world(temporal_server, scripted_openai, sqlite_database) -> AsyncGenerator[AgentWorld]:
    """The assistant with its offline model."""
    async with chat_world(temporal_server, scripted_openai, sqlite_database) as made:
        yield made


@pytest.fixture
def demo(world: AgentWorld) -> DemoClient:
    """The demo's client of that world."""
    return DemoClient(world.client, world.queue)


async def test_the_demos_session_is_answered_line_by_line_and_ends_in_time(demo: DemoClient):
    chat = await demo.start()
    result = await demo.say(chat, "Calculate 15 * 23")
    weather = await demo.say(chat, "What's the weather in New York?")
    first = await demo.say(chat, "What did I say first?")
    end = await demo.leave(chat)

    assert result == f"The result is 345.\n{OFFLINE_MARK}"
    assert weather.startswith("The weather in New York: 18 °C")
    assert "sample data" in weather
    assert first.startswith("You said first: Calculate 15 * 23")
    assert end == "Conversation ended"


async def test_the_reply_to_the_initial_prompt_answers_no_other_message(
    demo: DemoClient, world: AgentWorld
):
    chat = await demo.start("Calculate 1 + 1")
    first = await demo.say(chat, "Calculate 2 + 2")
    await demo.leave(chat)
    turns = await world.ports.conversations.turns(chat.id)

    assert first.startswith("The result is 4.")
    assert [turn.number for turn in turns] == [1, 2]


async def test_eight_messages_at_once_each_get_their_own_reply(demo: DemoClient):
    chat = await demo.start()
    replies = await asyncio.gather(*(demo.say(chat, f"Calculate {n} * 10") for n in range(8)))
    await demo.leave(chat)

    assert [reply.split("\n")[0] for reply in replies] == [
        f"The result is {n * 10}." for n in range(8)
    ]
