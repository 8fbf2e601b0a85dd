"""A person who decides about whatever a workflow asks first."""

from typing import Any

from temporalio.client import WorkflowHandle

from segue.runs.service.client import decide, pending_approvals
from segue.runs.workflow.approvals import ApprovalRequest, Decision
from tests.fakes.waiting import until


async def decide_first(
    workflow: WorkflowHandle[Any, Any],
    *,
    approve: bool,
    reason: str = "",
    arguments: str | None = None,
) -> ApprovalRequest:
    """Wait for its first question, decide it, and give it."""
    requests: list[ApprovalRequest] = []

    async def is_asked() -> bool:
        requests[:] = await pending_approvals(workflow)
        return bool(requests)

    await until(is_asked, "a question", within_s=20)
    request = requests[0]
    decision = Decision(
        request_id=request.id, who="ann", approve=approve, reason=reason, arguments=arguments
    )
    await decide(workflow, decision)
    return request
