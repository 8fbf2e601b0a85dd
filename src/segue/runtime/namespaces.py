"""Temporal's namespaces that features need: made where they are missing, and waited for."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.temporal import TemporalUnreachableError

# Of runs that have ended. A call under a key that is repeated later than this runs again.
RETENTION = timedelta(days=3)
# A cluster's servers look for new namespaces every ten seconds; until then they know none.
_KNOWN_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.2
_CALL_WITHIN = timedelta(seconds=5)


async def ensure_namespaces(
    client: Client, names: Sequence[str], *, within_s: float = _KNOWN_WITHIN_S
) -> None:
    """Make the namespaces that are missing, and wait until all can be used.

    One that is there stays as it is, and two workers may do this at once.

    Args:
        client: Of any namespace.
        names: Of the namespaces.
        within_s: For so long, each.

    Raises:
        TemporalUnreachableError: One is missing and may not be made here, or did not come up.
    """
    for name in names:
        try:
            await _make_missing(client, name)
            async with asyncio.timeout(within_s):
                await _until_known(client, name)
        except TimeoutError:
            raise _failure(name, f"it cannot be used {within_s:g} s after it was made") from None
        except RPCError as refusal:
            raise _failure(name, refusal.message) from refusal


async def _make_missing(client: Client, name: str) -> None:
    service = client.workflow_service
    try:
        await service.describe_namespace(
            DescribeNamespaceRequest(namespace=name), timeout=_CALL_WITHIN
        )
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise
        request = RegisterNamespaceRequest(namespace=name)
        request.workflow_execution_retention_period.FromTimedelta(RETENTION)
        try:
            await service.register_namespace(request, timeout=_CALL_WITHIN)
        except RPCError as refusal:
            if refusal.status is not RPCStatusCode.ALREADY_EXISTS:
                raise


async def _until_known(client: Client, name: str) -> None:
    while True:
        if await _is_known(client, name):
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _is_known(client: Client, name: str) -> bool:
    """Whether calls in a namespace are taken."""
    try:
        # Answered by the servers that start runs, who learn of a namespace later than the database.
        await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(namespace=name, task_queue=TaskQueue(name="any")),
            timeout=_CALL_WITHIN,
        )
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _failure(name: str, problem: str) -> TemporalUnreachableError:
    return TemporalUnreachableError(
        f"The namespace {name!r} is missing and was not made: {problem.rstrip('.')}.",
        hint=f"Make it: `temporal operator namespace create --namespace {name} --retention 3d`;"
        " or leave its feature out with SEGUE_FEATURES.",
    )
