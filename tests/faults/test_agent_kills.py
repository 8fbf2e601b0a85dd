"""Chats whose workers get SIGKILL: in a model call, in a tool, while a person is asked.

Workers are real processes (``tests.fakes.programs.agent_worker``). Kills are paced by what
the model server and the tools were asked, so each of them meets work in progress.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import ActivityEnvironment

from segue.runs.contracts import Log, ModelCall, New
from segue.runs.limits import TOOL_CALL
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.service.metrics import exposition
from segue.runs.worker.model import ModelActivities
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.approvals import Decision
from segue.runs.workflow.cards import agent_card
from segue.runtime.client import serves
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.processes import Supervisor
from segue.runtime.worker import build_replayer
from segue.sessions.events.contracts import folded_text
from segue.storage.database import Database
from tests.fakes.programs.agent_worker import (
    ANSWER_STORED,
    EFFECT_RECORDED,
    AgentWorkers,
    agent_workers,
)
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import Step, echo, text, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.killed import FAILS, LET_GO, Counter, counter_setup
from tests.fakes.workflows.threads import say
from tests.fakes.worlds.agents import AgentWorld, agent_world

pytestmark = pytest.mark.timeout(240)

RECOVERY_S = 15.0  # after SIGKILL of a worker, beside the model's own time
MODEL_S = 1.0
ANSWER = "The answer is long enough for a few pieces of it to be on the way when the worker dies."
AMOUNT = 7


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Endpoint]:
    """A server for these tests alone.

    What a killed worker was given is lost until its heartbeat is missed; others would wait for it.
    """
    folder = tmp_path_factory.mktemp("temporal-of-kills")
    async with EmbeddedTemporal(folder) as temporal, Supervisor([temporal.child()]):
        yield Endpoint(address=temporal.address, ui_url=temporal.ui_url)


@pytest.fixture
async def workers(agents: AgentWorld, tmp_path: Path) -> AsyncGenerator[AgentWorkers]:
    """Hands for workers, none of which is there yet."""
    folder = tmp_path / "workers"
    folder.mkdir()
    async with agent_workers(agents, folder) as hands:
        yield hands


# --- in a model call ---


async def test_another_worker_asks_again_when_one_is_killed_in_a_model_call(
    agents: AgentWorld, workers: AgentWorkers
):
    await agents.openai.script(
        "a", [text(ANSWER, hold_after=2), text(ANSWER, first_byte_after_s=MODEL_S)]
    )
    await workers.start("first")
    setup, message = counter_setup("a"), say("Ask.").model_copy(update={"turn": uuid4().hex})
    chat = await agents.start(Counter.run, setup)
    reply = asyncio.create_task(send_message(chat, message))
    await until(lambda: _is_held(agents, "a"), "the model has begun to answer")
    await workers.start("second")

    await workers.kill("first")
    killed = time.monotonic()
    outcome = await reply
    took = time.monotonic() - killed
    print(f"recovered in {took:.1f} s, {MODEL_S:g} s of them the model's")  # noqa: T201 - a figure for the reader

    assert took < RECOVERY_S + MODEL_S
    assert outcome.output == ANSWER
    assert (outcome.spent.model_calls, outcome.spent.attempts) == (1, 2)
    assert outcome.spent == await agents.ports.accounts.spent_by(conversation=outcome.log.id)
    counted = (await exposition(agents.ports.accounts)).decode()
    for status in ("lost", "success"):
        assert f'model="{setup.model}",status="{status}"}} 1.0' in counted
    assert await agents.openai.count("a") == 2
    assert await transcript(agents, chat, setup.state.conversation) == ["Ask.", ANSWER]
    events = await agents.ports.events.read(message.turn or "", 0)
    assert folded_text(events) == ANSWER
    assert [event.attempt for event in events if event.kind == "attempt.started"] == [1, 2]


async def test_an_answer_that_was_stored_is_not_paid_for_again(
    agents: AgentWorld, workers: AgentWorkers
):
    await agents.openai.script("a", [text(ANSWER)])
    workers.trap(ANSWER_STORED)
    await workers.start("first", "second")
    setup = counter_setup("a")
    chat = await agents.start(Counter.run, setup)

    outcome = await send_message(chat, say("Ask."))

    assert workers.sprung(ANSWER_STORED)
    assert outcome.output == ANSWER
    assert await agents.openai.count("a") == 1
    assert await transcript(agents, chat, setup.state.conversation) == ["Ask.", ANSWER]


async def test_an_activity_that_runs_again_asks_nobody_and_says_the_same(agents: AgentWorld):
    await agents.openai.script("a", [text(ANSWER)])
    card, card_text = agent_card("Help.", [], [], None).text()
    call = ModelCall(
        log=Log(id=uuid4().hex, kind="thread"),
        operation=uuid4().hex,
        agent="Clerk",
        model="gpt-scripted:a",
        card=card,
        card_text=card_text,
        prompt=(New(items=({"role": "user", "content": "Ask."},)),),
    )
    activities = ModelActivities(agents.ports)

    answers = [await ActivityEnvironment().run(activities.invoke_model, call) for _ in range(2)]

    assert answers[0] == answers[1]
    assert await agents.openai.count("a") == 1


# --- in a tool ---


async def test_a_tool_of_unknown_outcome_is_not_run_again_and_the_model_is_told(
    agents: AgentWorld, workers: AgentWorkers
):
    told, keys = await _killed_in_tool(agents, workers, "wire")

    assert "run.effect_unknown" in told
    assert len(keys) == 1
    (effect,) = await agents.ports.effects.unknown()
    assert (effect.key, effect.tool, effect.state) == (keys[0], "wire", "unknown")


async def test_a_repeatable_tool_runs_again_under_the_same_key(
    agents: AgentWorld, workers: AgentWorkers
):
    told, keys = await _killed_in_tool(agents, workers, "post")

    assert told == f"post: {AMOUNT}"
    assert len(keys) == 2
    assert len(set(keys)) == 1
    effect = await agents.ports.effects.get(keys[0])
    assert effect is not None
    assert (effect.state, effect.attempt) == ("done", 2)


async def test_workers_that_die_use_up_none_of_the_tries_in_which_a_tool_may_fail(
    agents: AgentWorld, workers: AgentWorkers
):
    await agents.openai.script("a", _uses("post", workers.folder))
    await workers.start("worker-0")
    chat = await agents.start(Counter.run, counter_setup("a"))
    reply = asyncio.create_task(send_message(chat, say("Pay.")))
    for kills in range(2):
        await until(lambda n=kills: len(_keys(workers, "post")) == n + 1, "the tool runs")
        await workers.start(f"worker-{kills + 1}")
        await workers.kill(f"worker-{kills}")
    await until(lambda: len(_keys(workers, "post")) == 3, "the tool runs")
    for number in range(TOOL_CALL.attempts - 1):
        (workers.folder / f"{FAILS}-{number}").touch()
    _let_go(workers)

    assert (await reply).output == "Done."
    assert await _told(agents) == f"post: {AMOUNT}"
    keys = _keys(workers, "post")
    effect = await agents.ports.effects.get(keys[0])
    assert effect is not None
    assert (effect.state, effect.failures, len(keys)) == ("done", TOOL_CALL.attempts - 1, 5)


@pytest.mark.parametrize("tool", ["wire", "post"])
async def test_a_recorded_outcome_whose_acknowledgement_was_lost_is_given_back(
    agents: AgentWorld, workers: AgentWorkers, tool: str
):
    await agents.openai.script("a", _uses(tool, workers.folder))
    _let_go(workers)
    workers.trap(EFFECT_RECORDED)
    await workers.start("first", "second")
    chat = await agents.start(Counter.run, counter_setup("a"))

    message = say("Pay.").model_copy(update={"turn": chat.id})
    assert (await send_message(chat, message)).output == "Done."

    assert workers.sprung(EFFECT_RECORDED)
    assert await _results(agents, chat.id) == 1
    assert _keys(workers, tool) == _keys(workers, tool)[:1]
    assert await _told(agents) == f"{tool}: {AMOUNT}"


# --- while a person is asked ---


@pytest.fixture
async def own_temporal(
    tmp_path: Path, scripted_openai: ScriptedOpenAI, sqlite_database: Database
) -> AsyncGenerator[tuple[AgentWorld, Supervisor]]:
    """A world over a Temporal server that nobody else uses, and who keeps it running."""
    async with EmbeddedTemporal(tmp_path) as temporal, Supervisor([temporal.child()]) as keeper:
        endpoint = Endpoint(address=temporal.address, ui_url=temporal.ui_url)
        async with agent_world(endpoint, scripted_openai, sqlite_database) as world:
            yield world, keeper


async def test_a_question_outlives_the_workers_and_the_server(
    own_temporal: tuple[AgentWorld, Supervisor], tmp_path: Path
):
    world, keeper = own_temporal
    folder = tmp_path / "workers"
    folder.mkdir()
    async with agent_workers(world, folder) as workers:
        await world.openai.script("a", _uses("wire", folder))
        _let_go(workers)
        await workers.start("first")
        setup, message = counter_setup("a", approval=True), say("Pay.")
        chat = await world.start(Counter.run, setup)
        asking = asyncio.create_task(send_message(chat, message))
        await until(lambda: _is_asked(chat), "somebody is asked")

        await workers.kill("first")
        asking.cancel()
        await asyncio.wait({asking})
        assert asking.cancelled()
        os.kill(keeper.pid("temporal"), signal.SIGKILL)
        await until(lambda: keeper.restarts["temporal"] == 1, "another server")
        await until(lambda: serves(world.client, "default"), "the server answers")
        await workers.start("second")
        await until(lambda: _is_asked(chat), "the question is still there")
        (request,) = await pending_approvals(chat)
        await decide(chat, Decision(request_id=request.id, approve=True, who="ann"))
        outcome = await send_message(chat, message)

        assert outcome.output == "Done."
        assert len(_keys(workers, "wire")) == 1
        assert await _told(world) == f"wire: {AMOUNT}"
        await transcript(world, chat, setup.state.conversation)
    entries = await world.ports.audit.entries()
    assert [(entry.deed.who, entry.deed.what) for entry in entries] == [
        ("ann", "approval.approved")
    ]


# --- through a whole chat ---


async def test_a_chat_of_20_turns_goes_through_several_kills(agents: AgentWorld, tmp_path: Path):
    held, after_reply = echo(hold_after=1), {7, 17}
    # The first try of turns 4 and 13 is held until its worker is dead.
    steps = [echo(times=3), held, echo(times=9), held, echo(times=None)]
    await agents.openai.script("a", steps)
    setup, texts = counter_setup("a", renewal_turns=6), [f"message {n}" for n in range(1, 21)]
    async with agent_workers(agents, tmp_path, restarted=True) as workers:
        await workers.start("only")
        chat = await agents.start(Counter.run, setup)
        for turn, words in enumerate(texts, 1):
            reply = asyncio.create_task(send_message(chat, say(words)))
            if turn in {4, 13}:
                await until(lambda: _is_held(agents, "a"), "the model has begun to answer")
                await workers.kill("only")
            outcome = await reply
            assert (outcome.output, outcome.turn) == (words, turn)
            if turn in after_reply:
                await workers.kill("only")
        said = await transcript(agents, chat, setup.state.conversation)

    assert said == [words for each in texts for words in (each, each)]
    assert await agents.openai.count("a") == 20 + 2
    assert len(await histories(agents, chat)) == 4


# --- what is looked at ---


async def transcript(
    world: AgentWorld, chat: WorkflowHandle[Any, Any], conversation: str
) -> list[str]:
    """The words of a conversation in order, after a look at what the workflow did."""
    for history in await histories(world, chat):
        assert _failed_tasks(history) == []
        await build_replayer([Counter], plugins=agent_plugins()).replay_workflow(history)
    turns = await world.ports.conversations.turns(conversation)
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    return [_words(item) for item in await world.ports.conversations.prompt(conversation)]


async def histories(world: AgentWorld, chat: WorkflowHandle[Any, Any]) -> list[WorkflowHistory]:
    """Of every run of a workflow, the newest first."""
    found: list[WorkflowHistory] = []
    run = (await chat.describe()).run_id
    while run:
        history = await world.client.get_workflow_handle(chat.id, run_id=run).fetch_history()
        found.append(history)
        started = history.events[0].workflow_execution_started_event_attributes
        run = started.continued_execution_run_id
    return found


def _failed_tasks(history: WorkflowHistory) -> list[str]:
    """A kill costs a task its time, never more."""
    failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return [
        event.workflow_task_failed_event_attributes.failure.message
        for event in history.events
        if event.event_type == failed
    ]


def _words(item: dict[str, Any]) -> str:
    content = item.get("content") or [{"text": item["type"]}]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


# --- tools ---


async def _killed_in_tool(
    world: AgentWorld, workers: AgentWorkers, tool: str
) -> tuple[str, Sequence[str]]:
    """What the model was told of a tool whose worker was killed, and the keys it ran under."""
    await world.openai.script("a", _uses(tool, workers.folder))
    await workers.start("first")
    chat = await world.start(Counter.run, counter_setup("a"))
    message = say("Pay.").model_copy(update={"turn": chat.id})
    reply = asyncio.create_task(send_message(chat, message))
    await until(lambda: bool(_keys(workers, tool)), "the tool runs")
    await workers.start("second")
    await workers.kill("first")
    killed = time.monotonic()
    _let_go(workers)
    assert (await reply).output == "Done."
    assert time.monotonic() - killed < RECOVERY_S
    assert await _results(world, chat.id) == 1
    return await _told(world), _keys(workers, tool)


def _uses(tool: str, folder: Path) -> list[Step]:
    return [tool_calls([(tool, {"folder": str(folder), "amount": AMOUNT})]), text("Done.")]


def _let_go(workers: AgentWorkers) -> None:
    (workers.folder / LET_GO).touch()


def _keys(workers: AgentWorkers, tool: str) -> list[str]:
    path = workers.folder / tool
    return path.read_text(encoding="utf-8").split() if path.exists() else []


async def _told(world: AgentWorld) -> str:
    """The one tool result that the model's last call held."""
    body = (await world.openai.calls("a"))[-1].body
    assert body is not None
    (output,) = (i["output"] for i in body["input"] if i.get("type") == "function_call_output")
    return str(output)


async def _results(world: AgentWorld, turn: str) -> int:
    """How often the viewers of a turn were told how its tool ended."""
    events = await world.ports.events.read(turn, 0)
    return [event.kind for event in events].count("tool.result")


async def _is_held(world: AgentWorld, script: str) -> bool:
    return any(call.outcome == "held" for call in await world.openai.calls(script))


async def _is_asked(chat: WorkflowHandle[Any, Any]) -> bool:
    return len(await pending_approvals(chat)) == 1
