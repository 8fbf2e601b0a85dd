"""Approvals and the collection of payloads, as a person asks for them, on a real server."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from segue.errors.input import InputError
from segue.errors.run import ApprovalNotFoundError
from segue.errors.storage import StorageError
from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.service.client import send_message
from segue.runs.service.records import AgentRecords, Patience
from segue.runs.service.stored_records import RecordStores
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import EVERY_WORKFLOW, ApprovalStore
from segue.runs.store.audit import AuditLog
from segue.runs.store.effects import EffectLedger
from segue.runs.store.tables import APPROVAL_BACKLOG
from segue.runtime.client import connect
from segue.runtime.daily import MAINTENANCE_QUEUE
from segue.runtime.embedded import Endpoint
from segue.runtime.heartbeats import heartbeating
from segue.runtime.payloads.collecting import Collected
from segue.runtime.payloads.collection import (
    COLLECTION_ID,
    COLLECTION_SCHEDULE,
    PayloadCollectionWorkflow,
    ensure_schedule,
)
from segue.runtime.payloads.collection_activities import CollectionRequest
from segue.runtime.worker import WorkerParts, build_worker
from segue.sessions.events.store import TurnEventStore
from segue.sessions.store import ConversationStore
from segue.settings.load import embedded_settings
from segue.storage.database import Database
from segue.storage.statements import upsert
from segue.wiring.app import open_agents
from segue.wiring.database import open_database
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.waiting import until
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.workflows.waiting import Broken, Deskless, Waiter
from tests.fakes.worlds.agents import AgentWorld

SOON = Patience(
    answer=timedelta(seconds=1), answers=timedelta(seconds=5), worker=timedelta(seconds=1)
)


@pytest.fixture
async def client(temporal_server: Endpoint) -> Client:
    """Of a namespace of its own, where nothing runs but what the test starts."""
    name = f"records-{uuid4().hex[:8]}"
    first = await connect(temporal_server.address, {})
    request = RegisterNamespaceRequest(namespace=name)
    request.workflow_execution_retention_period.FromTimedelta(timedelta(days=1))
    await first.workflow_service.register_namespace(request)
    made = await connect(temporal_server.address, {}, namespace=name)

    async def known() -> bool:
        try:
            return (await made.count_workflows()).count == 0
        except RPCError:
            return False

    await until(known, "the namespace")
    return made


async def upgraded(database: Database) -> None:
    """Questions are listed for more than a day, and nobody was asked for older ones."""
    async with database.writing() as connection:
        statement = upsert(connection.dialect.name, APPROVAL_BACKLOG, replace=())
        await connection.execute(statement, {"workflow_id": EVERY_WORKFLOW, "since": 0.0})


@pytest.fixture
async def stores(sqlite_database: Database) -> RecordStores:
    """Of a database that older workers wrote."""
    await upgraded(sqlite_database)
    return RecordStores(
        conversations=ConversationStore(sqlite_database),
        events=TurnEventStore(sqlite_database),
        accounts=Accounts(sqlite_database),
        effects=EffectLedger(sqlite_database),
        audit=AuditLog(sqlite_database),
        approvals=ApprovalStore(sqlite_database),
    )


@pytest.fixture
def records(stores: RecordStores, client: Client) -> AgentRecords:
    return AgentRecords(stores, client)


@asynccontextmanager
async def worker(client: Client) -> AsyncGenerator[None]:
    parts = WorkerParts(task_queue="waiters", workflows=(Waiter, Deskless, Broken))
    async with build_worker(client, parts):
        yield


async def waiter(
    client: Client, *, shared: str = "", count: int = 1, queue: str = "waiters"
) -> str:
    """A workflow with so many questions; its id."""
    name = f"waiter-{uuid4().hex[:8]}"
    await client.start_workflow(Waiter.run, args=[shared, count], id=name, task_queue=queue)
    return name


async def listed(client: Client, count: int) -> None:
    """Return once the server lists so many workflows: lists lag behind."""

    async def all_there() -> bool:
        return (await client.count_workflows("ExecutionStatus = 'Running'")).count == count

    await until(all_there, f"{count} workflows in the list")


# --- what waits since before there was a list ---


async def test_where_nothing_runs_nothing_waits(records: AgentRecords):
    pending = await records.approvals()

    assert (pending.approvals, pending.unanswered) == ((), ())


async def test_what_waits_is_gathered_from_all_workflows_that_have_a_desk(
    client: Client, records: AgentRecords
):
    async with worker(client):
        one, two = await waiter(client, count=2), await waiter(client)
        await client.start_workflow(Deskless.run, id="deskless", task_queue="waiters")
        await listed(client, 3)

        pending = await records.approvals()

    assert {approval.id for approval in pending.approvals} == {f"{one}/0", f"{one}/1", f"{two}/0"}
    assert {approval.workflow_id for approval in pending.approvals} == {one, two}
    moments = [approval.asked_at for approval in pending.approvals]
    assert moments == sorted(moments)
    assert pending.approvals[0].arguments == '{"amount": 1}'
    assert pending.unanswered == ()


async def test_workflows_that_do_not_answer_are_named(client: Client, stores: RecordStores):
    records = AgentRecords(stores, client, patience=SOON)
    async with worker(client):
        asked = await waiter(client)
        unserved = await waiter(client, queue="nobody-serves-this")
        await client.start_workflow(Broken.run, id="broken", task_queue="waiters")
        await listed(client, 3)

        pending = await records.approvals()
        assert [approval.workflow_id for approval in pending.approvals] == [asked]
        assert set(pending.unanswered) == {unserved, "broken"}

        await client.get_workflow_handle("broken").terminate()
        pending = await records.approvals()

    assert [approval.workflow_id for approval in pending.approvals] == [asked]
    assert pending.unanswered == (unserved,)


async def test_nobody_waits_for_each_of_many_workflows_without_a_worker(
    client: Client, stores: RecordStores
):
    patience = Patience(answer=timedelta(seconds=10), answers=timedelta(seconds=0.5))
    records = AgentRecords(stores, client, patience=patience)
    names = {await waiter(client, queue="nobody-serves-this") for _ in range(12)}
    await listed(client, 12)

    async with asyncio.timeout(8):
        pending = await records.approvals()

    assert set(pending.unanswered) == names


async def test_a_namespace_that_is_not_there_is_said(stores: RecordStores, client: Client):
    config = client.config()
    config["namespace"] = "no-such-namespace"

    with pytest.raises(RunNotFoundError):
        await AgentRecords(stores, Client(**config)).approvals()


# --- deciding ---


async def test_a_decision_finds_its_workflow_and_is_audited(agents: AgentWorld):
    records = AgentRecords(
        agents.records(),
        await connect(agents.server.address, {}),  # as a command has it: without the plugins
        patience=SOON,
    )
    await agents.openai.script("a", [tool_calls([("transfer", {"amount": 100})]), text("Done.")])
    async with agents.worker([Chat], TOOLS):
        chat = await agents.start(Chat.run, chat_setup("a", approval=True))
        reply = asyncio.create_task(send_message(chat, say("Pay 100.")))
        request = await asked(records, chat)

        decided = await records.decide(
            request, approve=True, who="ann", reason="fine", arguments='{"amount": 7}'
        )

        assert (await reply).output == "Done."
        assert (decided.workflow_id, decided.tool) == (chat.id, "transfer")
    (entry,) = await records.audit(subject=request)
    assert (entry.who, entry.what, entry.why) == ("ann", "approval.approved", "fine")


async def asked(records: AgentRecords, chat: WorkflowHandle[object, object]) -> str:
    """The id of the chat's question, once it is asked."""
    found = list[str]()

    async def waits() -> bool:
        pending = await records.approvals()
        found[:] = [each.id for each in pending.approvals if each.workflow_id == chat.id]
        return len(found) == 1

    await until(waits, "a question")
    return found[0]


