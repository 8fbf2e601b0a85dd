"""Conversations as workflows, against a real Temporal server and a real HTTP model server."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import CancelledError

from segue.errors.base import SegueError
from segue.errors.conversation import (
    ConversationCancelledError,
    ConversationEndedError,
    ConversationFullError,
)
from segue.errors.sync import RunNotFoundError
from segue.llm.config import LlmConfig
from segue.runs.contracts import Item, Log, RunOutcome
from segue.runs.service.client import decide, pending_approvals, send_message
from segue.runs.service.metrics import exposition
from segue.runs.workflow.answered import REPLIES_KEPT
from segue.runs.workflow.approvals import Decision
from segue.runs.workflow.thread import WAITING_AT_MOST
from segue.runs.workflow.thread_state import Reply, ThreadState
from segue.runtime.worker import WorkerParts, build_worker
from tests.fakes.programs.openai_server.faults import FAULTS, bad_request
from tests.fakes.programs.openai_server.scripts import RecordedCall
from tests.fakes.programs.openai_server.steps import (
    UseTool,
    echo,
    text,
    tool_calls,
    use_tool,
    words,
)
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.fakes.worlds.databases import locked

SHORT_TASK = timedelta(seconds=1)  # a local activity that takes longer lets new events in
PAY = tool_calls([("transfer", {"amount": 1}), ("transfer", {"amount": 2})])
SLOW = text("Too late.", hold_after=0)


def prompt_of(call: RecordedCall) -> list[Item]:
    assert call.body is not None
    return call.body["input"]


async def test_a_chat_remembers_what_was_said(agents: AgentWorld):
    await agents.openai.script("a", [text("Hello Ann."), text("Ann.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        first = await send_message(chat, say("I am Ann."))
        second = await send_message(chat, say("Who am I?"))
        await chat.signal(Chat.end_chat)
        assert await chat.result() == "ended"
    assert (first.output, first.turn) == ("Hello Ann.", 1)
    assert (second.output, second.turn) == ("Ann.", 2)
    seen = prompt_of((await agents.openai.calls("a"))[-1])
    assert [item.get("content") for item in seen if item["role"] == "user"] == [
        "I am Ann.",
        "Who am I?",
    ]


async def test_a_thread_goes_on_in_new_runs_and_asks_nothing_twice(agents: AgentWorld):
    await agents.openai.script("a", [words(500, times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", renewal_turns=3))
        for turn in range(1, 11):
            reply = await send_message(chat, say(f"message {turn}"))
            assert reply.turn == turn
        described = await chat.describe()
    assert described.raw_description.workflow_execution_info.first_run_id != described.run_id
    assert await agents.openai.count("a") == 10


async def test_a_turn_goes_on_in_new_runs_between_its_tool_calls(agents: AgentWorld):
    rule = UseTool(tool="page", arguments='{"number": $n}', times=30)
    await agents.openai.script("a", [use_tool(rule, times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", renewal_bytes=40_000, max_turns=40))
        reply = await send_message(chat, say("Read all."))
        assert reply.output == "Read all."
        second = await send_message(chat, say("Again."))
        assert second.ok
        runs = (await chat.describe()).raw_description.workflow_execution_info
    assert await agents.openai.count("a") == 62
    assert runs.first_run_id != runs.execution.run_id
    last = prompt_of((await agents.openai.calls("a"))[-1])
    assert len(last) == 1 + 60 + 1 + 1 + 60


async def test_older_turns_give_way_to_a_summary_and_nothing_is_lost(
    temporal_server, scripted_openai, sqlite_database
):
    await scripted_openai.script("a", [words(400, times=None)])
    await scripted_openai.script("s", [text("They spoke of numbers.", times=None)])
    config = LlmConfig(model="gpt-scripted:s", openai_base_url=scripted_openai.base_url)
    async with agent_world(
        temporal_server, scripted_openai, sqlite_database, config=config, compact_after_tokens=1_000
    ) as agents:
        async with agents.worker([Chat], TOOLS):
            setup = chat_setup("a")
            chat = await agents.start(Chat.run, setup)
            for turn in range(1, 14):
                assert (await send_message(chat, say(f"number {turn}"))).ok
        seen = prompt_of((await scripted_openai.calls("a"))[-1])
        stored = await agents.ports.conversations.show(setup.state.conversation)
    assert "They spoke of numbers." in seen[0]["content"]
    assert "number 1" not in [item.get("content") for item in seen]
    assert seen[-1]["content"] == "number 13"
    assert "number 1" in [item.get("content") for _, item in stored.items]


async def test_a_summary_that_does_not_come_about_costs_nothing_but_length(
    temporal_server, scripted_openai, sqlite_database
):
    await scripted_openai.script("a", [words(400, times=None)])
    async with agent_world(
        temporal_server, scripted_openai, sqlite_database, compact_after_tokens=1_000
    ) as agents:  # no LLM_MODEL: the offline rules cannot summarise
        async with agents.worker([Chat], TOOLS):
            chat = await agents.start(Chat.run, chat_setup("a"))
            for turn in range(1, 13):
                assert (await send_message(chat, say(f"number {turn}"))).ok
        seen = prompt_of((await scripted_openai.calls("a"))[-1])
    assert seen[0]["content"] == "number 1"


async def test_a_summary_whose_model_refuses_costs_nothing_but_length_and_is_counted(
    temporal_server, scripted_openai, sqlite_database
):
    await scripted_openai.script("a", [words(400, times=None)])
    await scripted_openai.script("s", [bad_request(times=None)])
    config = LlmConfig(model="gpt-scripted:s", openai_base_url=scripted_openai.base_url)
    async with agent_world(
        temporal_server, scripted_openai, sqlite_database, config=config, compact_after_tokens=1_000
    ) as agents:
        async with agents.worker([Chat], TOOLS):
            chat = await agents.start(Chat.run, chat_setup("a"))
            for turn in range(1, 13):
                assert (await send_message(chat, say(f"number {turn}"))).ok
        counted = (await exposition(agents.ports.accounts)).decode()
    seen = prompt_of((await scripted_openai.calls("a"))[-1])
    assert seen[0]["content"] == "number 1"
    assert 'status="model.invalid_request"' in counted


async def test_a_chat_that_is_cancelled_while_it_is_summarised_is_cancelled(
    temporal_server, scripted_openai, sqlite_database
):
    await scripted_openai.script("a", [words(400, times=None)])
    await scripted_openai.script("s", [text("Too late.", hold_after=0)])
    config = LlmConfig(model="gpt-scripted:s", openai_base_url=scripted_openai.base_url)

    async def is_summarising() -> bool:
        return bool(await scripted_openai.count("s"))

    async with (
        agent_world(
            temporal_server,
            scripted_openai,
            sqlite_database,
            config=config,
            compact_after_tokens=1_000,
        ) as agents,
        agents.worker([Chat], TOOLS),
    ):
        waiting = tuple(say(f"number {turn}") for turn in range(20))
        state = ThreadState(conversation=uuid4().hex, waiting=waiting)
        chat = await agents.start(Chat.run, chat_setup("a").model_copy(update={"state": state}))
        await until(is_summarising, "the summary is asked for")
        await chat.cancel()
        with pytest.raises(WorkflowFailureError) as ended:
            await chat.result()
        await scripted_openai.release("s")
    assert isinstance(ended.value.cause, CancelledError)
    assert await scripted_openai.count("s") == 1


# --- how a thread ends while somebody waits for its reply ---


async def is_asked(agents: AgentWorld) -> bool:
    return bool(await agents.openai.count("a"))


async def has_taken(chat: WorkflowHandle[Any, Any], messages: int) -> bool:
    return await chat.query(Chat.messages) == messages


async def has_questions(chat: WorkflowHandle[Any, Any], number: int) -> bool:
    return len(await pending_approvals(chat)) == number


async def has_accepted(chat: WorkflowHandle[Any, Any], updates: int) -> bool:
    kinds = [event.event_type async for event in chat.fetch_history_events()]
    return kinds.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED) == updates


async def cancel(chat: WorkflowHandle[Any, Any]) -> None:
    await chat.cancel()


async def terminate(chat: WorkflowHandle[Any, Any]) -> None:
    await chat.terminate()


async def fail(chat: WorkflowHandle[Any, Any]) -> None:
    await chat.signal(Chat.break_agent)


@pytest.mark.parametrize(
    ("end", "step", "questions", "code", "status", "later"),
    [
        (cancel, SLOW, 0, "conversation.cancelled", "CANCELED", "conversation.cancelled"),
        (cancel, PAY, 2, "conversation.cancelled", "CANCELED", "conversation.cancelled"),
        (terminate, PAY, 2, "conversation.ended", "TERMINATED", "conversation.ended"),
        (fail, SLOW, 0, "settings.invalid", "FAILED", "conversation.ended"),
    ],
)
async def test_whoever_waits_for_a_thread_that_ends_hears_why(
    agents: AgentWorld, end, step, questions, code, status, later
):
    await agents.openai.script("a", [step])
    async with agents.worker([Chat], TOOLS):
        setup = chat_setup("a", approval=True)
        chat = await agents.start(Chat.run, setup)
        replies = [asyncio.create_task(send_message(chat, say(f"number {at}"))) for at in range(3)]
        await until(lambda: has_taken(chat, 3), "all messages are taken")
        await until(lambda: is_asked(agents), "the model is asked")
        await until(lambda: has_questions(chat, questions), "people are asked")
        await end(chat)
        if end is fail:
            await agents.openai.release("a")
        failures = await asyncio.gather(*replies, return_exceptions=True)
        with pytest.raises(WorkflowFailureError):
            await chat.result()
        with pytest.raises(SegueError) as refused:
            await send_message(chat, say("Are you there?"))
        await agents.openai.release("a")
    answers = [each for each in failures if isinstance(each, RunOutcome)]
    refusals = [each for each in failures if isinstance(each, SegueError)]
    assert (len(answers), {each.code for each in refusals}) == (end is fail, {code})
    assert all(each.hint for each in refusals)
    assert (refused.value.code, bool(refused.value.hint)) == (later, True)
    assert (await chat.describe()).status is WorkflowExecutionStatus[status]
    if end is cancel:
        turns = await agents.ports.conversations.turns(setup.state.conversation)
        assert [turn.status for turn in turns] == ["run.cancelled"]


async def test_a_decision_that_was_taken_is_written_down_before_a_cancelled_thread_ends(
    agents: AgentWorld,
):
    await agents.openai.script("a", [PAY])
    async with agents.worker([Chat], TOOLS):
        setup = chat_setup("a", approval=True)
        chat = await agents.client.start_workflow(
            Chat.run, setup, id=uuid4().hex, task_queue=agents.queue, task_timeout=SHORT_TASK
        )
        reply = asyncio.create_task(send_message(chat, say("Pay.")))
        await until(lambda: has_questions(chat, 2), "two questions")
        question, other = await pending_approvals(chat)
        with locked(agents.database):
            yes = Decision(request_id=question.id, approve=True, who="ann")
            decision = asyncio.create_task(decide(chat, yes))
            await until(lambda: has_accepted(chat, 2), "the decision is taken")
            await chat.cancel()
            await until(lambda: has_questions(chat, 0), "the other question is withdrawn")
        assert (await decision).id == question.id
        with pytest.raises(ConversationCancelledError):
            await reply
    deeds = [
        [entry.deed.what for entry in await agents.ports.audit.entries(subject=each.id)]
        for each in (question, other)
    ]
    assert deeds == [["approval.approved"], ["approval.withdrawn"]]
    assert (await agents.ports.approvals.page(limit=9)).questions == ()


# --- messages that cannot be taken, and those that were answered long ago ---


async def test_a_thread_in_which_too_many_messages_wait_takes_no_more(agents: AgentWorld):
    waiting = tuple(say(f"number {at}") for at in range(WAITING_AT_MOST))
    state = ThreadState(conversation=uuid4().hex, waiting=waiting)
    chat = await agents.start(Chat.run, chat_setup("a").model_copy(update={"state": state}))
    parts = WorkerParts(task_queue=agents.queue, workflows=[Chat], activities=list(TOOLS))
    async with build_worker(agents.client, parts):  # no worker for models: nothing is answered
        with pytest.raises(ConversationFullError, match=str(WAITING_AT_MOST)):
            await send_message(chat, say("One more."))
        await chat.cancel()
        with pytest.raises(WorkflowFailureError):
            await chat.result()


async def test_a_thread_that_was_ended_answers_what_waits_and_takes_no_more(agents: AgentWorld):
    await agents.openai.script("a", [text("Goodbye.", hold_after=0)])
    last = say("Last words.")
    state = ThreadState(conversation=uuid4().hex, waiting=(last,), ended=True)
    chat = await agents.start(Chat.run, chat_setup("a").model_copy(update={"state": state}))
    async with agents.worker([Chat], TOOLS):
        with pytest.raises(ConversationEndedError, match="ended"):
            await send_message(chat, say("One more."))
        answered = asyncio.create_task(send_message(chat, last))
        await agents.openai.release("a")
        assert (await answered).output == "Goodbye."
        assert await chat.result() == "ended"


async def test_the_oldest_of_many_replies_is_forgotten(agents: AgentWorld):
    await agents.openai.script("a", [text("Anew.", times=None)])
    conversation = uuid4().hex
    outcome = RunOutcome(output="Before.", log=Log(id=conversation, kind="thread"))
    messages = [say(f"number {at}") for at in range(REPLIES_KEPT)]
    replies = tuple(Reply(message_id=each.id, outcome=outcome) for each in messages)
    state = ThreadState(conversation=conversation, replies=replies)
    chat = await agents.start(Chat.run, chat_setup("a").model_copy(update={"state": state}))
    async with agents.worker([Chat], TOOLS):
        assert (await send_message(chat, messages[0])).output == "Before."
        assert (await send_message(chat, say("One more."))).output == "Anew."
        assert (await send_message(chat, messages[1])).output == "Before."
        assert (await send_message(chat, messages[0])).output == "Anew."
    assert await agents.openai.count("a") == 2


async def test_nobody_talks_to_a_thread_that_never_was(agents: AgentWorld):
    nobody = agents.client.get_workflow_handle(uuid4().hex)

    with pytest.raises(RunNotFoundError):
        await send_message(nobody, say("Hello?"))
    with pytest.raises(RunNotFoundError):
        await pending_approvals(nobody)


@pytest.mark.parametrize("fault", ["context too long (400)", "prompt filtered (400)"])
async def test_what_no_model_could_take_fails_its_own_turn_only(agents, fault):
    await agents.openai.script("a", [FAULTS[fault], echo(times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        outcome = await send_message(chat, say("word " * 5_000))
        assert outcome.failure is not None
        assert (await send_message(chat, say("Shorter."))).output == "Shorter."
    prompt = prompt_of((await agents.openai.calls("a"))[-1])
    assert len(str(prompt)) < 2_000
    assert "was not answered" in str(prompt)
    assert "assistant" not in {item.get("role") for item in prompt}


async def test_a_failed_turn_is_no_word_of_the_models(agents):
    await agents.openai.script("a", [FAULTS["wrong key (401)"], echo(times=None)])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a"))
        assert not (await send_message(chat, say("One."))).ok
        assert (await send_message(chat, say("Two."))).output == "Two."
    prompt = prompt_of((await agents.openai.calls("a"))[-1])
    assert [item["role"] for item in prompt] == ["user", "user", "user"]
    assert (prompt[0]["content"], prompt[-1]["content"]) == ("One.", "Two.")


@pytest.mark.parametrize("can_summarise", [True, False])
async def test_a_conversation_that_a_model_cannot_read_any_more_goes_on_with_a_summary(
    temporal_server, scripted_openai, sqlite_database, can_summarise
):
    full = FAULTS["context too long (400)"]
    await scripted_openai.script("a", [words(400, times=5), full, echo(times=None)])
    await scripted_openai.script(
        "s", [full, text("Numbers.", times=None)] if can_summarise else [bad_request(times=None)]
    )
    config = LlmConfig(model="gpt-scripted:s", openai_base_url=scripted_openai.base_url)
    async with (
        agent_world(temporal_server, scripted_openai, sqlite_database, config=config) as agents,
        agents.worker([Chat], TOOLS),
    ):
        chat = await agents.start(Chat.run, chat_setup("a"))
        for turn in range(1, 7):
            assert (await send_message(chat, say(f"number {turn}"))).ok is (turn < 6)
        assert (await send_message(chat, say("And now?"))).output == "And now?"
        *_, before, after = await scripted_openai.calls("a")
    assert len(prompt_of(after)) < len(prompt_of(before)) / 2
    assert ("Numbers." if can_summarise else "left out") in str(prompt_of(after)[0])
