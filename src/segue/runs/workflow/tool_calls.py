"""Which tool call the code at hand works for: in the workflow, on the wire, in an activity."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle, payload_converter

from segue.runs.contracts import Effect, ToolCall

HEADER = "segue-tool-call"
OUR_OWN = "segue-"  # activities of the contract itself are not effects of a tool

# In workflow code, while a tool runs.
RUNNING: ContextVar["RunningTool | None"] = ContextVar("segue_running_tool", default=None)


@dataclass
class RunningTool:
    """A tool call in progress; each of its activities gets a key of its own.

    Attributes:
        activities: Number of activities started so far.
        sub_runs: Number of agents' runs started so far.
    """

    call: ToolCall
    activities: int = 0
    sub_runs: int = 0

    def declare(self, effect: Effect) -> None:
        """Say what a second try of its activities does, where the tool is of an MCP server."""
        self.call = self.call.model_copy(update={"effect": effect})

    def next(self) -> ToolCall:
        """The call as the next activity is told it."""
        self.activities += 1
        if self.activities == 1:
            return self.call
        key = f"{self.call.key}/{self.activities}"
        return self.call.model_copy(update={"key": key, "first": False, "answers": False})


def to_header(call: ToolCall, converter: PayloadConverter) -> Payload:
    """The header that carries ``call``."""
    return converter.to_payload(call)


def from_headers(headers: "dict[str, Payload]", converter: PayloadConverter) -> ToolCall | None:
    """The call that an activity belongs to; None: it belongs to no tool."""
    payload = headers.get(HEADER)
    return converter.from_payload(payload, ToolCall) if payload is not None else None


class ToolCallHeaders(Interceptor):
    """Worker interceptor: activities that a tool starts are told the call they belong to."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's signature
    ) -> type[WorkflowInboundInterceptor]:
        """The workflow side: it looks at outgoing calls only."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - Temporal's name
        running = RUNNING.get()
        # After an outage the same call is started again, under the key that it had.
        is_repeated = HEADER in input.headers
        if running is not None and not is_repeated and not input.activity.startswith(OUR_OWN):
            header = to_header(running.next(), payload_converter())
            input.headers = {**input.headers, HEADER: header}
        return super().start_activity(input)