async def test_a_decision_on_nothing_is_refused_and_says_who_did_not_answer(
    client: Client, stores: RecordStores, sqlite_database: Database
):
    records = AgentRecords(stores, client, patience=SOON)
    with pytest.raises(ApprovalNotFoundError, match=r"'nothing'\.$"):
        await records.decide("nothing", approve=True, who="ann")
    await upgraded(sqlite_database)
    await waiter(client, queue="nobody-serves-this")
    await listed(client, 1)

    with pytest.raises(ApprovalNotFoundError, match="1 workflows did not answer"):
        await records.decide("nothing", approve=True, who="ann")


async def test_a_question_that_waits_twice_needs_its_workflow_named(
    client: Client, records: AgentRecords
):
    async with worker(client):
        names = sorted([await waiter(client, shared="s"), await waiter(client, shared="s")])
        await listed(client, 2)

        with pytest.raises(InputError, match=", ".join(names)):
            await records.decide("s/0", approve=True, who="ann")
        with pytest.raises(ApprovalNotFoundError):
            await records.decide("s/9", approve=True, who="ann", workflow_id=names[0])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arguments": "{amount: 7}"}, "not JSON"),
        ({"arguments": "[7]"}, "JSON object"),
        ({"who": ""}, "who"),
        ({"reason": "x" * 2_001}, "reason"),
    ],
)
async def test_a_decision_that_cannot_be_taken_is_refused_before_anybody_is_asked(
    records: AgentRecords, changes: dict[str, str], told: str
):
    wish = {"who": "ann", **changes}

    with pytest.raises(InputError, match=told):
        await records.decide("nothing", approve=True, **wish)


