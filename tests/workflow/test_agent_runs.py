"""Runs of agents that are made, or that end, in unusual ways: real Temporal, HTTP and SQL."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import CancelledError
from temporalio.testing import ActivityEnvironment

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.contracts import Budget, Item, Kept, Log, ModelCall, New, RunOutcome, Turns
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.worker.model import ModelActivities
from segue.runs.worker.prompts import spans
from segue.runs.workflow.approvals import Decision
from segue.runs.workflow.thread_state import ThreadState
from segue.runtime.faults import from_failure
from tests.fakes.data.agent_scenes import (
    LONG,
    PLAYS,
    Play,
    PlayChat,
    PlayLong,
    PlayPaused,
    SceneSetup,
)
from tests.fakes.programs.openai_server.steps import Step, handoff, text, tokens, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, say
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import locked

CANCELLING = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
SHORT_TASK = timedelta(seconds=1)  # a local activity that takes longer lets new events in


@pytest.fixture
async def world(agents: AgentWorld) -> AsyncGenerator[AgentWorld]:
    """A worker for all scenes."""
    async with agents.worker(PLAYS, TOOLS):
        yield agents


async def played(world: AgentWorld, scene: str, steps: list[Step], *args: object) -> RunOutcome:
    """How a run ends whose first agent's model plays ``steps``."""
    await world.openai.script("front", steps)
    return await (await world.start(Play.run, scene, *args)).result()


async def prompt_of(world: AgentWorld, name: str) -> list[Item]:
    """What the model of that script was asked last."""
    body = (await world.openai.calls(name))[-1].body
    assert body is not None
    return body["input"]


async def told(world: AgentWorld, name: str = "front") -> list[str]:
    """The results of tools in it."""
    prompt = await prompt_of(world, name)
    return [item["output"] for item in prompt if item.get("type") == "function_call_output"]


def chat_of(scene: str, **more: Any) -> SceneSetup:
    state = ThreadState(conversation=uuid4().hex)
    return SceneSetup.model_validate({"scene": scene, "state": state, **more})


async def run_id(workflow: WorkflowHandle[Any, Any]) -> str:
    return (await workflow.describe()).run_id


# --- how a run ends ---


async def test_a_run_without_a_conversation_keeps_its_items_in_a_log_of_its_own(world: AgentWorld):
    outcome = await played(world, "plain", [text("Hello.")])

    assert (outcome.output, outcome.turn, outcome.log.kind) == ("Hello.", 0, "run")
    stored = await world.ports.conversations.show(outcome.log.id)
    assert [item["role"] for _, item in stored.items] == ["user", "assistant"]


async def test_a_run_that_ends_with_an_empty_result_has_no_answer(world: AgentWorld):
    outcome = await played(world, "hushes", [tool_calls([("hush", {})])])

    assert outcome.failure is not None
    assert outcome.failure.code == "run.empty_answer"
    assert outcome.output is None


async def test_a_run_that_is_cancelled_while_its_model_is_asked_is_cancelled(world: AgentWorld):
    await world.openai.script("front", [text("Too late.", hold_after=0)])
    run = await world.start(Play.run, "plain")
    await until(lambda: is_asked(world, "front"), "the model is asked")

    await run.cancel()

    with pytest.raises(WorkflowFailureError) as ended:
        await run.result()
    assert isinstance(ended.value.cause, CancelledError)
    await world.openai.release("front")


async def test_a_run_that_is_cancelled_while_its_end_is_written_down_is_cancelled(
    world: AgentWorld,
):
    await world.openai.script("front", [tool_calls([("pause", {})])])
    run = await world.client.start_workflow(
        PlayPaused.run, id=uuid4().hex, task_queue=world.queue, task_timeout=SHORT_TASK
    )
    await until(lambda: is_asked(world, "front"), "the tool is called")
    await until(lambda: is_idle(run), "the tool waits")
    with locked(world.database):
        await run.signal(PlayPaused.go_on)
        await until(lambda: is_writing(run), "the run is being closed")
        await run.cancel()
        # Not to its end: on a busy machine its short tasks run out again and again while it writes.
        await until(lambda: has_seen(run, CANCELLING), "the run knows that it is cancelled")
    with pytest.raises(WorkflowFailureError) as ended:
        await run.result()
    assert isinstance(ended.value.cause, CancelledError)


async def is_asked(world: AgentWorld, name: str) -> bool:
    return bool(await world.openai.count(name))


async def is_idle(run: WorkflowHandle[Any, Any]) -> bool:
    """Whether the model has answered, and the workflow has dealt with that."""
    description = (await run.describe()).raw_description
    return not description.pending_activities and not description.HasField("pending_workflow_task")


