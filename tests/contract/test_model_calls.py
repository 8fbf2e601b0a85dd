"""What the activity of a model call promises, on every database; the models are fakes."""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from agents import ModelResponse, Usage
from openai.types.responses import ResponseFunctionToolCall
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from segue.errors.base import SegueError
from segue.errors.conversation import ConversationFullError, ConversationNotFoundError
from segue.errors.model import ModelUnavailableError, UnusableAnswerError
from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.runs.contracts import (
    Beginning,
    Ending,
    Log,
    ModelAnswer,
    ModelCall,
    New,
    RunClosing,
    Turns,
)
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.ports import AgentPorts
from segue.runs.store.tables import MODEL_ATTEMPTS
from segue.runs.store.usage import Payer
from segue.runs.travelling import unpack
from segue.runs.worker.model import ModelActivities
from segue.runs.worker.turn_records import TurnRecords
from segue.runs.worker.turns import TurnActivities
from segue.runs.workflow.cards import AgentCard
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord
from segue.storage.database import Database
from tests.fakes.doubles.models import message
from tests.fakes.worlds.agents import agent_ports

CARD, CARD_TEXT = AgentCard().text()
PAY = ResponseFunctionToolCall(type="function_call", call_id="c", name="pay", arguments="{}")
DONE = message("Done.")
THREAD = Log(id="talk", kind="thread")

Output = Any  # items of OpenAI's


@pytest.fixture
async def ports(database: Database):
    pool = ModelPool(LlmConfig(), rules=RuleBook())
    yield agent_ports(database, pool)
    await pool.aclose()


def answering(ports: AgentPorts, answer: Callable[[], Awaitable[Output]]) -> ModelActivities:
    """Activities whose model says what ``answer`` gives."""

    async def ask(request: ModelRequest, listener: Listener | None) -> Answer:
        usage = Usage(requests=1, input_tokens=10, output_tokens=1, total_tokens=11)
        response = ModelResponse(output=[await answer()], usage=usage, response_id=None)
        return Answer(response=response, model="m", offline=False, from_cache=False, cost_usd=None)

    return ModelActivities(dataclasses.replace(ports, ask=ask))


def saying(ports: AgentPorts, output: Output) -> ModelActivities:
    async def say() -> Output:
        return output

    return answering(ports, say)


async def attempt(
    activities: ModelActivities, call: ModelCall, number: int = 1, *, since: float = 0.0
) -> ModelAnswer:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, attempt=number, scheduled_time=datetime.fromtimestamp(since, UTC)
    )
    return unpack(ModelAnswer, await environment.run(activities.invoke_model, call))


def call_of(log: Log, *parts: Any, operation: str = "op", ends: bool = False) -> ModelCall:
    return ModelCall(
        log=log,
        operation=operation,
        agent="Clerk",
        card=CARD,
        card_text=CARD_TEXT,
        prompt=parts,
        ending=Ending(operation=f"{operation}/end") if ends else None,
    )


def words(text: str) -> Beginning:
    return Beginning(items=({"role": "user", "content": text},), operation=f"say {text}")


async def test_a_later_try_gives_what_the_first_gave_though_others_added_to_the_thread(ports):
    await ports.conversations.append("talk", "theirs", [{"role": "user", "content": "Theirs."}])
    await ports.conversations.close_turn("talk", "their end", TurnRecord(spans=((1, 1),)))
    call = call_of(THREAD, Turns(upto=0), words("Pay."))

    first = await attempt(saying(ports, PAY), call)
    second = await attempt(saying(ports, DONE), call, 2)

    assert first.upto == 1
    assert second == first


