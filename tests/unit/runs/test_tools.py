"""What makes a tool, and where it works."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from agents.tool_context import ToolContext
from temporalio import activity
from temporalio.common import RawValue

from segue.errors.run import RunError
from segue.runs.contracts import Log, ToolCall
from segue.runs.workflow.tool_calls import RUNNING, RunningTool
from segue.runs.workflow.tools import activity_tool, idempotency_meta

NO_CONTEXT = cast("ToolContext[Any]", None)
CALL = ToolCall(key="flow/1/call", call_id="call", tool="pay", agent="Clerk", log=Log(id="talk"))


@activity.defn(name="pay-by-wire")
async def pay(amount: int) -> str:
    """Pay."""
    return f"paid {amount}"


@activity.defn(dynamic=True)
async def whatever(arguments: Sequence[RawValue]) -> str:
    """Anything."""
    return str(arguments)


async def not_an_activity(amount: int) -> str:
    """Pay."""
    return f"paid {amount}"


def test_a_model_reads_the_functions_own_name_unless_another_is_given():
    assert activity_tool(pay).name == "pay"
    assert activity_tool(pay, name="transfer").name == "transfer"


@pytest.mark.parametrize("function", [not_an_activity, whatever])
def test_what_is_no_activity_of_a_name_makes_no_tool(function: Any):
    with pytest.raises(RunError, match=r"Expected an activity.*activity\.defn"):
        activity_tool(function)


async def test_a_tool_works_only_within_a_run_of_an_agent():
    with pytest.raises(RunError, match="'pay' was called outside"):
        await activity_tool(pay).on_invoke_tool(NO_CONTEXT, '{"amount": 1}')


def test_an_mcp_server_is_told_the_key_of_the_tool_call_at_work():
    token = RUNNING.set(RunningTool(CALL))
    try:
        within = idempotency_meta(None)
    finally:
        RUNNING.reset(token)

    assert within == {"idempotencyKey": "flow/1/call"}
    assert idempotency_meta(None) == {}
