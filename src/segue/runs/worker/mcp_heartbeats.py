"""Calls of MCP servers report life, which the SDK's own activities do not."""

from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from segue.runtime.heartbeats import HEARTBEAT, heartbeating

_CALLS = "temporalio.mcp."  # what the SDK names the activities that call a server


class MCPHeartbeats(Interceptor):
    """Worker interceptor: a worker that is killed amid a call of a server is missed in seconds.

    Without it the call's own timeout has to pass, which is minutes.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Report life while a call runs."""
        return _Beating(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[WorkflowInboundInterceptor]:
        """The workflow side: it has the server look for heartbeats of such calls."""
        return _Inbound


class _Beating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - Temporal's
        if not activity.info().activity_type.startswith(_CALLS):
            return await super().execute_activity(input)
        async with heartbeating():
            return await super().execute_activity(input)


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        if input.activity.startswith(_CALLS):
            input.heartbeat_timeout = HEARTBEAT
        return super().start_activity(input)