# --- payloads ---


class Collector:
    """An activity that ends when it may."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self.may_end = asyncio.Event()
        self._error = error

    @activity.defn(name="payloads-collect")
    async def collect(self, request: CollectionRequest) -> Collected:
        """Collect nothing, and say otherwise."""
        self.runs += 1
        async with heartbeating():
            await self.may_end.wait()
        if self._error:
            raise self._error
        return Collected(kept=1, deleted=2, freed_bytes=3)


@asynccontextmanager
async def collecting(client: Client, collector: Collector) -> AsyncGenerator[None]:
    parts = WorkerParts(
        task_queue=MAINTENANCE_QUEUE,
        workflows=[PayloadCollectionWorkflow],
        activities=[collector.collect],
    )
    async with build_worker(client, parts):
        yield


async def test_a_collection_is_run_and_its_result_is_told(client: Client, records: AgentRecords):
    collector = Collector()
    collector.may_end.set()
    async with collecting(client, collector):
        collected = await records.collect_payloads()

    assert (collected.kept, collected.deleted, collected.freed_bytes) == (1, 2, 3)
    assert (collected.joined, collector.runs) == (False, 1)
    assert await client.get_workflow_handle(COLLECTION_ID).result()


async def test_a_collection_of_the_schedule_is_joined(client: Client, records: AgentRecords):
    collector = Collector()
    async with collecting(client, collector):
        await ensure_schedule(client)
        await client.get_schedule_handle(COLLECTION_SCHEDULE).trigger()
        await until(lambda: collector.runs == 1, "the scheduled collection")
        await listed(client, 1)
        waiting = asyncio.create_task(records.collect_payloads())
        await asyncio.wait([waiting], timeout=0.5)
        collector.may_end.set()

        assert (await waiting).joined
    assert collector.runs == 1


async def test_a_collection_that_fails_says_why(client: Client, records: AgentRecords):
    final = ApplicationError("unknown namespaces", type=StorageError.code, non_retryable=True)
    collector = Collector(final)
    collector.may_end.set()
    async with collecting(client, collector):
        with pytest.raises(StorageError, match="unknown namespaces"):
            await records.collect_payloads()


async def test_without_a_worker_nobody_waits_for_a_collection(client: Client, stores: RecordStores):
    records = AgentRecords(stores, client, patience=SOON)

    with pytest.raises(TemporalUnreachableError, match="maintenance") as refused:
        await records.collect_payloads()

    assert "segue worker" in refused.value.hint


# --- as commands open it ---


async def test_with_an_address_the_configured_temporal_is_asked_and_nothing_is_started(
    temporal_server: Endpoint, client: Client, tmp_path: Path
):
    plain = embedded_settings(tmp_path)
    named = {"address": temporal_server.address, "namespace": client.namespace}
    settings = dataclasses.replace(
        plain,
        temporal=plain.temporal.model_copy(update=named),
        data=plain.data.model_copy(update={"allow_sqlite": True}),
        temporal_environment={"TEMPORAL_ADDRESS": temporal_server.address},
    )
    async with open_database(settings) as database:
        await upgraded(database)
    async with worker(client):
        name = await waiter(client)
        await listed(client, 1)

        async with open_agents(settings) as agents:
            agents.detach()  # there is nothing to leave running
            pending = await agents.records.approvals()
            assert (await agents.records.conversations()).conversations == ()

    assert [approval.workflow_id for approval in pending.approvals] == [name]
    assert not (tmp_path / "stack.lock").exists()
