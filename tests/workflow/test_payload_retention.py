"""Large payloads against a real server: they work, and they stay as long as they are needed."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from agents import Model, ModelProvider
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.converter import DataConverter, PayloadCodec, StorageDriver
from temporalio.openai_agents import OpenAIAgentsPlugin
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from segue.errors.storage import StorageError
from segue.errors.sync import RunNotFoundError
from segue.runtime.embedded import Endpoint, server_program
from segue.runtime.faults import from_failure
from segue.runtime.payloads.collecting import Collected, collect
from segue.runtime.payloads.collection import (
    COLLECTION_SCHEDULE,
    PayloadCollectionWorkflow,
    ensure_schedule,
)
from segue.runtime.payloads.collection_activities import CollectionActivities
from segue.runtime.payloads.drivers import data_converter, external_storage
from segue.runtime.payloads.histories import TemporalHistories
from segue.runtime.payloads.marking import Holder
from segue.runtime.payloads.s3_store import S3Config, open_s3
from segue.runtime.payloads.sql_store import SqlPayloads
from segue.runtime.payloads.stores import PayloadStore
from segue.runtime.worker import WorkerParts, build_worker
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.payloads import Clock, payload, storing
from tests.fakes.doubles.s3 import make_bucket, running_s3
from tests.fakes.waiting import until
from tests.fakes.workflows.payloads import (
    WORKFLOWS,
    BeatTextWorkflow,
    EchoTextWorkflow,
    ParentOfTextWorkflow,
    WriteTextWorkflow,
    beat_text,
    write_text,
)
from tests.fakes.worlds.databases import prepare

MEGABYTE = 1_000_000


@asynccontextmanager
async def in_file(file: Path) -> AsyncGenerator[SqlPayloads]:
    database = Database(database_url(f"sqlite:///{file}", file.parent))
    await prepare(database)
    yield SqlPayloads(database)
    await database.aclose()


@pytest.fixture
async def sql_store(tmp_path: Path) -> AsyncIterator[SqlPayloads]:
    async with in_file(tmp_path / "segue.db") as store:
        yield store


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[SqlPayloads]:
    async with in_file(tmp_path / "other.db") as store:
        yield store


@pytest.fixture
async def client(temporal_server: Endpoint, sql_store: SqlPayloads) -> Client:
    return await connected(temporal_server, sql_store)


@pytest.fixture
async def forgetful(sql_store: SqlPayloads) -> AsyncIterator[Client]:
    """A client of a server that deletes closed runs within seconds; others take up to a minute."""
    queues = ("transfer", "visibility", "timer")
    settings = [f'history.{name}ProcessorUpdateAckInterval="1s"' for name in queues]
    async with await WorkflowEnvironment.start_local(
        data_converter=data_converter(external_storage(sql_store)),
        dev_server_existing_path=str(server_program()),
        dev_server_log_level="never",
        dev_server_extra_args=[
            word for one in settings for word in ("--dynamic-config-value", one)
        ],
    ) as environment:
        yield environment.client


@pytest.fixture
async def queue(client: Client) -> AsyncIterator[str]:
    """Served by a worker."""
    name = f"payloads-{uuid4().hex}"
    async with worker(client, name):
        yield name


def worker(client: Client, queue: str) -> Worker:
    parts = WorkerParts(task_queue=queue, workflows=WORKFLOWS, activities=[write_text, beat_text])
    return build_worker(client, parts)


async def connected(server: Endpoint, store: StorageDriver) -> Client:
    converter = data_converter(external_storage(store))
    return await Client.connect(server.address, data_converter=converter)


async def later(client: Client, store: PayloadStore) -> Collected:
    """A collection two days from now."""
    clock = Clock()
    clock.passes(2 * 86_400)
    return await collect([TemporalHistories(client)], store, now=clock.now)


async def deleted(client: Client, handle: WorkflowHandle[Any, Any]) -> None:
    """Gone from the server, and from its lists."""
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
        )
    )

    async def is_gone() -> bool:
        try:
            await handle.describe()
        except RPCError:
            return (await client.count_workflows(f"WorkflowId = '{handle.id}'")).count == 0
        return False

    await until(is_gone, f"{handle.id} is deleted")


@pytest.mark.parametrize("where", ["sql", "s3"])
async def test_a_result_of_five_megabytes_arrives_and_its_history_stays_small_and_replays(
    where: str,
    temporal_server: Endpoint,
    sql_store: SqlPayloads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if where == "sql":
        await five_megabytes(await connected(temporal_server, sql_store))
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with running_s3() as endpoint:
        config = S3Config(bucket="large", endpoint=endpoint, region="us-east-1")
        async with open_s3(config) as store:
            make_bucket(config.bucket)
            await five_megabytes(await connected(temporal_server, store))


async def five_megabytes(client: Client) -> None:
    queue = f"payloads-{uuid4().hex}"
    async with worker(client, queue):
        handle = await client.start_workflow(
            WriteTextWorkflow.run, args=["a", 5 * MEGABYTE], id=uuid4().hex, task_queue=queue
        )
        assert await handle.result() == 5 * MEGABYTE
    history = await handle.fetch_history()
    assert sum(event.ByteSize() for event in history.events) < 10_000
    replayer = Replayer(workflows=WORKFLOWS, data_converter=client.data_converter)
    await replayer.replay_workflow(history)


async def test_a_payload_stays_until_the_last_run_that_shares_it_is_deleted(
    forgetful: Client, sql_store: SqlPayloads
) -> None:
    text = "b" * MEGABYTE
    async with worker(forgetful, "texts"):
        first, second = [
            await forgetful.start_workflow(EchoTextWorkflow.run, text, id=name, task_queue="texts")
            for name in ("first", "second")
        ]
        assert await first.result() == await second.result() == text
    assert await later(forgetful, sql_store) == Collected(kept=1)
    await deleted(forgetful, first)
    assert await later(forgetful, sql_store) == Collected(kept=1)
    assert await second.result() == text
    await deleted(forgetful, second)
    collected = await later(forgetful, sql_store)
    assert (collected.kept, collected.deleted) == (0, 1)
    assert collected.freed_bytes > MEGABYTE


async def test_a_childs_result_stays_for_its_parent_when_the_child_is_deleted(
    forgetful: Client, sql_store: SqlPayloads
) -> None:
    async with worker(forgetful, "texts"):
        parent = await forgetful.start_workflow(
            ParentOfTextWorkflow.run, args=["c", MEGABYTE], id="parent", task_queue="texts"
        )

        async def has_heard() -> bool:
            return await parent.query(ParentOfTextWorkflow.heard)

        await until(has_heard, "the child's result has reached the parent")
        await deleted(forgetful, forgetful.get_workflow_handle("parent-child"))
        assert await later(forgetful, sql_store) == Collected(kept=1)
        await parent.signal(ParentOfTextWorkflow.release)
        assert await parent.result() == MEGABYTE
    replayer = Replayer(workflows=WORKFLOWS, data_converter=forgetful.data_converter)
    await replayer.replay_workflow(await parent.fetch_history())


async def test_what_waits_to_be_worked_on_keeps_its_payloads(
    client: Client, sql_store: SqlPayloads
) -> None:
    nobody = f"payloads-{uuid4().hex}"
    handle = await client.start_workflow(
        EchoTextWorkflow.run, "d" * MEGABYTE, id=uuid4().hex, task_queue=nobody
    )
    await handle.signal("more", "e" * MEGABYTE)
    assert await later(client, sql_store) == Collected(kept=2)
    await deleted(client, handle)
    assert (await later(client, sql_store)).deleted == 2


async def test_the_last_page_of_a_long_history_counts_too(
    client: Client, sql_store: SqlPayloads
) -> None:
    handle = await client.start_workflow(
        EchoTextWorkflow.run, "short", id=uuid4().hex, task_queue=f"nobody-{uuid4().hex}"
    )
    for _ in range(300):  # the server gives 256 events at a time
        await handle.signal("more")
    await handle.signal("more", "k" * MEGABYTE)
    assert await later(client, sql_store) == Collected(kept=1)
    await deleted(client, handle)


async def test_a_run_that_is_gone_is_said_to_be_gone(client: Client) -> None:
    gone = Holder("run", uuid4().hex, str(uuid4()), final=True)
    with pytest.raises(RunNotFoundError):
        _ = [record async for record in TemporalHistories(client).records(gone)]


async def test_what_a_running_activity_reported_stays(
    client: Client, sql_store: SqlPayloads, queue: str
) -> None:
    handle = await client.start_workflow(
        BeatTextWorkflow.run, args=["f", MEGABYTE], id=uuid4().hex, task_queue=queue
    )

    async def reported() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any(one.HasField("heartbeat_details") for one in pending)

    await until(reported, "the activity has reported")
    assert await later(client, sql_store) == Collected(kept=1)
    await deleted(client, handle)
    assert (await later(client, sql_store)).deleted == 1


async def test_what_a_schedule_will_start_runs_with_stays_until_the_schedule_is_deleted(
    client: Client, sql_store: SqlPayloads
) -> None:
    action = ScheduleActionStartWorkflow(
        EchoTextWorkflow.run, "g" * MEGABYTE, id=uuid4().hex, task_queue="nobody"
    )
    schedule = await client.create_schedule(
        uuid4().hex, Schedule(action=action, spec=ScheduleSpec())
    )

    async def is_listed() -> bool:
        return schedule.id in [one.id async for one in await client.list_schedules()]

    async def is_forgotten() -> bool:
        return not await is_listed()

    await until(is_listed, "the schedule is listed")
    assert await later(client, sql_store) == Collected(kept=1)
    await schedule.delete()
    await until(is_forgotten, "the schedule is listed no more")
    assert (await later(client, sql_store)).deleted == 1


async def test_a_run_whose_payload_is_lost_fails_instead_of_trying_for_ever(
    client: Client, sql_store: SqlPayloads
) -> None:
    queue = f"payloads-{uuid4().hex}"
    handle = await client.start_workflow(
        EchoTextWorkflow.run, "h" * MEGABYTE, id=uuid4().hex, task_queue=queue
    )
    clock = Clock()
    idle = await sql_store.idle(clock.now + 1)
    await sql_store.remove(idle, since=clock.now + 1)
    async with worker(client, queue):
        with pytest.raises(WorkflowFailureError) as failed:
            await asyncio.wait_for(handle.result(), 20)
    told = from_failure(failed.value)
    assert isinstance(told, StorageError)
    assert "it is not there" in told.message


class Reversing(PayloadCodec):
    """As unreadable as encryption."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            Payload(metadata={"encoding": b"x"}, data=p.SerializeToString()[::-1]) for p in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(p.data[::-1]) for p in payloads]


