"""Tools for agents: an activity that the model can call, with its effect declared."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from agents import FunctionTool, ModelBehaviorError
from agents.function_schema import function_schema
from agents.tool_context import ToolContext
from pydantic import ValidationError
from temporalio import workflow

from segue.errors.run import RunError
from segue.runs.contracts import ToolAnswer
from segue.runs.limits import HEARTBEAT, TOOL_CALL, CallLimits
from segue.runs.workflow.execution import CURRENT
from segue.runs.workflow.tool_calls import RUNNING

Policy = bool | Callable[[Any, dict[str, Any], str], Awaitable[bool]]


def activity_tool(  # noqa: PLR0913 - each is a choice of its own, and all have defaults
    function: Callable[..., Any],
    *,
    effect: Literal["once", "repeatable"] = "repeatable",
    needs_approval: Policy = False,
    limits: CallLimits = TOOL_CALL,
    task_queue: str | None = None,
    heartbeat: bool = False,
    name: str | None = None,
) -> FunctionTool:
    """A tool that runs ``function``, an activity.

    The model reads the function's name, docstring and argument types. Arguments that do not fit,
    and failures, are told to the model. A result that is long stays in the conversation's store.

    Args:
        function: Decorated with ``activity.defn``; a bound method is fine.
        effect: ``once``: an effect that was begun and has no recorded outcome is never begun
            again; the model is told that it is not known. ``repeatable``: a second try does no
            harm, or the other side knows the idempotency key.
        needs_approval: Whether a person is asked first, as the SDK has it.
        limits: Bounds of the activity.
        task_queue: Where it runs; None: the workflow's own queue.
        heartbeat: Whether the activity heartbeats, so that a killed worker is noticed in seconds.
        name: For the model; None: the function's own.

    Raises:
        RunError: ``function`` is no activity.
    """
    activity_name = _activity_name(function)
    schema = function_schema(function, name_override=name)

    async def invoke(_context: ToolContext[Any], arguments: str) -> str:
        running, execution = RUNNING.get(), CURRENT.get()
        if running is None or execution is None:
            raise RunError(
                f"Expected a run of an agent; {schema.name!r} was called outside of one."
            )
        running.call = running.call.model_copy(
            update={"effect": effect, "answers": True, "whole": execution.whole}
        )
        answer = await workflow.execute_activity(
            activity_name,
            args=_arguments(schema, arguments),
            result_type=ToolAnswer,
            task_queue=task_queue,
            start_to_close_timeout=limits.start_to_close,
            schedule_to_close_timeout=limits.schedule_to_close,
            heartbeat_timeout=HEARTBEAT if heartbeat else None,
            retry_policy=limits.retry(),
            summary=schema.name,
        )
        assert answer.seq is not None  # noqa: S101 - the effect ledger stores what it tells
        execution.memory.output_kept(running.call.call_id, answer.text, answer.seq)
        return answer.text

    return FunctionTool(
        name=schema.name,
        description=schema.description or "",
        params_json_schema=schema.params_json_schema,
        on_invoke_tool=invoke,
        strict_json_schema=schema.strict_json_schema,
        needs_approval=needs_approval,
    )


def idempotency_meta(_context: Any) -> dict[str, str]:  # noqa: ANN401 - the SDK's signature
    """The ``_meta`` of an MCP tool call: its idempotency key, for servers that look at it.

    Give it to ``temporal_mcp_server(…, tool_meta_resolver=idempotency_meta)``.
    """
    running = RUNNING.get()
    return {"idempotencyKey": running.call.key} if running is not None else {}


def _activity_name(function: Callable[..., Any]) -> str:
    definition = getattr(function, "__temporal_activity_definition", None)
    if definition is None or definition.name is None:
        raise RunError(f"Expected an activity; {function!r} is not decorated with activity.defn.")
    return definition.name


def _arguments(schema: Any, arguments: str) -> list[Any]:  # noqa: ANN401 - FuncSchema, in a module that the SDK keeps moving
    try:
        parsed: dict[str, Any] = json.loads(arguments) if arguments else {}
        fitting = schema.params_pydantic_model(**parsed)
    except (ValueError, TypeError, ValidationError) as unfit:
        raise ModelBehaviorError("The arguments do not fit the tool's schema.") from unfit
    given, named = schema.to_call_args(fitting)
    return [*given, *named.values()]