async def is_writing(run: WorkflowHandle[Any, Any]) -> bool:
    """Whether a task was prolonged since the signal: a local activity is at work."""
    return await has_seen(run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)


async def has_seen(run: WorkflowHandle[Any, Any], event_type: EventType.ValueType) -> bool:
    """Whether a task was completed since the event."""
    kinds = [event.event_type async for event in run.fetch_history_events()]
    return (
        event_type in kinds
        and EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED in kinds[kinds.index(event_type) :]
    )


# --- tools ---


async def test_a_plain_function_as_a_tool_ends_the_run_and_says_what_to_write(world: AgentWorld):
    outcome = await played(world, "threads", [tool_calls([("count", {})])])

    assert outcome.failure is not None
    assert outcome.failure.code == "run.error"
    assert "'count' is a plain function" in outcome.failure.message
    assert "async def" in outcome.failure.hint


async def test_a_tool_that_words_its_own_failures_is_quoted(world: AgentWorld):
    await played(world, "own words", [tool_calls([("pay", {})]), text("Locked.")])

    assert await told(world) == ["The till is locked."]


async def test_a_tool_of_two_activities_is_one_call_with_an_effect_for_each(world: AgentWorld):
    calls = [tool_calls([("read_and_pay", {})]), text("Paid.")]

    outcome = await played(world, "two steps", calls)

    assert await told(world) == ["00001 transferred 7"]
    assert outcome.spent.tool_calls == 1
    counted = await world.ports.accounts.counters()
    assert {
        (each.first, each.second): number for each, number in counted.items() if each.name == "tool"
    } == {("read_and_pay", "success"): 1}


async def test_a_tool_that_the_service_runs_is_offered_to_it(world: AgentWorld):
    outcome = await played(world, "hosted", [text("Found.")])

    assert outcome.output == "Found."
    body = (await world.openai.calls("front"))[-1].body
    assert body is not None
    assert [tool["type"] for tool in body["tools"]] == ["web_search"]


# --- several agents ---


async def test_an_agent_that_gets_the_conversation_back_is_the_same_one(world: AgentWorld):
    await world.openai.script("back", [handoff("Front")])

    outcome = await played(world, "circle", [handoff("Back"), text("Here again.")])

    assert (outcome.output, outcome.agent) == ("Here again.", "Front")
    assert outcome.spent.handoffs == 2


async def test_an_agent_in_a_guardrail_is_a_part_of_the_run(world: AgentWorld):
    await world.openai.script("judge", [text("Yes."), text("No.")])

    allowed = await played(world, "judged", [text("Done.", times=None)])
    refused = await played(world, "judged", [text("Done.", times=None)])

    assert allowed.output == "Done."
    assert allowed.spent.model_calls == 2
    assert refused.failure is not None
    assert refused.failure.code == "run.guardrail_tripped"


