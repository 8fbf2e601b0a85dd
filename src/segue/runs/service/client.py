"""Talking to a thread from outside: messages, and decisions on what it waits for."""

import asyncio
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel
from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError

from segue.errors.conversation import ConversationCancelledError, ConversationEndedError
from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalUnreachableError
from segue.runs.contracts import RunOutcome
from segue.runs.workflow.approvals import DECIDE, PENDING, ApprovalRequest, Decision
from segue.runs.workflow.thread_state import Message, Reply
from segue.runtime.faults import from_failure

SEND_MESSAGE = "send_message"
_AGAIN_S = 0.05

_ENDS = {
    WorkflowExecutionStatus.COMPLETED: "was ended",
    WorkflowExecutionStatus.TERMINATED: "was terminated",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.TIMED_OUT: "took longer than it may",
}

_Told = TypeVar("_Told")


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
        ConversationEndedError: The thread has ended, or ended before it replied.
        RunNotFoundError: There is no such thread, or none any more.
        SegueError: The thread refused the message or failed, or Temporal did not serve the call.
        TemporalUnreachableError: No reply in time; it may come yet.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                reply = await _send(thread, message)
                if reply.outcome is not None:
                    return reply.outcome
                await asyncio.sleep(_AGAIN_S)  # the workflow is moving on to its next run
    except RunNotFoundError as failure:
        raise await _end_of(thread) or failure from failure
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
    except RPCError as failure:
        raise from_failure(failure) from failure


async def decide(
    workflow: WorkflowHandle[Any, Any],
    decision: Decision,
    *,
    within: timedelta = timedelta(minutes=1),
) -> ApprovalRequest:
    """Take a decision on something that waits.

    Args:
        workflow: Without a run id, so that it follows the workflow into its next run.
        decision: Its request's id names what waits.
        within: How long to wait for the workflow to take it.

    Raises:
        ApprovalNotFoundError: Nothing with this id waits.
        TemporalUnreachableError: Temporal did not answer, no worker did, or the workflow was on
            its way to a new run all the while.
        SegueError: No such workflow, or Temporal refused the call.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                try:
                    return await _update(workflow, DECIDE, decision, ApprovalRequest)
                except TemporalUnreachableError:
                    await asyncio.sleep(_AGAIN_S)  # the workflow is moving on to its next run
    except TimeoutError:
        raise TemporalUnreachableError(
            f"The workflow did not take the decision within {within.total_seconds():g} s.",
            hint="Look whether the question still waits, and decide again.",
        ) from None


async def _send(thread: WorkflowHandle[Any, Any], message: Message) -> Reply:
    # Not the message's id: a repeated update would be told again that the workflow is moving on.
    return await _update(
        thread, SEND_MESSAGE, message, Reply, update=f"{message.id}/{uuid4().hex[:8]}"
    )


async def _end_of(thread: WorkflowHandle[Any, Any]) -> ConversationEndedError | None:
    """How a thread ended that takes no message; None: Temporal does not know."""
    try:
        status = (await thread.describe()).status
    except (RPCError, RPCTimeoutOrCancelledError):
        return None
    if status is WorkflowExecutionStatus.CANCELED:
        return ConversationCancelledError("The conversation was cancelled.")
    word = _ENDS.get(status) if status else None
    return ConversationEndedError(f"The conversation {word}.") if word else None


async def _update(
    workflow: WorkflowHandle[Any, Any],
    name: str,
    argument: BaseModel,
    answer_type: type[_Told],
    *,
    update: str | None = None,
) -> _Told:
    try:
        return await workflow.execute_update(name, argument, id=update, result_type=answer_type)
    except (WorkflowUpdateFailedError, RPCError, RPCTimeoutOrCancelledError) as failure:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise asyncio.CancelledError from failure  # Temporal's client has hidden it
        raise from_failure(failure) from failure
