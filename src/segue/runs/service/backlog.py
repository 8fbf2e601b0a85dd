"""Asking workflows for the questions that no list holds: those from before there was one."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from segue.runs.workflow.approvals import PENDING, ApprovalRequest

AT_ONCE = 10  # a query may have its worker replay the whole run
_NO_SUCH_QUERY = "expected but not found"  # of the Python SDK, which gives it no type


async def ask_workflows(
    client: Client, workflow_ids: Iterable[str], *, each: timedelta, together: timedelta
) -> dict[str, list[ApprovalRequest] | None]:
    """What each workflow waits for; nothing where it has ended or knows no such query.

    Args:
        client: Of their namespace.
        workflow_ids: Ten are asked at a time.
        each: How long one may take.
        together: How long all may take; who has not answered by then is not waited for.

    Returns:
        By workflow; None: it did not say.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    tasks = {name: asyncio.create_task(_pending(client, name, gate, each)) for name in workflow_ids}
    try:
        if tasks:
            await asyncio.wait(tasks.values(), timeout=together.total_seconds())
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {name: None if task.cancelled() else task.result() for name, task in tasks.items()}


async def _pending(
    client: Client, workflow_id: str, gate: asyncio.Semaphore, within: timedelta
) -> list[ApprovalRequest] | None:
    try:
        async with gate:
            # By id, without the run: a workflow may go on as a new run before it is asked.
            return await client.get_workflow_handle(workflow_id).query(
                PENDING,
                result_type=list[ApprovalRequest],
                reject_condition=QueryRejectCondition.NOT_OPEN,
                rpc_timeout=within,
            )
    except WorkflowQueryRejectedError:
        return []
    except WorkflowQueryFailedError as failure:
        return [] if _NO_SUCH_QUERY in str(failure) else None
    except RPCError as failure:
        return [] if failure.status is RPCStatusCode.NOT_FOUND else None