async def test_two_tries_at_once_leave_one_answer_and_one_turn_and_both_are_paid_for(ports):
    call = call_of(THREAD, Turns(upto=0), words("Pay."), ends=True)
    asked_twice = asyncio.Barrier(2)

    async def late() -> Output:
        await asked_twice.wait()
        return DONE

    async with asyncio.timeout(30):
        answers = await asyncio.gather(
            *(attempt(answering(ports, late), call, number) for number in (1, 2))
        )

    assert answers[0].first == answers[1].first
    assert answers[0].closed == answers[1].closed
    whole = await ports.conversations.show("talk")
    assert [turn.number for turn in whole.turns] == [1]
    assert len(whole.items) == 2
    spent = await ports.accounts.spent_by(conversation="talk")
    assert (spent.model_calls, spent.attempts, spent.input_tokens) == (1, 2, 20)


async def test_an_answer_that_cannot_be_stored_is_paid_for_and_ends_no_turn(
    ports: AgentPorts, database: Database
):
    full = dataclasses.replace(ports, conversations=ConversationStore(database, max_items=1))
    call = call_of(THREAD, Turns(upto=0), words("Pay."), ends=True)

    with pytest.raises(ConversationFullError):
        await attempt(saying(full, DONE), call)

    whole = await ports.conversations.show("talk")
    assert (len(whole.items), whole.turns) == (1, ())
    assert (await ports.accounts.spent_by(conversation="talk")).input_tokens == 10


async def test_logs_of_nested_guardrails_are_deleted_with_the_outermost(ports: AgentPorts):
    judge = Log(id="judge", parent="tool", root="run")
    tool = Log(id="tool", parent="run", root="run")
    question = New(items=({"role": "user", "content": "May they?"},))

    for log in (judge, tool, Log(id="run")):
        await attempt(saying(ports, DONE), call_of(log, question, operation=log.id))
    await ports.conversations.delete("run")

    for log in (judge, tool):
        with pytest.raises(ConversationNotFoundError):
            await ports.conversations.show(log.id)


async def test_a_thread_whose_guardrail_spoke_first_is_a_thread_with_its_title(ports: AgentPorts):
    judge = Log(id="judge", parent="talk", root="talk")
    question = New(items=({"role": "user", "content": "May they?"},))
    hello = Beginning(items=question.items, operation="say", title="Trip to Rome")

    await attempt(saying(ports, DONE), call_of(judge, question, operation="judge"))
    await attempt(saying(ports, DONE), call_of(THREAD, Turns(upto=0), hello, ends=True))

    page = await ports.conversations.conversations()
    assert [(talk.id, talk.title) for talk in page.heads] == [("talk", "Trip to Rome")]


async def test_an_answer_to_a_run_that_was_cancelled_meanwhile_is_in_no_later_prompt(
    ports: AgentPorts,
):
    hello, pay = words("Hello."), words("Pay.")
    first = call_of(THREAD, Turns(upto=0), hello, operation="1", ends=True)
    second = call_of(THREAD, Turns(upto=1), pay, operation="2", ends=True)
    prompt = [*hello.items, DONE.model_dump(exclude_unset=True), *pay.items]

    async def cancelled_meanwhile() -> Output:
        closing = RunClosing(
            log=THREAD,
            operation="2/end",
            agent="Clerk",
            status="run.cancelled",
            transcript=(pay,),
        )
        await TurnRecords(ports).end(closing)
        return message("Too late.")

    await attempt(saying(ports, DONE), first)
    late = await attempt(answering(ports, cancelled_meanwhile), second)

    assert late.closed is not None
    assert late.closed.number == 2
    assert late.closed.outcome is not None
    assert late.closed.outcome.failure is not None
    assert late.closed.outcome.failure.code == "run.cancelled"
    turns = await ports.conversations.turns("talk")
    assert [turn.status for turn in turns] == ["ok", "run.cancelled"]
    assert await ports.conversations.prompt("talk", upto_turn=2, removals=0) == prompt
    assert (await ports.accounts.spent_by(conversation="talk")).model_calls == 2


