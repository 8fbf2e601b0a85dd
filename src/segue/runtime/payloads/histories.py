"""The records of one namespace of a Temporal server, as bytes to look for references in."""

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DescribeScheduleRequest,
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from segue.runtime.faults import from_failure
from segue.runtime.payloads.marking import Holder


class TemporalHistories:
    """What the server behind ``client`` knows in the client's namespace.

    Raises what ``from_failure`` makes of a refused call.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._service = client.workflow_service

    @property
    def namespace(self) -> str:
        """The client's."""
        return self._client.namespace

    async def holders(self) -> AsyncIterator[Holder]:
        """Schedules, then runs."""
        with _asking():
            async for schedule in await self._client.list_schedules():
                yield Holder("schedule", schedule.id)
            async for run in self._client.list_workflows():
                yield Holder("run", run.id, run.run_id, final=run.close_time is not None)

    async def records(self, holder: Holder) -> AsyncIterator[bytes]:
        """A schedule's description, or a run's state and its history, page by page.

        The state comes first: what an activity reported in a heartbeat is there until it is copied
        into the history.
        """
        with _asking():
            if holder.kind == "schedule":
                yield await self._schedule(holder)
                return
            execution = WorkflowExecution(workflow_id=holder.id, run_id=holder.run)
            if not holder.final:
                yield await self._state(execution)
            async for page in self._history(execution):
                yield page

    async def _schedule(self, holder: Holder) -> bytes:
        request = DescribeScheduleRequest(namespace=self.namespace, schedule_id=holder.id)
        answer = await self._service.describe_schedule(request, retry=True)
        return answer.SerializeToString()

    async def _state(self, execution: WorkflowExecution) -> bytes:
        request = DescribeWorkflowExecutionRequest(namespace=self.namespace, execution=execution)
        answer = await self._service.describe_workflow_execution(request, retry=True)
        return answer.SerializeToString()

    async def _history(self, execution: WorkflowExecution) -> AsyncIterator[bytes]:
        request = GetWorkflowExecutionHistoryRequest(namespace=self.namespace, execution=execution)
        while True:
            page = await self._service.get_workflow_execution_history(request, retry=True)
            yield page.SerializeToString()
            if not page.next_page_token:
                return
            request.next_page_token = page.next_page_token


@contextmanager
def _asking() -> Generator[None]:
    try:
        yield
    except RPCError as failure:
        raise from_failure(failure) from failure
