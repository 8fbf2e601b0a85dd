"""When a stack in the background has nothing left to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.api.workflow.v1 import PendingActivityInfo, PendingWorkflowTaskInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from segue.wiring.idling import is_busy

IDLE = DescribeWorkflowExecutionResponse()
CALLS = DescribeWorkflowExecutionResponse(pending_activities=[PendingActivityInfo()])
THINKS = DescribeWorkflowExecutionResponse(pending_workflow_task=PendingWorkflowTaskInfo())


@dataclass
class Namespace:
    """Running workflows of a namespace.

    Attributes:
        others: How many there are beside the standing ones.
        chats: What Temporal tells of each standing one.
        queries: What was asked.
    """

    others: int = 0
    chats: list[DescribeWorkflowExecutionResponse] = field(
        default_factory=list[DescribeWorkflowExecutionResponse]
    )
    queries: list[str] = field(default_factory=list[str])

    async def count_workflows(self, query: str) -> Any:
        self.queries.append(query)
        return SimpleNamespace(count=self.others)

    async def list_workflows(self, query: str) -> AsyncIterator[Any]:
        self.queries.append(query)
        for number in range(len(self.chats)):
            yield SimpleNamespace(id=str(number), run_id="r")

    def get_workflow_handle(self, name: str, *, run_id: str) -> Any:
        async def describe() -> Any:
            return SimpleNamespace(raw_description=self.chats[int(name)])

        return SimpleNamespace(describe=describe)


@pytest.mark.parametrize(
    ("namespace", "busy"),
    [
        (Namespace(), False),
        (Namespace(others=1), True),
        (Namespace(chats=[IDLE, IDLE]), False),
        (Namespace(chats=[IDLE, CALLS]), True),
        (Namespace(chats=[THINKS]), True),
    ],
)
async def test_an_open_chat_is_busy_only_while_it_does_something(namespace: Any, busy: bool):
    assert await is_busy(namespace, ["Chat", "Session"]) is busy
    assert namespace.queries[0].endswith("WorkflowType NOT IN ('Chat', 'Session')")


async def test_where_nothing_stands_whatever_runs_counts():
    idle: Any = Namespace(chats=[CALLS])

    assert not await is_busy(idle, [])
    assert idle.queries == ["ExecutionStatus = 'Running'"]
