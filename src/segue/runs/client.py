"""Talking to a thread from outside: messages, and decisions on what it waits for."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError

from segue.errors import TemporalUnreachableError
from segue.runs.approvals import DECIDE, PENDING, ApprovalRequest, Decision
from segue.runs.contracts import RunOutcome
from segue.runs.thread import Message, Reply
from segue.runtime.faults import from_failure

SEND_MESSAGE = "send_message"
_AGAIN_S = 0.05
_TRIES = 100


async def send_message(
    thread: WorkflowHandle[Any, Any], message: Message, *, within: timedelta = timedelta(hours=1)
) -> RunOutcome:
    """Say something to a thread and wait for what comes of it.

    It may be called again with the same message, from anywhere: the message is answered once.

    Args:
        thread: Without a run id, so that it follows the workflow into its next run.
        message: Its id names it.
        within: How long to wait.

    Raises:
        SegueError: The thread refused the message, or Temporal did not serve the call.
        TemporalUnreachableError: No reply in time; it may come yet.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                reply = await _sent(thread, message)
                if reply.outcome is not None:
                    return reply.outcome
                await asyncio.sleep(_AGAIN_S)  # the workflow is moving on to its next run
    except TimeoutError:
        raise TemporalUnreachableError(
            f"No reply within {within.total_seconds():g} s; the message is kept and answered."
        ) from None


async def pending_approvals(workflow: WorkflowHandle[Any, Any]) -> list[ApprovalRequest]:
    """What a workflow waits for, oldest first.

    Raises:
        SegueError: No such workflow, or Temporal did not serve the call.
    """
    try:
        return await workflow.query(PENDING, result_type=list[ApprovalRequest])
    except RPCError as failed:
        error = from_failure(failed)
        raise error from failed


async def decide(workflow: WorkflowHandle[Any, Any], decision: Decision) -> ApprovalRequest:
    """Take a decision on something that waits.

    Raises:
        ApprovalNotFoundError: Nothing with this id waits.
        TemporalUnreachableError: The workflow was on its way to a new run all the while.
        SegueError: No such workflow, or Temporal did not serve the call.
    """
    for _ in range(_TRIES):
        try:
            return await workflow.execute_update(DECIDE, decision, result_type=ApprovalRequest)
        except (WorkflowUpdateFailedError, RPCError) as failed:
            error = from_failure(failed)
            if not isinstance(error, TemporalUnreachableError):
                raise error from failed
        await asyncio.sleep(_AGAIN_S)  # the workflow is moving on to its next run
    raise TemporalUnreachableError("The workflow did not take the decision; decide again.")


async def _sent(thread: WorkflowHandle[Any, Any], message: Message) -> Reply:
    # Not the message's id: a repeated update would be told again that the workflow is moving on.
    update = f"{message.id}/{uuid4().hex[:8]}"
    try:
        return await thread.execute_update(SEND_MESSAGE, message, id=update, result_type=Reply)
    except (WorkflowUpdateFailedError, RPCError, RPCTimeoutOrCancelledError) as failed:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError from failed  # Temporal's client has hidden it
        error = from_failure(failed)
        raise error from failed
