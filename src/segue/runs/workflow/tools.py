"""Tools for agents: what the model reads, what runs, and what a second try of it does."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from agents import FunctionTool, ModelBehaviorError
from agents.tool_context import ToolContext
from pydantic import BaseModel, ConfigDict, ValidationError
from temporalio import workflow

from segue.errors.run import RunError
from segue.runs.contracts import Effect, ToolAnswer
from segue.runs.limits import TOOL_CALL, CallLimits
from segue.runs.workflow.execution import CURRENT
from segue.runs.workflow.tool_calls import RUNNING
from segue.runs.workflow.tool_schemas import schema_of_function, strict_schema
from segue.runtime.heartbeats import HEARTBEAT
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, UNPREFIXED_IDEMPOTENCY_KEY

Policy = bool | Callable[[Any, dict[str, Any], str], Awaitable[bool]]


class ToolArguments(BaseModel):
    """Base of what a model says to a tool; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Arguments = TypeVar("_Arguments", bound=BaseModel)
_Input = TypeVar("_Input")
_Output = TypeVar("_Output")


@dataclass
class DeclaredTool(FunctionTool):
    """A tool whose effect is declared.

    Attributes:
        effect: ``once``: an effect that was begun and has no recorded outcome is never begun
            again; the model is told that it is not known. ``repeatable``: a second try does no
            harm, or the other side knows the idempotency key.
    """

    effect: Effect = field(default="once", kw_only=True)


@dataclass(frozen=True)
class Adapter(Generic[_Arguments, _Input, _Output]):
    """How a model's words become an activity's input, and its result the model's text.

    Attributes:
        arguments: What the model says.
        request: The activity's input; a text instead is the answer, and nothing is called.
        answer: What the model is told of the result.
    """

    arguments: type[_Arguments]
    request: Callable[[_Arguments], _Input | str]
    answer: Callable[[_Output], str]


def tool(
    name: str,
    description: str,
    arguments: type[_Arguments],
    run: Callable[[_Arguments], Awaitable[str]],
    *,
    effect: Effect,
    needs_approval: Policy = False,
) -> FunctionTool:
    """A tool that runs ``run`` in the workflow, with arguments that were checked.

    Arguments that do not fit, and failures, are told to the model.

    Args:
        name: For the model.
        description: For the model.
        arguments: What the model says; see :class:`ToolArguments`.
        run: Its activities carry the call's idempotency key.
        effect: As in :class:`DeclaredTool`, for every activity that ``run`` starts.
        needs_approval: Whether a person is asked first, as the SDK has it.
    """

    async def invoke(_context: ToolContext[Any], text: str) -> str:
        return await run(_parse(arguments, text))

    return DeclaredTool(
        name=name,
        description=description,
        params_json_schema=strict_schema(arguments),
        on_invoke_tool=invoke,
        needs_approval=needs_approval,
        effect=effect,
    )


