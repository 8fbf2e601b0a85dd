"""What agents wait for is listed where people look, and no workflow is asked for it."""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from temporalio.client import (
    Client,
    Interceptor,
    ListWorkflowsInput,
    OutboundInterceptor,
    QueryWorkflowInput,
    WorkflowExecutionAsyncIterator,
    WorkflowFailureError,
    WorkflowHandle,
)

from segue.errors.run import ApprovalNotFoundError
from segue.errors.sync import RunNotFoundError
from segue.runs.service.client import send_message
from segue.runs.service.records import AgentRecords
from segue.runs.service.views import PendingApproval
from segue.runs.store.approvals import ApprovalStore, Questions
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy, ApprovalRequest
from segue.runs.workflow.thread_state import Message, ThreadState
from segue.runtime.worker import build_replayer
from segue.sessions.store import ConversationStore
from segue.sessions.tables import CONVERSATIONS
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import AgentWorld

PAY = tool_calls([("transfer", {"amount": 100})])
THREADS = 2_000


class Counting(Interceptor):
    """Counts what is asked of Temporal."""

    def __init__(self) -> None:
        self.queries = 0
        self.lists = 0

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        return _Counted(next, self)


class _Counted(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, counts: Counting) -> None:
        super().__init__(following)
        self._counts = counts

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:  # noqa: A002 - the SDK's name
        self._counts.queries += 1
        return await super().query_workflow(input)

    def list_workflows(self, input: ListWorkflowsInput) -> WorkflowExecutionAsyncIterator:  # noqa: A002 - the SDK's name
        self._counts.lists += 1
        return super().list_workflows(input)


class CountedReads(ApprovalStore):
    """Counts how often it is read."""

    reads = 0

    async def page(
        self, *, limit: int, after: str | None = None, asked_of: str | None = None
    ) -> Questions:
        self.reads += 1
        return await super().page(limit=limit, after=after, asked_of=asked_of)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def reads(agents: AgentWorld) -> CountedReads:
    return CountedReads(agents.database)


@pytest.fixture
def records(agents: AgentWorld, reads: CountedReads, counting: Counting) -> AgentRecords:
    config = agents.client.config()
    config["interceptors"] = [*config["interceptors"], counting]
    stores = dataclasses.replace(agents.records(), approvals=reads)
    return AgentRecords(stores, Client(**config))


async def waiting(records: AgentRecords, count: int = 1) -> Sequence[PendingApproval]:
    """So many questions, once they are listed."""

    async def listed() -> bool:
        return len((await records.approvals()).approvals) == count

    await until(listed, f"{count} questions in the list")
    return (await records.approvals()).approvals


async def replays(chat: WorkflowHandle[Any, Any]) -> None:
    """The history so far replays."""
    history = await chat.fetch_history()
    await build_replayer([Chat], plugins=agent_plugins()).replay_workflow(history)


async def open_threads(agents: AgentWorld, count: int) -> None:
    """So many conversations that people may come back to."""
    await ConversationStore(agents.database).open("thread-0", workflow_id="w-0")
    async with agents.database.writing() as connection:
        first = (await connection.execute(sa.select(CONVERSATIONS))).mappings().one()
        rows = [
            {**first, "id": f"thread-{number}", "workflow_id": f"w-{number}"}
            for number in range(1, count)
        ]
        await connection.execute(sa.insert(CONVERSATIONS), rows)


async def test_three_questions_of_two_thousand_threads_are_read_without_asking_one(
    agents: AgentWorld, records: AgentRecords, reads: CountedReads, counting: Counting
):
    await agents.openai.script("a", [PAY] * 3 + [text("Paid.")] * 3)
    await open_threads(agents, THREADS)
    async with agents.worker([Chat], TOOLS):
        chats = [await agents.start(Chat.run, chat_setup("a", approval=True)) for _ in range(3)]
        replies = [asyncio.create_task(send_message(chat, say("Pay."))) for chat in chats]
        await waiting(records, 3)
        reads.reads = 0
        found = (await records.approvals()).approvals

        assert reads.reads == 1
        assert {each.workflow_id for each in found} == {chat.id for chat in chats}
        for each in found:
            await records.decide(each.id, approve=True, who="ann")
        assert [(await reply).output for reply in replies] == ["Paid."] * 3

    assert (await records.approvals()).approvals == ()
    assert (counting.queries, counting.lists) == (0, 0)


