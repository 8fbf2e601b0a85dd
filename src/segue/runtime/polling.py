"""Ask the server whether this process's workers poll for work."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from segue.runtime.worker import WorkerParts

_CALL_WITHIN = timedelta(seconds=5)
_NAMES: Mapping[str, TaskQueueType.ValueType] = MappingProxyType({
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
})


async def has_asked(client: Client, parts: WorkerParts) -> bool:
    """Whether a worker made from ``client`` has asked for every kind of work of ``parts``.

    The server remembers who asked for some minutes, also when it has ended since.
    """
    for kind in _kinds(parts):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=parts.task_queue),
            task_queue_type=kind,
        )
        try:
            queue = await client.workflow_service.describe_task_queue(request, timeout=_CALL_WITHIN)
        except RPCError:
            return False
        if client.identity not in {poller.identity for poller in queue.pollers}:
            return False
    return True


async def backlog(client: Client, task_queue: str) -> dict[str, int]:
    """How many tasks wait on a queue, by kind: ``workflow`` and ``activity``; about right.

    A queue of which the server does not say so in time is left out.
    """
    waiting: dict[str, int] = {}
    for name, kind in _NAMES.items():
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=kind,
            report_stats=True,
        )
        with suppress(RPCError):
            queue = await client.workflow_service.describe_task_queue(request, timeout=_CALL_WITHIN)
            waiting[name] = queue.stats.approximate_backlog_count
    return waiting


def _kinds(parts: WorkerParts) -> list[TaskQueueType.ValueType]:
    kinds: list[TaskQueueType.ValueType] = []
    if parts.workflows:
        kinds.append(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
    if parts.activities and not parts.local_only:
        kinds.append(TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    return kinds