def activity_tool(  # noqa: PLR0913 - each is a choice of its own, and all have defaults
    function: Callable[..., Any],
    *,
    effect: Effect = "repeatable",
    needs_approval: Policy = False,
    limits: CallLimits = TOOL_CALL,
    task_queue: str | None = None,
    heartbeat: bool = False,
    name: str | None = None,
    description: str | None = None,
    adapter: Adapter[Any, Any, Any] | None = None,
) -> FunctionTool:
    """A tool that runs ``function``, an activity.

    The model reads the function's name, docstring and argument types, and is told its result; a
    long one stays in the conversation's store. With an ``adapter`` the workflow stands between.

    Args:
        function: Decorated with ``activity.defn``; a method is fine.
        effect: As in :class:`DeclaredTool`.
        needs_approval: Whether a person is asked first, as the SDK has it.
        limits: Bounds of the activity.
        task_queue: Where it runs; None: the workflow's own queue.
        heartbeat: Whether the activity heartbeats, so that a killed worker is noticed in seconds.
        name: For the model; None: the function's own.
        description: For the model; None: the function's docstring.
        adapter: Checks and words between the model and the activity.

    Raises:
        RunError: ``function`` is no activity.
    """
    call = _ActivityCall(function, limits, task_queue, heartbeat=heartbeat)
    if adapter is not None:
        bridge = adapter

        async def bridge_call(arguments: BaseModel) -> str:
            request = bridge.request(arguments)
            if isinstance(request, str):
                return request
            return bridge.answer(await call.result(request))

        return tool(
            name or function.__name__,
            description or function.__doc__ or "",
            bridge.arguments,
            bridge_call,
            effect=effect,
            needs_approval=needs_approval,
        )
    schema = schema_of_function(function, name=name, description=description)

    async def invoke(_context: ToolContext[Any], text: str) -> str:
        arguments = _parse(schema.params_pydantic_model, text)
        positional, by_name = schema.to_call_args(arguments)
        return await call.answer(schema.name, [*positional, *by_name.values()])

    return DeclaredTool(
        name=schema.name,
        description=schema.description or "",
        params_json_schema=schema.params_json_schema,
        on_invoke_tool=invoke,
        strict_json_schema=schema.strict_json_schema,
        needs_approval=needs_approval,
        effect=effect,
    )


def idempotency_meta(_context: Any) -> dict[str, str]:  # noqa: ANN401 - the SDK's signature
    """The ``_meta`` of an MCP tool call: its idempotency key, for servers that look at it.

    Give it to ``temporal_mcp_server(…, tool_meta_resolver=idempotency_meta)``.
    """
    running = RUNNING.get()
    if running is None:
        return {}
    return dict.fromkeys((IDEMPOTENCY_KEY, UNPREFIXED_IDEMPOTENCY_KEY), running.call.key)


class _ActivityCall:
    """Calls of one activity by a tool."""

    def __init__(
        self,
        function: Callable[..., Any],
        limits: CallLimits,
        task_queue: str | None,
        *,
        heartbeat: bool,
    ) -> None:
        definition = getattr(function, "__temporal_activity_definition", None)
        if definition is None or definition.name is None:
            raise RunError(
                f"Expected an activity; {function!r} is not decorated with activity.defn."
            )
        self._name: str = definition.name
        self._result_type: type | None = definition.ret_type
        self._limits = limits
        self._task_queue = task_queue
        self._heartbeat = HEARTBEAT if heartbeat else None

    async def result(self, request: object) -> Any:  # noqa: ANN401 - the activity's own
        """What the activity gives for one input."""
        return await self._execute([request], self._result_type)

    async def answer(self, tool_name: str, arguments: list[Any]) -> str:
        """The text that the model is told; the worker keeps it where it is long.

        Raises:
            RunError: No agent runs.
        """
        running, execution = RUNNING.get(), CURRENT.get()
        if running is None or execution is None:
            raise RunError(f"Expected a run of an agent; {tool_name!r} was called outside of one.")
        running.call = running.call.model_copy(update={"answers": True, "whole": execution.whole})
        answer = await self._execute(arguments, ToolAnswer, summary=tool_name)
        assert answer.seq is not None  # noqa: S101 - the effect ledger stores what it tells
        execution.memory.output_kept(running.call.call_id, answer.text, answer.seq)
        return answer.text

    async def _execute(
        self, arguments: list[Any], result_type: type | None, *, summary: str | None = None
    ) -> Any:  # noqa: ANN401 - the activity's own
        return await workflow.execute_activity(
            self._name,
            args=arguments,
            result_type=result_type,
            task_queue=self._task_queue,
            start_to_close_timeout=self._limits.start_to_close,
            schedule_to_close_timeout=self._limits.schedule_to_close,
            heartbeat_timeout=self._heartbeat,
            retry_policy=self._limits.retry(),
            summary=summary,
        )


def _parse(arguments: type[_Arguments], text: str) -> _Arguments:
    try:
        return arguments.model_validate(json.loads(text or "{}"))
    except (ValueError, TypeError, ValidationError) as unfit:
        raise ModelBehaviorError("The arguments do not fit the tool's schema.") from unfit
