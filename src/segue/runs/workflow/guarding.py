"""Agents as they run in Segue: whatever a tool does, the model is told, and the run goes on."""

import asyncio
import copy
import dataclasses
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from agents import (
    Agent,
    AgentsException,
    FunctionTool,
    Handoff,
    ModelBehaviorError,
    RunContextWrapper,
    Tool,
    handoff,
)
from agents.tool import (
    default_tool_error_function,
    resolve_function_tool_failure_error_function,
    set_function_tool_failure_error_function,
)
from agents.tool_context import ToolContext
from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from segue.errors.base import SegueError
from segue.errors.run import BudgetExceededError, RunError
from segue.errors.tree import known_errors
from segue.observability.tracing.spans import note_tool_call
from segue.runs.contracts import PlainTool, ToolCall
from segue.runs.limits import RESULT_CHARACTERS
from segue.runs.workflow.execution import Execution, RenewalDueError
from segue.runs.workflow.failures import run_error
from segue.runs.workflow.stopping import unless
from segue.runs.workflow.tool_calls import RUNNING, RunningTool
from segue.runs.workflow.tools import DeclaredTool
from segue.runtime.faults import from_failure

CUT = " […cut: the result was longer than a model is shown]"

INVALID_ARGUMENTS = "tool.invalid_arguments"
FAILED = "tool.failed"

Invoke = Callable[[ToolContext[Any], str], Awaitable[Any]]


class Guard:
    """Copies of agents, their tools and handoffs, for one execution. Agents are never changed."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._copies: dict[int, Agent[Any]] = {}
        self._originals: list[Agent[Any] | Tool] = []
        self._tools: dict[tuple[int, int], FunctionTool] = {}

    def agent(self, agent: Agent[Any]) -> Agent[Any]:
        """``agent`` under the contract; the same copy each time."""
        if id(agent) in self._copies:
            return self._copies[id(agent)]
        twin = dataclasses.replace(agent)
        self._copies[id(agent)] = twin
        self._copies[id(twin)] = twin
        self._originals.append(agent)  # kept alive, so that nothing else gets its id
        twin.handoffs = [self._handoff(twin, each) for each in agent.handoffs]

        async def all_tools(context: RunContextWrapper[Any]) -> list[Tool]:
            tools = await type(twin).get_all_tools(twin, context)
            return [self._tool(twin, tool) for tool in tools]

        # The SDK asks the agent for its tools before each call, those of MCP servers included.
        setattr(twin, "get_all_tools", all_tools)  # noqa: B010 - a method, replaced on one copy
        return twin

    def _handoff(
        self, owner: Agent[Any], target: Agent[Any] | Handoff[Any, Any]
    ) -> Handoff[Any, Any]:
        original = target if isinstance(target, Handoff) else handoff(target)
        take_over = original.on_invoke_handoff

        async def invoke(context: RunContextWrapper[Any], arguments: str) -> Agent[Any]:
            successor = self.agent(await take_over(context, arguments))
            self._execution.add_handoff(owner.name, successor.name)
            return successor

        twin = copy.copy(original)  # keeps what the SDK has noted on it, unlike replace()
        twin.on_invoke_handoff = invoke
        return twin

    def _tool(self, owner: Agent[Any], tool: Tool) -> Tool:
        if not isinstance(tool, FunctionTool):
            return tool
        key = (id(owner), id(tool))
        if key not in self._tools:
            twin = self._tools[key] = copy.copy(tool)
            twin.on_invoke_tool = self._invocation(owner, tool)
            self._originals.append(tool)
        return self._tools[key]

    def _invocation(self, owner: Agent[Any], tool: FunctionTool) -> Invoke:
        invoke_bare = _bare(tool).on_invoke_tool

        async def invoke(context: ToolContext[Any], arguments: str) -> Any:  # noqa: ANN401 - the SDK's signature
            execution = self._execution
            await execution.may_call(tool=True)
            execution.tool_called(owner.name, tool.name)
            call = _call(execution, owner, tool, context)
            note_tool_call(call.call_id)
            running = RunningTool(call)
            before, began, failure = RUNNING.get(), workflow.time(), None
            RUNNING.set(running)
            try:
                final_arguments = execution.edits.get(call.call_id, arguments)
                _check_is_object(final_arguments)
                result = await unless(
                    execution.stop, partial(_invoke, invoke_bare, context, final_arguments)
                )
            except NotImplementedError as threads:
                raise RunError(
                    f"The tool {tool.name!r} is a plain function, and workflows have no threads.",
                    hint="Write it as `async def`, or as an activity.",
                ) from threads
            except Exception as error:
                if _ends_the_run(error):
                    raise
                failure, message = complaint(error, running)
                result = _as_json(failure, message)
            finally:
                RUNNING.set(before)  # no reset: a run that is thrown away ends in another context
            if not running.activities:
                execution.ledger.plain_tools.append(
                    PlainTool(
                        key=call.key,
                        tool=tool.name,
                        agent=owner.name,
                        error_code=failure,
                        seconds=workflow.time() - began,
                    )
                )
            return self._cut(result)

        return invoke

    def _cut(self, result: Any) -> Any:  # noqa: ANN401 - whatever a tool gives
        return cut(result) if isinstance(result, str) else result


def cut(text: str) -> str:
    """``text`` as long as a model is shown a tool's result."""
    return text if len(text) <= RESULT_CHARACTERS else text[:RESULT_CHARACTERS] + CUT