@pytest.mark.parametrize("length", [10, 3 * KEPT_CHARACTERS])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_run_that_its_answer_has_ended_stays_answered_whatever_comes_later(
    ports: AgentPorts, length: int, whole: bool
):
    call = call_of(THREAD, Turns(upto=0), words("Pay."), ends=True)
    watched = call.model_copy(update={"turn": "watched"})
    answer = await attempt(saying(ports, message("x" * length)), watched)
    late = RunClosing(
        log=THREAD,
        operation="op/end",
        agent="Clerk",
        status="run.interrupted",
        error="interrupted by another message",
        transcript=(words("Pay."),),
        turn="watched",
        whole=whole,
    )

    end = await ActivityEnvironment().run(TurnActivities(ports).close_run, late)

    outcome = end.outcome
    assert answer.closed is not None
    assert outcome is not None
    assert (end.number, end.text_seq, outcome.failure) == (1, answer.closed.text_seq, None)
    assert outcome.output == "x" * (length if whole else min(length, KEPT_CHARACTERS))
    assert outcome.shortened == (len(outcome.output) < length)
    assert (outcome.spent, outcome.models) == (answer.spent, ("m",))
    (turn,) = await ports.conversations.turns("talk")
    kinds = [event.kind for event in await ports.events.read("watched", after=0)]
    assert (turn.status, len((await ports.conversations.show("talk")).items)) == ("ok", 2)
    assert (kinds.count("turn.completed"), kinds.count("turn.failed")) == (1, 0)


async def test_workers_that_died_leave_an_unusable_answer_its_four_tries(ports: AgentPorts):
    call = call_of(THREAD, Turns(upto=0), words("Pay."))
    payer = Payer(workflow_id="", conversation="talk", agent="Clerk")
    for number in (1, 2, 3):
        await ports.accounts.attempt_started("op", number, payer=payer)
    verdicts = [await last_of(ports, UnusableAnswerError("empty"), call, at) for at in range(4, 8)]

    assert verdicts == [False, False, False, True]


async def test_a_service_has_its_time_however_long_no_worker_was_there(ports: AgentPorts):
    call = call_of(THREAD, Turns(upto=0), words("Pay.")).model_copy(update={"patience": 60.0})
    away, an_hour_ago = ModelUnavailableError("away"), time.time() - 3_600
    first, second = [await last_of(ports, away, call, at, since=an_hour_ago) for at in (2, 3)]
    async with ports.database.writing() as connection:
        earlier = MODEL_ATTEMPTS.c.at - 61
        await connection.execute(sa.update(MODEL_ATTEMPTS).values(at=earlier))

    assert (first, second) == (False, False)
    assert await last_of(ports, away, call, 4, since=an_hour_ago)


async def test_failures_of_another_kind_use_up_no_tries(ports: AgentPorts):
    call = call_of(THREAD, Turns(upto=0), words("Pay."))
    for at in range(1, 9):
        assert not await last_of(ports, ModelUnavailableError("away"), call, at)

    assert not await last_of(ports, UnusableAnswerError("empty"), call, 9)


async def last_of(
    ports: AgentPorts, error: SegueError, call: ModelCall, number: int, *, since: float = 0.0
) -> bool:
    """Whether the call has ended with a try whose model fails with ``error``."""

    async def fail() -> Output:
        raise error

    try:
        await attempt(answering(ports, fail), call, number, since=since)
    except SegueError:
        return False
    except ApplicationError as failure:
        return failure.non_retryable
    raise AssertionError("no failure")


async def test_a_long_answer_is_packed_for_those_who_say_that_they_read_it(ports):
    call = call_of(THREAD, words("Tell me."))
    activities = saying(ports, message("A long story. " * 200))

    plain = await ActivityEnvironment().run(activities.invoke_model, call)
    again = call.model_copy(update={"packs": True})
    short = await ActivityEnvironment().run(activities.invoke_model, again)

    assert isinstance(plain, ModelAnswer)
    assert isinstance(short, bytes)
    assert unpack(ModelAnswer, short) == plain
