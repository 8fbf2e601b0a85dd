"""Which tool call the code at hand works for: in the workflow, on the wire, in an activity."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.common import RetryPolicy
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
from segue.runtime.retries import REPEATABLE

HEADER = "segue-tool-call"
OUR_OWN = "segue-"  # activities of the contract itself are not effects of a tool

# A tool that takes its worker down, or uses up its time, at each try is tried so many times as
# often as it may fail.
PER_OWN_TRY = 2

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

    def next(self, *, tries: int | None = None) -> ToolCall:
        """The call as the next activity is told it.

        Args:
            tries: As in ``ToolCall``.
        """
        self.activities += 1
        changes: dict[str, Any] = {"tries": tries}
        if self.activities > 1:
            key = f"{self.call.key}/{self.activities}"
            changes |= {"key": key, "first": False, "answers": False}
        return self.call.model_copy(update=changes)


def to_header(call: ToolCall, converter: PayloadConverter) -> Payload:
    """The header that carries ``call``."""
    return converter.to_payload(call)


def from_headers(headers: "dict[str, Payload]", converter: PayloadConverter) -> ToolCall | None:
    """The call that an activity belongs to; None: it belongs to no tool."""
    payload = headers.get(HEADER)
    return converter.from_payload(payload, ToolCall) if payload is not None else None


def own_tries(policy: RetryPolicy | None) -> int | None:
    """How many tries of a tool's activity may fail, beside those whose workers die.

    Args:
        policy: As the tool asks for it.

    Returns:
        None: the policy stays as it is. It wants no second try, however the first one ended, or it
        has no end, or so many tries that there is room for dead workers.
    """
    most = policy.maximum_attempts if policy is not None else 0
    return most if 1 < most < REPEATABLE.maximum_attempts else None


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
            policy = input.retry_policy
            tries = own_tries(policy)
            if policy is not None and tries is not None:
                # Temporal counts a dead worker's try like a failed one; the effect ledger does not.
                attempts = tries * PER_OWN_TRY
                input.retry_policy = replace(policy, maximum_attempts=attempts)
            header = to_header(running.next(tries=tries), payload_converter())
            input.headers = {**input.headers, HEADER: header}
        return super().start_activity(input)