class NoModels(ModelProvider):
    """Nobody asks."""

    def get_model(self, model_name: str | None) -> Model:
        raise NotImplementedError


async def test_the_openai_plugin_and_a_codec_keep_the_storage(
    temporal_server: Endpoint, sql_store: SqlPayloads
) -> None:
    base = dataclasses.replace(DataConverter.default, payload_codec=Reversing())
    client = await Client.connect(
        temporal_server.address,
        data_converter=data_converter(external_storage(sql_store), base=base),
        plugins=[OpenAIAgentsPlugin(model_provider=NoModels())],
    )
    assert client.data_converter.external_storage
    assert client.data_converter.payload_converter_class is not base.payload_converter_class
    queue = f"payloads-{uuid4().hex}"
    async with Worker(client, task_queue=queue, workflows=[EchoTextWorkflow]):
        handle = await client.start_workflow(
            EchoTextWorkflow.run, "i" * MEGABYTE, id=uuid4().hex, task_queue=queue
        )
        assert await handle.result() == "i" * MEGABYTE
    assert await later(client, sql_store) == Collected(kept=1)


async def test_the_schedule_is_made_once_renewed_and_stays_paused(client: Client) -> None:
    await ensure_schedule(client, task_queue="before")
    schedule = client.get_schedule_handle(COLLECTION_SCHEDULE)
    await schedule.pause(note="by hand")
    await ensure_schedule(client)
    known = (await schedule.describe()).schedule
    assert isinstance(known.action, ScheduleActionStartWorkflow)
    assert known.action.task_queue == "maintenance"
    assert known.state.paused
    await schedule.delete()


