"""Workers that run workflows and activities and stop without losing work."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Self

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.worker import Plugin, Replayer, Worker

from segue.errors.base import SegueError
from segue.errors.temporal import TemporalUnreachableError
from segue.runtime.builds import build_id
from segue.runtime.client import PLAIN, header_codec
from segue.runtime.faults import FaultTranslation
from segue.runtime.outages import OutageWaiting
from segue.runtime.payloads.drivers import PayloadPath, data_converter
from segue.runtime.sandbox import sandboxed_runner

# An activity may finish for so long once a stop is asked; longer ones are cancelled and tried again
# elsewhere. Process managers wait about as long before they kill.
GRACE = timedelta(seconds=30)

ACTIVITIES_AT_ONCE = 200  # async calls that mostly wait

NO_NAMESPACES: Mapping[str, Client] = MappingProxyType({})

# Where the interceptor does not reach (a workflow's __init__): still a failed run, not a task that
# Temporal retries for ever.
_FAILING_A_RUN = (SegueError,)


@dataclass(frozen=True, kw_only=True)
class WorkerParts:
    """The queue, workflows and activities of one worker.

    Attributes:
        task_queue: The queue it takes work from.
        workflows: Workflow classes.
        activities: Async activity functions or bound methods.
        local_only: Its activities are called within workflow tasks; the queue is not asked for
            others.
        max_concurrent_workflow_tasks: At once in this process, > 1.
        max_cached_workflows: Runs in memory between their tasks, ≥ 0; others are replayed.
        max_concurrent_activities: At once in this process, > 0; None: as the worker is set.
        max_task_queue_activities_per_second: Bound over all workers of the queue, kept by the
            server; None: no bound. Every worker of a queue must give the same.
        namespace: Of the queue; None: the configured one.
        is_plain: Its workflows are for clients of somebody else, who read plain payloads alone.
    """

    task_queue: str
    workflows: Sequence[type] = ()
    activities: Sequence[Callable[..., Any]] = ()
    local_only: bool = False
    max_concurrent_workflow_tasks: int = 100
    max_cached_workflows: int = 1_000
    max_concurrent_activities: int | None = None
    max_task_queue_activities_per_second: float | None = None
    namespace: str | None = None
    is_plain: bool = False

    def workflows_alone(self) -> Self:
        """These parts without the queue's activities; local ones run where their workflow does."""
        return replace(self, local_only=True)

    def activities_alone(self) -> Self:
        """These parts without the queue's workflows."""
        return replace(self, workflows=())


def build_worker(client: Client, parts: WorkerParts) -> Worker:
    """A worker for ``parts``, not yet running: sandboxed, graceful, with our errors translated."""
    return Worker(
        client,
        task_queue=parts.task_queue,
        workflows=parts.workflows,
        activities=parts.activities,
        no_remote_activities=parts.local_only,
        # Otherwise the SDK reads and hashes the code of all packages, which takes as long as
        # importing the agents'. Temporal shows it beside each task.
        build_id=build_id(),
        max_cached_workflows=parts.max_cached_workflows,
        max_concurrent_workflow_tasks=parts.max_concurrent_workflow_tasks,
        max_concurrent_activities=parts.max_concurrent_activities or ACTIVITIES_AT_ONCE,
        max_task_queue_activities_per_second=parts.max_task_queue_activities_per_second,
        graceful_shutdown_timeout=GRACE,
        # A run waits so long for the worker that knows it before any other may take it over: the
        # default of 10 s is what a killed worker would cost on top of the heartbeat timeout.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        # Heartbeats are sent as they are made; held back, a dead worker would be noticed later.
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        workflow_runner=sandboxed_runner(),
        workflow_failure_exception_types=_FAILING_A_RUN,
        interceptors=[FaultTranslation(), OutageWaiting()],
    )


def build_replayer(
    workflows: Sequence[type],
    *,
    plugins: Sequence[Plugin] = (),
    payloads: PayloadPath = PLAIN,
) -> Replayer:
    """A replayer that runs recorded histories through ``workflows`` as a worker would.

    Args:
        workflows: Workflow classes.
        plugins: Those of the client that the worker had; they bring their own payload converter.
        payloads: As that client had them.
    """
    base = DataConverter.default if plugins else pydantic_data_converter
    converter = data_converter(payloads.storage, codec=payloads.codec, base=base)
    return Replayer(
        workflows=workflows,
        plugins=plugins,
        build_id=build_id(),  # as for a worker
        workflow_runner=sandboxed_runner(),
        workflow_failure_exception_types=_FAILING_A_RUN,
        interceptors=[FaultTranslation(), OutageWaiting()],
        data_converter=converter,
        header_codec_behavior=header_codec(converter),
    )


async def run_workers(
    client: Client,
    parts: Sequence[WorkerParts],
    *,
    stop: asyncio.Event,
    namespaces: Mapping[str, Client] = NO_NAMESPACES,
    plain: Client | None = None,
    on_start: Callable[[], None] | None = None,
) -> None:
    """Serve all ``parts`` until ``stop`` is set, then take no new work and finish what is begun.

    Returns at most about ``GRACE`` after ``stop``. When one worker fails for good (its namespace is
    gone, its key is withdrawn) the others are drained too and the failure is raised.

    Args:
        client: For all parts that name no namespace.
        parts: One worker each.
        stop: Set it to end.
        namespaces: A client for each namespace that parts name.
        plain: For parts that are plain; they name no namespace.
        on_start: Called once, when the workers are made and about to ask for work.

    Raises:
        TemporalUnreachableError: Temporal no longer serves one of the workers.
    """

    def client_of(part: WorkerParts) -> Client:
        if part.namespace:
            return namespaces[part.namespace]
        return plain if part.is_plain and plain else client

    workers = [build_worker(client_of(part), part) for part in parts]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    if on_start is not None:
        on_start()
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        outcomes = await asyncio.gather(*running, return_exceptions=True)
    for part, outcome in zip(parts, outcomes, strict=True):
        if isinstance(outcome, Exception):
            raise TemporalUnreachableError(
                f"Temporal does not serve the worker of {part.task_queue!r}: {outcome}."
            ) from outcome
