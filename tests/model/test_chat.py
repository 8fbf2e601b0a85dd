"""A chat with a model that answers badly: it goes on, is counted, and is never put words into."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle

from segue.runs.contracts import RunOutcome
from segue.runs.service.client import send_message
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.thread import Message
from segue.runtime.worker import build_replayer
from tests.fakes.agents import AgentWorld, agent_world
from tests.fakes.histories import failed_tasks
from tests.fakes.openai import ScriptedOpenAI
from tests.fakes.waiting import until
from tests.model.chat_workflow import SmallTalk, SmallTalkWorkflow, population, small_talk

pytestmark = [pytest.mark.timeout(400), pytest.mark.unmeasured]

QUESTIONS = (
    "Hello, who are you?",
    "What is the capital of France?",
    "How many people live there?",
    "Say it again.",
    "Write a very long story about the sea.",
    "What is 2 + 2?",
    "How many people live in Rome? Use your tool.",
    "Thank you. Good bye.",
)
_WITHIN_S = 180.0


@pytest.fixture
async def world(temporal_server, llama, llm_config, sqlite_database):
    handle = ScriptedOpenAI(llama.url)  # of the real one; nobody scripts it
    async with (
        agent_world(
            temporal_server, handle, sqlite_database, config=llm_config, stall_seconds=120
        ) as opened,
        opened.worker([SmallTalkWorkflow], [population]),
    ):
        yield opened


async def said(chat: WorkflowHandle[Any, Any], text: str) -> RunOutcome:
    async with asyncio.timeout(_WITHIN_S):
        return await send_message(chat, Message(id=uuid4().hex, text=text))


async def spent(world: AgentWorld, setup: SmallTalk) -> int:
    use = await world.ports.accounts.spent_by(conversation=setup.state.conversation)
    return use.output_tokens


async def is_sound(chat: WorkflowHandle[Any, Any]) -> None:
    history = await chat.fetch_history()
    assert failed_tasks(history) == []
    await build_replayer([SmallTalkWorkflow], plugins=agent_plugins()).replay_workflow(history)


async def test_each_turn_is_answered_or_says_why_and_all_that_was_said_is_counted(world, llama):
    setup, before = small_talk(), await llama.generated_tokens()
    chat = await world.start(SmallTalkWorkflow.run, setup)
    outcomes = [await said(chat, question) for question in QUESTIONS]

    for outcome in outcomes:
        assert outcome.ok or (outcome.failure and "." in outcome.failure.code)
        assert not outcome.ok or str(outcome.output).strip()
        assert "no answer" not in str(outcome.output)
    assert sum(outcome.ok for outcome in outcomes) > len(QUESTIONS) / 2
    assert await spent(world, setup) == await llama.generated_tokens() - before
    await is_sound(chat)


async def test_a_cut_answer_fails_its_turn_and_is_paid_for(world, llama):
    setup, before = small_talk(max_tokens=6), await llama.generated_tokens()
    chat = await world.start(SmallTalkWorkflow.run, setup)

    outcome = await said(chat, "Write a very long story about the sea.")

    assert outcome.failure is not None
    assert outcome.failure.code == "model.invalid_request"  # its limit was too low
    assert await spent(world, setup) == await llama.generated_tokens() - before
    await is_sound(chat)


async def test_a_server_killed_amid_an_answer_costs_time_and_nothing_else(world, llama):
    chat = await world.start(SmallTalkWorkflow.run, small_talk())
    asked = asyncio.create_task(said(chat, "Count from one to a hundred, in words."))
    await until(llama.busy_slots, "the model's first word")
    llama.kill()
    llama.start()  # in this thread: with whichever starts it, the server ends

    first, second = await asked, await said(chat, "Hello?")

    assert [outcome.failure.code for outcome in (first, second) if outcome.failure] in (
        [],
        ["model.invalid_request"],  # it may well have gone on beyond its bound
        ["model.invalid_request"] * 2,
    )
    await is_sound(chat)