def complaint(error: Exception, running: RunningTool) -> tuple[str, str]:
    """What a model is told about a failed tool: a code, and no text that may quote a secret.

    Args:
        error: What the tool raised.
        running: The tool; one that began something had arguments in order.
    """
    if isinstance(error, AgentsException) and running.sub_runs:  # a sub-agent's run ended so
        failure = run_error(error)
        return failure.code, failure.message
    unfit = isinstance(error, ValidationError) and not running.activities
    if unfit or isinstance(error, ModelBehaviorError):
        return INVALID_ARGUMENTS, "The arguments do not fit the tool's schema."
    own = _own_error(error)
    if own is not None:
        return own.code, own.message
    return FAILED, f"The tool failed ({_kind(error)})."


async def _invoke(invoke: Invoke, context: ToolContext[Any], arguments: str) -> Any:  # noqa: ANN401 - the SDK's signature
    return await invoke(context, arguments)


def _bare(tool: FunctionTool) -> FunctionTool:
    """``tool`` without the SDK's own words for its failures: they quote the error as it is.

    What the author of a tool has put in their place stays.
    """
    if resolve_function_tool_failure_error_function(tool) is not default_tool_error_function:
        return tool
    return set_function_tool_failure_error_function(copy.copy(tool), None)


def _check_is_object(arguments: str) -> None:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ModelBehaviorError("The arguments are no JSON object.")


def _own_error(error: BaseException) -> SegueError | None:
    failure = from_failure(error)
    return failure if type(failure) is not SegueError and failure.code in known_errors() else None


def _kind(error: BaseException) -> str:
    innermost = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    return str(getattr(innermost, "type", None) or type(innermost).__name__)


def _as_json(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)


def _ends_the_run(error: BaseException) -> bool:
    if isinstance(error, asyncio.CancelledError | RenewalDueError | BudgetExceededError):
        return True
    return is_cancelled_exception(error)


def _call(
    execution: Execution, owner: Agent[Any], tool: FunctionTool, context: ToolContext[Any]
) -> ToolCall:
    call_id = context.tool_call_id
    asked_in = execution.calls.get(call_id, execution.operation)
    return ToolCall(
        key=f"{asked_in}/{call_id}",
        call_id=call_id,
        tool=tool.name,
        agent=owner.name,
        log=execution.log,
        turn=execution.turn,
        effect=tool.effect if isinstance(tool, DeclaredTool) else "once",
    )