@pytest.mark.parametrize("turn", [None, "turn-1"])
async def test_a_question_is_listed_until_it_is_decided_whether_anybody_watches_or_not(
    agents: AgentWorld, records: AgentRecords, turn: str | None
):
    await agents.openai.script("a", [PAY, text("Paid.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        message = Message(id="m1", text="Pay.", turn=turn)
        reply = asyncio.create_task(send_message(chat, message))
        (waits,) = await waiting(records)

        assert (waits.workflow_id, waits.tool, waits.turn) == (chat.id, "transfer", turn)
        assert waits.arguments == '{"amount": 100}'
        assert await records.decide(waits.id, approve=True, who="ann") == waits
        assert (await records.approvals()).approvals == ()
        assert (await reply).output == "Paid."
        await replays(chat)


async def test_a_question_that_is_escalated_is_listed_for_the_next_one_and_silence_ends_it(
    agents: AgentWorld, records: AgentRecords
):
    await agents.openai.script("a", [PAY, text("Not paid.")])
    policy = ApprovalPolicy(
        wait_seconds=0.2, on_timeout="escalate", escalate_to="boss", escalation_seconds=3.0
    )
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True, approvals=policy))
        reply = asyncio.create_task(send_message(chat, say("Pay.")))

        async def escalated() -> bool:
            found = (await records.approvals(asked_of="boss")).approvals
            return [each.asked_of for each in found] == ["boss"]

        await until(escalated, "the boss is asked")
        (waits,) = (await records.approvals(asked_of="boss")).approvals
        assert (await records.approvals(asked_of="ann")).approvals == ()
        assert (await reply).output == "Not paid."
        await replays(chat)

    assert await agents.ports.approvals.workflows(waits.id) == []


async def test_the_question_of_a_cancelled_run_is_withdrawn(
    agents: AgentWorld, records: AgentRecords
):
    await agents.openai.script("a", [PAY])
    async with agents.worker([Chat], TOOLS):
        setup = chat_setup("a", approval=True)
        state = ThreadState(conversation=uuid4().hex, waiting=(say("Pay."),))
        chat = await agents.start(Chat.run, setup.model_copy(update={"state": state}))
        (waits,) = await waiting(records)

        await chat.cancel()
        with pytest.raises(WorkflowFailureError):
            await chat.result()

        assert (await records.approvals()).approvals == ()
        with pytest.raises(ApprovalNotFoundError):
            await records.decide(waits.id, approve=True, who="ann")
        await replays(chat)
    (entry,) = await records.audit(subject=waits.id)
    assert (entry.who, entry.what) == ("nobody", "approval.withdrawn")


async def test_the_question_of_a_terminated_run_is_refused_and_leaves_the_list(
    agents: AgentWorld, records: AgentRecords
):
    await agents.openai.script("a", [PAY])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay.")))
        (waits,) = await waiting(records)
        await chat.terminate()
        await asyncio.gather(reply, return_exceptions=True)
        assert await waiting(records) == (waits,)

        with pytest.raises(ApprovalNotFoundError, match=waits.id):
            await records.decide(waits.id, approve=True, who="ann")

        pending = await records.approvals()
        assert (pending.approvals, pending.unanswered) == ((), ())
        with pytest.raises(RunNotFoundError):  # as always where a workflow is named
            await records.decide(waits.id, approve=True, who="ann", workflow_id=chat.id)


async def test_a_question_that_its_workflow_does_not_know_goes_and_one_it_does_know_comes_back(
    agents: AgentWorld, records: AgentRecords
):
    await agents.openai.script("a", [PAY])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay.")))
        (waits,) = await waiting(records)
        stale = ApprovalRequest(id="stale", expires_at=waits.expires_at)
        await agents.ports.approvals.put(chat.id, stale)
        await agents.ports.approvals.remove(chat.id, waits.id)

        with pytest.raises(ApprovalNotFoundError, match="stale"):
            await records.decide("stale", approve=True, who="ann")

        assert (await records.approvals()).approvals == (waits,)
        reply.cancel()


async def test_a_run_that_asked_before_there_was_a_list_lists_what_it_asks_from_now_on(
    agents: AgentWorld, records: AgentRecords, monkeypatch: pytest.MonkeyPatch
):
    await agents.openai.script("a", [PAY, PAY, text("Paid.")])
    setup = chat_setup("a", approval=True)
    with monkeypatch.context() as older:
        older.setattr(ApprovalDesk, "_lists_unwatched", lambda _: False)
        async with agents.worker([Chat], TOOLS):
            chat = await agents.start(Chat.run, setup)
            reply = asyncio.create_task(send_message(chat, say("Pay twice.")))

            async def asks() -> bool:
                return bool(await chat.query("pending_approvals"))

            await until(asks, "a question that is listed nowhere")
            assert (await records.approvals()).approvals == ()
    async with agents.worker([Chat], TOOLS):
        (request,) = await chat.query("pending_approvals", result_type=list[ApprovalRequest])
        await records.decide(request.id, approve=True, who="ann", workflow_id=chat.id)

        (waits,) = await waiting(records)

        assert waits.id != request.id
        await records.decide(waits.id, approve=True, who="ann")
        assert (await reply).output == "Paid."
        await replays(chat)
