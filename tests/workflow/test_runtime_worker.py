"""Workers on a real server: errors arrive as what they were, and a stop loses nothing."""

import asyncio
import gc
import os
import signal
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.converter import PayloadCodec, SerializationContext, WithSerializationContext
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox._runner import _Instance as SandboxInstance

from segue.errors.base import SegueError
from segue.errors.catalogue import NotFoundError, RateLimitedError
from segue.errors.sync import PlaylistChangedError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.faults import from_failure
from segue.runtime.payloads.drivers import PayloadPath
from segue.runtime.sandbox import sandboxed_runner
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import WorkerParts, build_worker, run_workers
from tests.fakes.workflows.plumbing import (
    ACTIVITIES,
    WORKFLOWS,
    BornBrokenWorkflow,
    FailWorkflow,
    Gate,
    SlowStepWorkflow,
)
from tests.fakes.workflows.unpassed import UnpassedWorkflow

_SOON = timedelta(seconds=30)


def parts(queue: str) -> WorkerParts:
    return WorkerParts(task_queue=queue, workflows=WORKFLOWS, activities=ACTIVITIES)


@pytest.fixture
def queue() -> str:
    return uuid.uuid4().hex


async def failure_of(client: Client, queue: str, how: str) -> SegueError:
    async with build_worker(client, parts(queue)):
        with pytest.raises(WorkflowFailureError) as failed:
            await client.execute_workflow(
                FailWorkflow.run, how, id=queue, task_queue=queue, execution_timeout=_SOON
            )
    return from_failure(failed.value)


class Watching(PayloadCodec, WithSerializationContext):
    """Notes whose each payload is."""

    def __init__(self, seen: set[SerializationContext]) -> None:
        self.seen = seen
        self.context: SerializationContext | None = None

    def with_context(self, context: SerializationContext) -> "Watching":
        watching = Watching(self.seen)
        watching.context = context
        return watching

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        if self.context is not None:
            self.seen.add(self.context)
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await self.encode(payloads)


async def test_whose_a_payload_is_is_said_as_in_the_sandbox_without_entering_it(
    temporal_server: Endpoint, queue: str, monkeypatch: pytest.MonkeyPatch
):
    entered: list[str] = []
    enter = SandboxInstance._run_code

    def watched(self: SandboxInstance, code: str, **extra: object) -> None:
        entered.append(code)
        enter(self, code, **extra)

    monkeypatch.setattr(SandboxInstance, "_run_code", watched)
    contexts: list[set[SerializationContext]] = []
    asked_inside: list[bool] = []
    for runner in (SandboxedWorkflowRunner(), sandboxed_runner()):
        entered.clear()
        contexts.append(set())
        codec = Watching(contexts[-1])
        client = await connect(temporal_server.address, {}, payloads=PayloadPath(codec=codec))
        async with Worker(
            client,
            task_queue=queue,
            workflows=[FailWorkflow],
            activities=ACTIVITIES,
            workflow_runner=runner,
            workflow_failure_exception_types=[Exception],
        ):
            with pytest.raises(WorkflowFailureError):
                await client.execute_workflow(
                    FailWorkflow.run, "activity", id=queue, task_queue=queue
                )
        asked_inside.append(any("get_serialization_context" in code for code in entered))

    assert contexts[0] == contexts[1]
    assert len(contexts[1]) > 1  # the workflow's, and the activity's
    assert asked_inside == [True, False]


async def test_an_error_in_an_activity_arrives_as_the_same_class(
    temporal_client: Client, queue: str
):
    error = await failure_of(temporal_client, queue, "activity")

    assert type(error) is NotFoundError
    assert (error.message, error.hint) == ("playlist 'p1' does not exist", "check the link")


async def test_a_rate_limit_in_an_activity_arrives_with_its_waiting_time(
    temporal_client: Client, queue: str
):
    error = await failure_of(temporal_client, queue, "limited")

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=90)


async def test_a_defect_in_an_activity_arrives_as_a_sentence(temporal_client: Client, queue: str):
    error = await failure_of(temporal_client, queue, "defect")

    assert type(error) is SegueError
    assert "KeyError" in error.message


async def test_an_error_in_workflow_code_fails_the_run(temporal_client: Client, queue: str):
    error = await failure_of(temporal_client, queue, "workflow")

    assert type(error) is PlaylistChangedError
    assert (error.message, error.hint) == ("three tracks are gone", "look at it")


