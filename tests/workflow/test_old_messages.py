"""A message sent again after very many others, or after a chat's end, is not answered anew."""

from uuid import uuid4

import pytest

from segue.assistant.contracts import Caller
from segue.runs.contracts import RunOutcome
from segue.runs.service.client import send_message
from tests.fakes.programs.openai_server.faults import FAULTS
from tests.fakes.programs.openai_server.steps import text, words
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.chats import begin, chat_service, chat_world

ANN = Caller("ann")


def plain(outcome: RunOutcome) -> RunOutcome:
    """Without its seconds, which the workflow and its activities measure from other moments."""
    return outcome.model_copy(update={"seconds": 0.0})


@pytest.mark.parametrize("renewal_turns", [60, 2])
async def test_a_message_of_long_ago_is_answered_from_the_database(
    agents: AgentWorld, renewal_turns: int
):
    await agents.openai.script("a", [text("First."), words(5, times=None)])
    setup = chat_setup("a", remembers=1, renewal_turns=renewal_turns)
    messages = [say(f"number {number}") for number in range(5)]
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcomes = [plain(await send_message(chat, each)) for each in messages]
        again = [plain(await send_message(chat, messages[at])) for at in (0, 3)]
        later = await send_message(chat, say("one more"))
    turns = await agents.ports.conversations.turns(setup.state.conversation)

    assert again == [outcomes[0], outcomes[3]]
    assert (again[0].output, again[0].turn, later.turn) == ("First.", 1, 6)
    assert len(turns) == await agents.openai.count("a") == 6


@pytest.mark.parametrize("fault", ["wrong key (401)", "context too long (400)"])
async def test_a_failure_of_long_ago_stays_the_reply(agents: AgentWorld, fault: str):
    await agents.openai.script("a", [FAULTS[fault], text("Well.", times=None)])
    setup = chat_setup("a", remembers=1)
    first = say("word " * 5_000).model_copy(update={"turn": uuid4().hex})
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, setup)
        outcome, *_ = [await send_message(chat, each) for each in (first, say("2"), say("3"))]
        again = await send_message(chat, first)

    assert outcome.failure is not None
    assert again.failure is not None
    assert (again.failure.code, again.failure.message) == (
        outcome.failure.code,
        outcome.failure.message,
    )
    assert (again.turn, again.spent) == (1, outcome.spent)


async def test_after_its_end_a_chat_answers_an_old_message_the_same_and_runs_nothing(
    temporal_server, scripted_openai, sqlite_database
):
    async with (
        chat_world(temporal_server, scripted_openai, sqlite_database) as world,
        chat_service(world) as chats,
    ):
        thread = f"chat-{uuid4().hex}"

        async def told(words: str, name: str):
            await chats.post(ANN, thread, words, message_id=name)
            reply = await chats.reply(ANN, thread, name)
            while reply is None:
                reply = await chats.reply(ANN, thread, name)
            return reply

        first = await told("Calculate 2 + 2", "a")
        await chats.end(ANN, thread)
        await world.client.get_workflow_handle(thread).result()
        again = await told("Calculate 2 + 2", "a")
        other = await told("Calculate 3 + 3", "b")
        turns = await world.ports.conversations.turns(thread)

    assert (first.text, first.turn) == ("The result is 4.", 1)
    assert again == first
    assert (other.text, other.turn) == ("The result is 6.", 2)
    assert len(turns) == 2


async def test_another_chat_of_the_same_id_answers_its_initial_prompt(
    temporal_server, scripted_openai, sqlite_database
):
    async with chat_world(temporal_server, scripted_openai, sqlite_database) as world:
        thread = f"agent-{uuid4().hex}"
        for _ in range(2):
            chat = await begin(world, thread=thread, initial_prompt="Calculate 2 + 2")
            await chat.signal("end_chat")
            await chat.result()
        turns = await world.ports.conversations.turns(thread)

    assert [turn.status for turn in turns] == ["ok", "ok"]
