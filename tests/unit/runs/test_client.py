"""Decisions for a workflow that is on its way into its next run."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.client import (
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)

from segue.errors.temporal import TemporalUnreachableError
from segue.runs.service.client import decide
from segue.runs.workflow.approvals import ApprovalRequest, Decision
from segue.runtime.faults import to_application_error

YES = Decision(request_id="q", approve=True, who="ann")
MOVING = TemporalUnreachableError("The workflow is moving on to a new run; ask again.")


class Moving:
    """A workflow that takes no decision so many times, and then does.

    Attributes:
        asked: How often it was.
    """

    def __init__(self, times: float) -> None:
        self.asked = 0
        self._times = times

    def handle(self) -> WorkflowHandle[Any, Any]:
        """It, as the client sees it."""
        return cast("WorkflowHandle[Any, Any]", self)

    async def execute_update(self, _name: str, decision: Decision, **_: object) -> ApprovalRequest:
        self.asked += 1
        if self.asked <= self._times:
            raise WorkflowUpdateFailedError(to_application_error(MOVING))
        return ApprovalRequest(id=decision.request_id)


class Silent(Moving):
    """A workflow that no worker serves."""

    async def execute_update(self, _name: str, decision: Decision, **_: object) -> ApprovalRequest:
        self.asked += 1
        try:
            return await asyncio.Event().wait() and ApprovalRequest(id=decision.request_id)
        except asyncio.CancelledError:  # as Temporal's client does
            raise WorkflowUpdateRPCTimeoutOrCancelledError from None


async def test_a_decision_is_given_again_until_the_workflow_has_moved():
    workflow = Moving(2)

    assert (await decide(workflow.handle(), YES)).id == "q"
    assert workflow.asked == 3


@pytest.mark.parametrize("workflow", [Moving(float("inf")), Silent(0)], ids=["moving", "silent"])
async def test_a_decision_that_is_not_taken_in_time_is_said_to_be_open(workflow: Moving):
    with pytest.raises(TemporalUnreachableError, match=r"within 0\.1 s"):
        await decide(workflow.handle(), YES, within=timedelta(seconds=0.1))

    assert workflow.asked


async def test_whoever_waits_for_a_decision_to_be_taken_can_be_cancelled():
    workflow = Silent(0)
    deciding = asyncio.create_task(decide(workflow.handle(), YES))
    await asyncio.sleep(0)

    deciding.cancel()

    with pytest.raises(asyncio.CancelledError):
        await deciding
    assert workflow.asked == 1