async def test_an_error_in_a_signal_handler_fails_the_run(temporal_client: Client, queue: str):
    async with build_worker(temporal_client, parts(queue)):
        handle = await temporal_client.start_workflow(
            FailWorkflow.run, "signal", id=queue, task_queue=queue, execution_timeout=_SOON
        )
        assert await handle.query(FailWorkflow.has_begun)
        await handle.signal(FailWorkflow.upset)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()

    assert type(from_failure(failed.value)) is PlaylistChangedError


async def test_an_error_in_an_update_handler_is_the_answer_and_the_run_goes_on(
    temporal_client: Client, queue: str
):
    async with build_worker(temporal_client, parts(queue)):
        handle = await temporal_client.start_workflow(
            FailWorkflow.run, "signal", id=queue, task_queue=queue, execution_timeout=_SOON
        )
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await handle.execute_update(FailWorkflow.change)
        status = (await handle.describe()).status
        await handle.terminate()

    assert type(from_failure(failed.value)) is PlaylistChangedError
    assert status
    assert status.name == "RUNNING"


@pytest.mark.filterwarnings("ignore:coroutine .*run_workflow.* was never awaited")
async def test_an_error_before_the_first_line_of_a_run_fails_it_too(
    temporal_client: Client, queue: str
):
    async with build_worker(temporal_client, parts(queue)):
        with pytest.raises(WorkflowFailureError) as failed:
            await temporal_client.execute_workflow(
                BornBrokenWorkflow.run, id=queue, task_queue=queue, execution_timeout=_SOON
            )

    gc.collect()  # the SDK drops the run's coroutine unstarted, which may only be said here
    assert isinstance(failed.value.cause, ApplicationError)


async def test_what_an_error_was_caused_by_is_not_written_to_history(
    temporal_client: Client, queue: str
):
    await failure_of(temporal_client, queue, "limited")

    history = await temporal_client.get_workflow_handle(queue).fetch_history()

    assert "slow down" in history.to_json()
    assert "Bearer" not in history.to_json()


async def test_a_cancelled_run_is_told_as_that(temporal_client: Client, queue: str):
    async with build_worker(temporal_client, parts(queue)):
        handle = await temporal_client.start_workflow(
            FailWorkflow.run, "signal", id=queue, task_queue=queue, execution_timeout=_SOON
        )
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()

    assert from_failure(failed.value).message == "The run was cancelled."


async def test_an_import_that_was_not_passed_through_is_refused_at_start(
    temporal_client: Client, queue: str
):
    with pytest.raises(RuntimeError, match="Failed validating workflow"):
        build_worker(temporal_client, WorkerParts(task_queue=queue, workflows=[UnpassedWorkflow]))


async def test_a_stop_lets_begun_work_end(temporal_client: Client, queue: str):
    gate, stop = Gate(), asyncio.Event()
    served = [
        WorkerParts(task_queue=queue, workflows=WORKFLOWS, activities=[gate.finish_when_released]),
        WorkerParts(task_queue=f"{queue}-other", activities=ACTIVITIES),
    ]
    running = asyncio.create_task(run_workers(temporal_client, served, stop=stop))
    handle = await temporal_client.start_workflow(
        SlowStepWorkflow.run, id=queue, task_queue=queue, execution_timeout=_SOON
    )
    async with asyncio.timeout(20):
        await gate.begun.wait()

        stop.set()
        done, _ = await asyncio.wait({running}, timeout=0.2)
        assert not done
        gate.release.set()
        await running

    async with build_worker(temporal_client, served[0]):
        assert await handle.result() == 1


async def test_a_stop_before_the_start_ends_at_once(temporal_client: Client, queue: str):
    stop = asyncio.Event()
    stop.set()

    async with asyncio.timeout(20):
        await run_workers(temporal_client, [parts(queue)], stop=stop)


async def test_a_worker_that_cannot_work_is_an_error_and_stops_the_others(
    temporal_server: Endpoint, temporal_client: Client, queue: str
):
    elsewhere = await connect(temporal_server.address, {})
    config = elsewhere.config()
    config["namespace"] = "nowhere"
    lost = Client(**config)

    async with asyncio.timeout(20):
        with pytest.raises(TemporalUnreachableError, match=f"worker of '{queue}'.*nowhere"):
            await run_workers(lost, [parts(queue)], stop=asyncio.Event())


async def test_a_cancelled_worker_leaves_nothing_running(temporal_client: Client, queue: str):
    running = asyncio.create_task(
        run_workers(temporal_client, [parts(queue)], stop=asyncio.Event())
    )
    await asyncio.wait({running}, timeout=0.1)

    running.cancel()
    async with asyncio.timeout(20):
        await asyncio.wait({running})

    assert running.cancelled()


@pytest.fixture
def signals_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_kept")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_asks_and_the_second_would_end(number: signal.Signals):
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(20):
            await stop.wait()

        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