async def test_the_scheduled_run_collects_from_every_store(
    client: Client, sql_store: SqlPayloads, other: SqlPayloads, queue: str
) -> None:
    clock = Clock()
    await other.store(storing(), [payload(b"never referred to")])
    handle = await client.start_workflow(
        EchoTextWorkflow.run, "j" * MEGABYTE, id=uuid4().hex, task_queue=queue
    )
    await handle.result()
    clock.passes(2 * 86_400)
    activities = CollectionActivities([TemporalHistories(client)], [sql_store, other], clock)
    maintenance = f"maintenance-{uuid4().hex}"
    parts = WorkerParts(
        task_queue=maintenance,
        workflows=[PayloadCollectionWorkflow],
        activities=[activities.collect_payloads],
    )
    await ensure_schedule(client, task_queue=maintenance)
    async with build_worker(client, parts):
        schedule = client.get_schedule_handle(COLLECTION_SCHEDULE)
        await schedule.trigger()

        async def has_run() -> bool:
            return bool((await schedule.describe()).info.recent_actions)

        await until(has_run, "the schedule has started a run")
        started = (await schedule.describe()).info.recent_actions[0].action
        assert isinstance(started, ScheduleActionExecutionStartWorkflow)
        run = client.get_workflow_handle(started.workflow_id, result_type=Collected)
        collected = await run.result()
    await schedule.delete()
    assert (collected.kept, collected.deleted) == (1, 1)