async def test_a_guardrail_of_the_run_sees_the_whole_answer(world: AgentWorld):
    await world.openai.script("front", [tokens(LONG // 4)])

    outcome = await (await world.start(PlayLong.run)).result()

    assert outcome.failure is None
    assert len(outcome.output) == LONG


# --- on into a new run of the workflow ---


async def test_results_of_plain_tools_go_along_into_a_new_run(world: AgentWorld):
    jots = [tool_calls([("jot", {"note": f"{n}"})]) for n in range(3)]
    await world.openai.script("front", [*jots, text("All noted.")])
    chat = await world.start(PlayChat.run, chat_of("jots", renewal_bytes=1))
    first = await run_id(chat)

    outcome = await send_message(chat, say("Note three things."))

    assert outcome.output == "All noted."
    assert await told(world) == ["noted: 0", "noted: 1", "noted: 2"]
    assert await run_id(chat) != first
    assert await world.openai.count("front") == 4


async def test_an_agent_that_took_over_goes_on_in_a_new_run(world: AgentWorld):
    await world.openai.script("front", [handoff("Back")])
    await world.openai.script("back", [text("Back here.")])
    chat = await world.start(PlayChat.run, chat_of("circle", renewal_bytes=1))
    first = await run_id(chat)

    outcome = await send_message(chat, say("Who is there?"))

    assert (outcome.output, outcome.agent) == ("Back here.", "Back")
    assert outcome.spent.handoffs == 1
    assert await run_id(chat) != first


async def test_a_degraded_run_stays_degraded_in_a_new_run(world: AgentWorld):
    jots = [tool_calls([("jot", {"note": f"{n}"})]) for n in range(4)]
    await world.openai.script("front", jots)
    await world.openai.script("cheap", [*jots[:2], text("Noted.")])
    budget = Budget(turns=1, on_limit="degrade", degrade_to="gpt-scripted:cheap")
    chat = await world.start(PlayChat.run, chat_of("jots", renewal_bytes=1, budget=budget))

    outcome = await send_message(chat, say("Note."))

    assert outcome.output == "Noted."
    assert outcome.models == ("gpt-scripted:front", "gpt-scripted:cheap")
    assert await world.openai.count("front") == 1


PAY = tool_calls([("transfer", {"amount": 1})])
PAY_TWICE = tool_calls([("transfer", {"amount": 1}), ("transfer", {"amount": 2})])
MORE = "x" * 50_000  # so much history is beyond any renewal of these tests


async def asked(chat: WorkflowHandle[Any, Any], count: int) -> list[str]:
    """The questions, once there are so many."""

    async def is_so() -> bool:
        return len(await pending_approvals(chat)) == count

    await until(is_so, f"{count} questions")
    return [request.id for request in await pending_approvals(chat)]


async def test_what_was_decided_already_is_not_asked_again_in_a_new_run(world: AgentWorld):
    await world.openai.script("front", [PAY_TWICE, text("Paid.")])
    chat = await world.start(PlayChat.run, chat_of("pays", renewal_bytes=len(MORE)))
    first = await run_id(chat)
    reply = asyncio.create_task(send_message(chat, say("Pay both.")))
    one, two = await asked(chat, 2)
    await decide(chat, Decision(request_id=two, approve=False, who="ann"))
    await chat.signal(PlayChat.told, MORE)

    async def has_moved() -> bool:
        return await run_id(chat) != first

    await until(has_moved, "a new run")
    assert await asked(chat, 1) == [one]
    await decide(chat, Decision(request_id=one, approve=True, who="ann"))
    assert (await reply).output == "Paid."
    paid, denied = await told(world)
    assert paid == "transferred 1"
    assert "tool.denied" in denied


async def test_a_decision_that_comes_while_the_workflow_moves_is_taken_by_its_next_run(
    world: AgentWorld,
):
    await world.openai.script("front", [PAY, text("Paid.")])
    setup = chat_of("pays", renewal_bytes=len(MORE))
    chat = await world.client.start_workflow(
        PlayChat.run, setup, id=uuid4().hex, task_queue=world.queue, task_timeout=SHORT_TASK
    )
    first = await run_id(chat)
    reply = asyncio.create_task(send_message(chat, say("Pay.")))
    (request,) = await asked(chat, 1)
    yes = Decision(request_id=request, approve=True, who="ann")
    with locked(world.database):  # what is carried over cannot be stored yet
        await chat.signal(PlayChat.told, MORE)
        await until(lambda: is_refused(chat, yes), "the workflow is moving")
        deciding = asyncio.create_task(decide(chat, yes))
    await deciding
    assert (await reply).output == "Paid."
    assert await run_id(chat) != first
    assert await told(world) == ["transferred 1"]


async def is_refused(chat: WorkflowHandle[Any, Any], decision: Decision) -> bool:
    """Whether a decision on nothing is told to come back, and not that nothing waits."""
    nothing = decision.model_copy(update={"request_id": "nothing"})
    try:
        await chat.execute_update("decide", nothing)
    except WorkflowUpdateFailedError as refused:
        return isinstance(from_failure(refused), TemporalUnreachableError)
    return False


# --- activities ---


async def test_an_agent_whose_card_is_gone_is_not_asked(agents: AgentWorld):
    call = ModelCall(
        log=Log(id=uuid4().hex),
        operation=uuid4().hex,
        agent="Clerk",
        card="0" * 64,
        prompt=(New(items=({"role": "user", "content": "Ask."},)),),
    )

    with pytest.raises(ConversationUnreadableError, match="'Clerk'"):
        await ActivityEnvironment().run(ModelActivities(agents.ports).invoke_model, call)


async def test_of_a_transcript_only_what_is_new_is_stored(agents: AgentWorld):
    store, log = agents.ports.conversations, Log(id=uuid4().hex)
    await store.open(log.id)
    (user, answer) = {"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}
    kept = await store.append(log.id, "first", [user])
    parts = (Turns(upto=0), Kept(span=(kept.first, kept.last)), New(items=(answer,)))

    found = [await spans(store, log, "op", parts) for _ in range(2)]

    assert found[0] == found[1] == [(1, 1), (2, 2)]
    assert await store.read(log.id, found[0]) == [user, answer]
