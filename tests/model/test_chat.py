"""A chat with a model that answers badly: it goes on, is counted, and is never put words into."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import is_cancelled_exception

from segue.llm.config import LlmConfig, OpenAIService
from segue.runs.contracts import RunOutcome
from segue.runs.service.client import send_message
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.thread_state import Message
from segue.runtime.ports import free_ports
from segue.runtime.worker import build_replayer
from tests.fakes.histories import failed_tasks
from tests.fakes.programs.agent_worker import agent_workers
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.waiting import until
from tests.fakes.workflows.killed import LET_GO, Counter, counter_setup
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.model.chat_workflow import SmallTalk, SmallTalkWorkflow, population, small_talk
from tests.model.server import MODEL

pytestmark = pytest.mark.timeout(400)

QUESTIONS = (
    "Hello, who are you?",
    "What is the capital of France?",
    "How many people live there?",
    "Say it again.",
    "Write a very long story about the sea.",
    "What is 2 + 2?",
    "How many people live in Rome? Use your tool.",
    "Thank you.",
    "And the capital of Italy?",
    "Say all of that in one sentence.",
    "Good bye.",
)
LONG = "Count from one to a hundred, in words."
CUT = "model.invalid_request"  # its limit was too low
_WITHIN_S = 180.0


@pytest.fixture
async def idle_world(temporal_server, llama, llm_config, sqlite_database):
    """Without a worker."""
    handle = ScriptedOpenAI(llama.url)  # of the real one; nobody scripts it
    async with agent_world(
        temporal_server,
        handle,
        sqlite_database,
        config=llm_config,
        stall_seconds=120,
        compact_after_tokens=700,
    ) as opened:
        yield opened


@pytest.fixture
async def world(idle_world: AgentWorld):
    async with idle_world.worker([SmallTalkWorkflow], [population]):
        yield idle_world


async def said(chat: WorkflowHandle[Any, Any], text: str) -> RunOutcome:
    async with asyncio.timeout(_WITHIN_S):
        return await send_message(chat, Message(id=uuid4().hex, text=text))


async def spent(world: AgentWorld, setup: SmallTalk) -> int:
    use = await world.ports.accounts.spent_by(conversation=setup.state.conversation)
    return use.output_tokens


async def is_sound(chat: WorkflowHandle[Any, Any]) -> None:
    history = await chat.fetch_history()
    assert failed_tasks(history) == []
    replayer = build_replayer([SmallTalkWorkflow, Counter], plugins=agent_plugins())
    await replayer.replay_workflow(history)


async def test_each_turn_of_a_long_chat_is_answered_or_says_why_and_all_of_it_is_counted(
    world, llama
):
    setup, before = small_talk(max_tokens=80), await llama.generated_tokens()
    chat = await world.start(SmallTalkWorkflow.run, setup)
    outcomes = [await said(chat, question) for question in QUESTIONS]

    for outcome in outcomes:
        assert outcome.ok or (outcome.failure and "." in outcome.failure.code)
        assert not outcome.ok or str(outcome.output).strip()
        assert "no answer" not in str(outcome.output)
    assert sum(outcome.ok for outcome in outcomes) > len(QUESTIONS) / 2
    assert await spent(world, setup) == await llama.generated_tokens() - before
    await is_sound(chat)


async def test_where_the_first_service_is_dead_the_model_answers_and_the_account_names_it(
    temporal_server, llama, sqlite_database
):
    (port,) = free_ports(1)
    services = {
        "dead": OpenAIService(base_url=f"http://127.0.0.1:{port}/v1", api="chat"),
        "near": OpenAIService(base_url=llama.base_url, api="chat"),
    }
    config = LlmConfig(model=f"dead/{MODEL}", fallback_models=(f"near/{MODEL}",), services=services)
    setup, before = small_talk(), await llama.generated_tokens()
    async with (
        agent_world(
            temporal_server, ScriptedOpenAI(llama.url), sqlite_database, config=config
        ) as world,
        world.worker([SmallTalkWorkflow], [population]),
    ):
        chat = await world.start(SmallTalkWorkflow.run, setup)
        outcome = await said(chat, "Hello?")
        lines = await world.ports.accounts.report(chat.id)

    assert outcome.ok
    assert outcome.models == (f"near/{MODEL}",)
    assert [line.model for line in lines] == [f"near/{MODEL}"]
    assert lines[0].output_tokens == await llama.generated_tokens() - before
    await is_sound(chat)


async def test_a_cut_answer_fails_its_turn_and_is_paid_for(world, llama):
    setup, before = small_talk(max_tokens=6), await llama.generated_tokens()
    chat = await world.start(SmallTalkWorkflow.run, setup)

    outcome = await said(chat, "Write a very long story about the sea.")

    assert outcome.failure is not None
    assert outcome.failure.code == CUT
    assert await spent(world, setup) == await llama.generated_tokens() - before
    await is_sound(chat)


async def test_a_server_killed_amid_an_answer_costs_time_and_nothing_else(world, llama):
    chat = await world.start(SmallTalkWorkflow.run, small_talk())
    asked = asyncio.create_task(said(chat, LONG))
    await until(llama.is_busy, "the model's first word")
    llama.kill()
    llama.start()  # in this thread: with whichever starts it, the server ends

    first, second = await asked, await said(chat, "Hello?")

    assert [outcome.failure.code for outcome in (first, second) if outcome.failure] in (
        [],
        [CUT],  # it may well have gone on beyond its bound
        [CUT] * 2,
    )
    await is_sound(chat)


async def test_a_worker_killed_amid_an_answer_costs_time_and_nothing_else(
    idle_world: AgentWorld, llama, tmp_path: Path
):
    (tmp_path / LET_GO).touch()  # its tools wait for nobody
    setup = counter_setup("").model_copy(update={"model": MODEL, "max_tokens": 160})
    async with agent_workers(idle_world, tmp_path) as workers:
        await workers.start("first")
        chat, before = await idle_world.start(Counter.run, setup), await llama.generated_tokens()
        asked = asyncio.create_task(said(chat, LONG))
        await until(llama.is_busy, "the model's first word")
        await workers.start("second")
        await workers.kill("first")

        first, second = await asked, await said(chat, "Hello?")
        await until(llama.is_idle, "the end of what nobody hears")

    for outcome in (first, second):
        assert outcome.ok or (outcome.failure and "." in outcome.failure.code)
    use = await idle_world.ports.accounts.spent_by(conversation=setup.state.conversation)
    assert use.attempts > use.model_calls  # the lost one is counted; what it said, nobody heard
    assert 0 < use.output_tokens <= await llama.generated_tokens() - before
    await is_sound(chat)


async def test_a_chat_cancelled_amid_an_answer_frees_the_model_for_others(world, llama):
    setup, before = small_talk(max_tokens=2_000), await llama.generated_tokens()
    chat = await world.start(SmallTalkWorkflow.run, setup)
    asked = asyncio.create_task(said(chat, LONG))
    await until(llama.is_busy, "the model's first word")
    await chat.cancel()

    with pytest.raises(WorkflowFailureError) as ending:
        await chat.result()
    assert is_cancelled_exception(ending.value.cause)
    await asyncio.wait({asked})  # it is told, or gets an error: who asks is not left hanging
    await until(llama.is_idle, "the model is free", within_s=30)
    assert await spent(world, setup) <= await llama.generated_tokens() - before < 2_000
    await is_sound(chat)
    outcome = await said(await world.start(SmallTalkWorkflow.run, small_talk()), "Hello?")
    assert outcome.failure is None or outcome.failure.code == CUT
