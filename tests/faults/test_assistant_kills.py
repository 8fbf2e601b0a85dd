"""A chat with the assistant whose worker, or whose Temporal, gets SIGKILL amid a turn."""

import os
import signal
from pathlib import Path

import pytest

from segue.assistant.contracts import ReplyView
from segue.assistant.service.assistant import AssistantService
from segue.assistant.wire.names import ORCHESTRATOR_QUEUE, SEND_MESSAGE
from segue.runtime.client import serves
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.processes import Supervisor
from tests.fakes.programs.agent_worker import (
    ANSWER_STORED,
    EFFECT_RECORDED,
    MODEL_ASKED,
    TOOL_BEGUN,
    agent_workers,
)
from tests.fakes.waiting import until
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import (
    ANN,
    HeldWeather,
    begin,
    chat_service,
    chat_world,
    new_thread,
    reply_to,
)

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("moment", [ANSWER_STORED, EFFECT_RECORDED])
async def test_a_killed_worker_costs_no_message_no_memory_and_no_second_tool_call(
    agents: AgentWorld, tmp_path: Path, moment: str
):
    folder = tmp_path / "workers"
    folder.mkdir()
    async with agent_workers(agents, folder, restarted=True) as workers:
        workers.trap(moment)
        await workers.start("worker")
        chat = await begin(agents)
        reply = await chat.execute_update(SEND_MESSAGE, "Calculate 15 * 23", result_type=str)
        memory = await chat.execute_update(SEND_MESSAGE, "What did I say first?", result_type=str)
        is_sprung = workers.sprung(moment)
    spent = await agents.ports.accounts.spent_by(conversation=chat.id)

    assert is_sprung
    assert reply.startswith("The result is 345.")
    assert memory.startswith("You said first: Calculate 15 * 23")
    assert spent.tool_calls == 1
    assert len(await agents.ports.conversations.turns(chat.id)) == 2


MESSAGES = {
    "a": "What's the weather in Rome?",
    "b": "Calculate 2 + 2",
    "c": "What did I say first?",
}


async def check_replies(chats: AssistantService, world: AgentWorld, thread: str) -> None:
    """Each message was answered once, in order, with all that was said before it."""
    replies: list[ReplyView] = [await reply_to(chats, thread, name) for name in MESSAGES]
    turns = await world.ports.conversations.turns(thread)
    said = [text for who, text in await chats.dialogue(ANN, thread) if who == "user"]
    spent = await world.ports.accounts.spent_by(conversation=thread)

    assert replies[0].text.startswith("The weather in Rome: 24 °C")
    assert replies[1].text == "The result is 4."
    assert replies[2].text == "You said first: What's the weather in Rome?"
    assert [reply.turn for reply in replies] == [turn.number for turn in turns] == [1, 2, 3]
    assert said == list(MESSAGES.values())
    assert spent.tool_calls == 2


@pytest.mark.parametrize("moment", [MODEL_ASKED, TOOL_BEGUN])
async def test_messages_that_wait_at_a_kill_are_each_answered_once_and_in_order(
    agents: AgentWorld, tmp_path: Path, moment: str
):
    folder, thread = tmp_path / "workers", new_thread()
    folder.mkdir()
    agents.queue = ORCHESTRATOR_QUEUE
    async with (
        agent_workers(agents, folder, restarted=True) as workers,
        chat_service(agents) as chats,
    ):
        await workers.start("worker")
        workers.trap(moment)
        for name, text in MESSAGES.items():
            await chats.post(ANN, thread, text, message_id=name)
        await check_replies(chats, agents, thread)
        assert workers.sprung(moment)


async def test_a_chat_outlives_the_server_that_is_killed_amid_a_turn(
    scripted_openai, sqlite_database, tmp_path: Path
):
    weather, thread = HeldWeather(), new_thread()
    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]) as keeper:
        server = Endpoint(address=temporal.address, ui_url=temporal.ui_url)
        async with (
            chat_world(server, scripted_openai, sqlite_database, weather=weather) as world,
            chat_service(world) as chats,
        ):
            for name, text in MESSAGES.items():
                await chats.post(ANN, thread, text, message_id=name)
            await weather.asked.wait()
            os.kill(keeper.pid("temporal"), signal.SIGKILL)
            await until(lambda: keeper.restarts["temporal"] == 1, "another server")
            await until(lambda: serves(world.client, "default"), "the server answers")
            weather.free.set()
            await check_replies(chats, world, thread)
