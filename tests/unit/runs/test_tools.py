"""What makes a tool, and where it works."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from agents import ModelBehaviorError
from agents.tool_context import ToolContext
from pydantic import Field
from temporalio import activity
from temporalio.common import RawValue

from segue.errors.run import RunError
from segue.runs.contracts import Log, ToolCall
from segue.runs.workflow.tool_calls import RUNNING, RunningTool
from segue.runs.workflow.tool_schemas import schema_of_function, strict_schema
from segue.runs.workflow.tools import (
    Adapter,
    DeclaredTool,
    ToolArguments,
    activity_tool,
    idempotency_meta,
    tool,
)
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY

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


class Transfer(ToolArguments):
    """What a model says to ``transfer``."""

    title: str = Field(min_length=1, description="What it is for.")
    amounts: list[int] = Field(max_length=3)


async def _transfer(transfer: Transfer) -> str:
    return f"{transfer.title}: {sum(transfer.amounts)}"


def test_a_tool_is_a_row_name_description_arguments_run_effect():
    row = tool("transfer", "Move money.", Transfer, _transfer, effect="once", needs_approval=True)

    assert (row.name, row.description, row.needs_approval) == ("transfer", "Move money.", True)
    assert isinstance(row, DeclaredTool)
    assert row.effect == "once"


def test_a_models_schema_has_only_words_that_strict_mode_knows():
    schema = tool("t", "T.", Transfer, _transfer, effect="repeatable").params_json_schema

    assert schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "What it is for."},
            "amounts": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["title", "amounts"],
        "additionalProperties": False,
    }


async def test_a_tool_runs_on_arguments_that_fit_and_refuses_others():
    row = tool("t", "T.", Transfer, _transfer, effect="repeatable")

    assert await row.on_invoke_tool(NO_CONTEXT, '{"title": "Rent", "amounts": [1, 2]}') == "Rent: 3"
    for unfit in ('{"title": "", "amounts": []}', '{"title": "x"}', "[1]", "", "{", "null"):
        with pytest.raises(ModelBehaviorError, match="do not fit"):
            await row.on_invoke_tool(NO_CONTEXT, unfit)
    with pytest.raises(ModelBehaviorError, match="do not fit"):
        await row.on_invoke_tool(NO_CONTEXT, '{"title": "x", "amounts": [1], "to": "me"}')


async def test_an_adapter_may_answer_without_calling_the_activity():
    adapter = Adapter(Transfer, lambda transfer: f"No {transfer.title}.", str)
    row = activity_tool(pay, adapter=adapter, description="Pay a sum.", effect="once")

    assert (row.name, row.description) == ("pay", "Pay a sum.")
    assert await row.on_invoke_tool(NO_CONTEXT, '{"title": "rent", "amounts": []}') == "No rent."


def test_a_tool_of_an_mcp_server_declares_its_effect_while_it_runs():
    running = RunningTool(CALL)

    running.declare("repeatable")

    assert (CALL.effect, running.next().effect) == ("once", "repeatable")


def test_an_mcp_server_is_told_the_key_of_the_tool_call_at_work():
    token = RUNNING.set(RunningTool(CALL))
    try:
        within = idempotency_meta(None)
    finally:
        RUNNING.reset(token)

    assert within == dict.fromkeys((IDEMPOTENCY_KEY, "idempotencyKey"), "flow/1/call")
    assert idempotency_meta(None) == {}


# --- schemas, made once ---


class Bank:
    """Has a method that is an activity."""

    @activity.defn(name="withdraw")
    async def withdraw(self, amount: int) -> str:
        """Withdraw."""
        return f"withdrew {amount}"


def test_a_schema_is_made_once_for_all_methods_of_a_kind():
    first, second = (schema_of_function(Bank().withdraw) for _ in range(2))

    assert first.params_pydantic_model is second.params_pydantic_model
    assert "self" not in first.params_json_schema["properties"]


def test_what_one_tool_changes_in_its_schema_no_other_tool_sees():
    schema_of_function(pay).params_json_schema["properties"].clear()
    strict_schema(Transfer)["properties"].clear()

    assert list(schema_of_function(pay).params_json_schema["properties"]) == ["amount"]
    assert list(strict_schema(Transfer)["properties"]) == ["title", "amounts"]


def test_another_name_or_description_is_another_schema():
    assert schema_of_function(pay, name="transfer").name == "transfer"
    assert schema_of_function(pay, description="Move money.").description == "Move money."
    assert (schema_of_function(pay).name, schema_of_function(pay).description) == ("pay", "Pay.")
