"""Agents in whose first turn something goes wrong, and in whose second turn nothing does."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        FunctionTool,
        GuardrailFunctionOutput,
        InputGuardrail,
        OutputGuardrail,
        RunConfig,
        RunContextWrapper,
        RunHooks,
        Runner,
        Tool,
        ToolGuardrailFunctionOutput,
        ToolInputGuardrail,
        ToolOutputGuardrail,
        function_tool,
        handoff,
    )
    from agents.items import TResponseInputItem
    from agents.run_config import CallModelData, ModelInputData
    from pydantic import BaseModel, Field
    from temporalio.openai_agents.workflow import activity_as_tool, temporal_mcp_server

    from segue.errors.catalogue import NotFoundError
    from segue.runs.contracts import Budget, RunOutcome
    from segue.runs.limits import MODEL_CALL, TOOL_CALL, Limits
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.tools import activity_tool

SECRET = "sk-canary-7d1f"  # noqa: S105 - a canary: no model may read it
TOOL = "get_weather"
OTHER = "Other"
MCP_SERVER = "weather"
AWAY = "away"
CUT_OFF = timedelta(seconds=1)  # of tools that may not take long
TOO_LONG_SECONDS = 20.0  # longer than all tries of a tool that is cut off, with their waits

ToolKind = Literal["activity", "plugin", "function", "agent", "mcp"]
Scene = Literal[
    "plain",
    "structured",
    "input guardrail",
    "output guardrail",
    "guardrail raises",
    "output guardrail raises",
    "tool input guardrail",
    "tool output guardrail",
    "tool guardrail raises",
    "run hook raises",
    "tool hook raises",
    "instructions raise",
    "switch raises",
    "filter raises",
    "approval rule raises",
    "handoff callback raises",
    "server away",
    "nobody to ask",
    "nobody answers",
]


class FaultSetup(BaseModel, frozen=True):
    """How the agents of a run are made.

    Attributes:
        tool: How the tool named ``get_weather`` is made.
        hands_over: Whether the first agent may hand over to the other one.
        streamed: Somebody watches the turns.
        attempts: Of each call of a model.
        max_turns: Of the first turn and the second.
        budget: Of the first turn.
    """

    conversation: str
    model: str
    scene: Scene = "plain"
    tool: ToolKind = "activity"
    hands_over: bool = False
    streamed: bool = False
    attempts: int = 4
    max_turns: int | None = None
    budget: Budget | None = None


@dataclass
class Mood:
    """The context of a run: whether its code is broken."""

    broken: bool


class Title(BaseModel):
    """What a structured answer holds."""

    title: str


class City(BaseModel):
    """What the sub-agent is asked."""

    city: str = Field(description="Its name.")


@activity.defn(name="test-fault-weather")
async def get_weather(city: str) -> str:
    """The weather in a city."""
    return await weather_of(city)


async def weather_of(city: str) -> str:
    """The weather; or, for some cities, trouble."""
    match city:
        case "Unavailable":
            raise ApplicationError(f"busy {SECRET}", type="Busy")
        case "Refused":
            raise ApplicationError(f"no {SECRET}", type="Refused", non_retryable=True)
        case "Missing":
            raise NotFoundError("No such city.")
        case "Broken":
            raise ValueError(f"broken {SECRET}")
        case "Slow":
            await asyncio.sleep(TOO_LONG_SECONDS)
        case "Huge":
            return "x" * 5_000_000
        case _:
            pass
    return f"{city}: sunny"


# --- tools ---


def weather_tool(setup: FaultSetup) -> Tool:
    """The tool in the way that is asked for; its name is always the same."""
    limits = replace(TOOL_CALL, start_to_close=CUT_OFF, attempts=2)
    match setup.tool:
        case "plugin":
            return activity_as_tool(
                get_weather,
                start_to_close_timeout=limits.start_to_close,
                retry_policy=RetryPolicy(maximum_attempts=limits.attempts),
            )
        case "function":
            return function_tool(
                weather_of,
                name_override=TOOL,
                timeout=CUT_OFF.total_seconds(),
            )
        case "agent":
            return other_agent(setup).as_tool(TOOL, "The weather in a city.", parameters=City)
        case _:
            return activity_tool(get_weather, limits=limits)


def other_agent(setup: FaultSetup) -> Agent[Any]:
    """The agent that is a tool of the first one, or takes over from it."""
    return Agent[Any](
        name=OTHER,
        instructions="Tell.",
        model=f"{setup.model}-other",
        output_type=Title if setup.scene == "structured" else None,
    )


# --- code of agents that raises while the mood is bad ---


def broken(context: RunContextWrapper[Mood]) -> bool:
    """Whether something is to go wrong."""
    return context.context.broken


def fail(context: RunContextWrapper[Mood]) -> None:
    """Raise, when something is to go wrong."""
    if broken(context):
        raise ValueError(f"broken {SECRET}")


async def trip_input(
    context: RunContextWrapper[Mood], _agent: Agent[Any], _input: str | list[TResponseInputItem]
) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=broken(context))


async def trip_output(
    context: RunContextWrapper[Mood],
    _agent: Agent[Any],
    _output: Any,
) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=broken(context))


async def raise_on_input(
    context: RunContextWrapper[Mood], _agent: Agent[Any], _input: str | list[TResponseInputItem]
) -> GuardrailFunctionOutput:
    fail(context)
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)


async def raise_on_output(
    context: RunContextWrapper[Mood],
    _agent: Agent[Any],
    _output: Any,
) -> GuardrailFunctionOutput:
    fail(context)
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)


async def stop_tool(_data: Any) -> ToolGuardrailFunctionOutput:
    return ToolGuardrailFunctionOutput.raise_exception()


async def raise_on_tool(_data: Any) -> ToolGuardrailFunctionOutput:
    raise ValueError(f"broken {SECRET}")


async def instructions(context: RunContextWrapper[Mood], _agent: Agent[Any]) -> str:
    fail(context)
    return "Tell."


async def is_enabled(context: RunContextWrapper[Mood], _agent: Any) -> bool:
    fail(context)
    return True


async def approval_rule(
    context: RunContextWrapper[Mood], _arguments: dict[str, Any], _call_id: str
) -> bool:
    fail(context)
    return False


async def taken_over(context: RunContextWrapper[Mood]) -> None:
    fail(context)


async def raise_on_filter(data: CallModelData[Mood]) -> ModelInputData:
    if data.context is not None and data.context.broken:
        raise ValueError(f"broken {SECRET}")
    return data.model_data


class StartHooks(RunHooks[Mood]):
    """Raises when an agent starts."""

    async def on_agent_start(self, context: Any, agent: Any) -> None:
        """Raise."""
        fail(context)


class ToolHooks(RunHooks[Mood]):
    """Raises before a tool."""

    async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
        """Raise."""
        fail(context)


# --- agents ---


def agent_of(setup: FaultSetup, mood: Mood) -> Agent[Any]:
    """The agent of a scene."""
    agent = Agent[Any](name="Teller", instructions="Tell.", model=setup.model)
    if setup.tool == "mcp":
        bounds = ActivityConfig(
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_attempts=2),
        )
        is_away = setup.scene == "server away" and mood.broken
        agent.mcp_servers = [temporal_mcp_server(AWAY if is_away else MCP_SERVER, bounds)]
    else:
        agent.tools = [weather_tool(setup)]
    if setup.hands_over:
        agent.handoffs = [other_agent(setup)]
    _break(agent, setup)
    return agent


def _break(agent: Agent[Any], setup: FaultSetup) -> None:
    match setup.scene:
        case "structured":
            agent.output_type = Title
        case "handoff callback raises":
            agent.handoffs = [handoff(other_agent(setup), on_handoff=taken_over)]
        case "input guardrail":
            agent.input_guardrails = [InputGuardrail(trip_input)]
        case "output guardrail":
            agent.output_guardrails = [OutputGuardrail(trip_output)]
        case "guardrail raises":
            agent.input_guardrails = [InputGuardrail(raise_on_input)]
        case "output guardrail raises":
            agent.output_guardrails = [OutputGuardrail(raise_on_output)]
        case "instructions raise":
            agent.instructions = instructions
        case _:
            for tool in agent.tools:
                assert isinstance(tool, FunctionTool)
                _break_tool(tool, setup.scene)


def _break_tool(tool: FunctionTool, scene: Scene) -> None:
    match scene:
        case "tool input guardrail":
            tool.tool_input_guardrails = [ToolInputGuardrail(stop_tool)]
        case "tool output guardrail":
            tool.tool_output_guardrails = [ToolOutputGuardrail(stop_tool)]
        case "tool guardrail raises":
            tool.tool_input_guardrails = [ToolInputGuardrail(raise_on_tool)]
        case "switch raises":
            tool.is_enabled = is_enabled
        case "approval rule raises":
            tool.needs_approval = approval_rule
        case "nobody to ask" | "nobody answers":
            tool.needs_approval = True
        case _:
            pass


def _hooks(scene: Scene) -> RunHooks[Any] | None:
    match scene:
        case "run hook raises":
            return StartHooks()
        case "tool hook raises":
            return ToolHooks()
        case _:
            return None


@workflow.defn
class TwoTurns:
    """Two turns of one conversation."""

    @workflow.init
    def __init__(self, setup: FaultSetup) -> None:
        self._desk = ApprovalDesk() if setup.scene == "nobody answers" else None

    @workflow.run
    async def run(self, setup: FaultSetup) -> list[RunOutcome]:
        """The turn in which something goes wrong, and the one after it."""
        return [
            await self._turn(setup, "What now?", "one", broken=True),
            await self._turn(setup, "And now?", "two", broken=False),
        ]

    async def _turn(
        self, setup: FaultSetup, message: str, turn: str, *, broken: bool
    ) -> RunOutcome:
        filtered = RunConfig(call_model_input_filter=raise_on_filter)
        options = RunOptions(
            conversation=setup.conversation,
            turn=f"{setup.conversation}-{turn}" if setup.streamed else None,
            context=Mood(broken),
            budget=setup.budget if broken else None,
            approvals=ApprovalPolicy(wait_seconds=1.0),
            desk=self._desk,
            whole=False,
            max_turns=setup.max_turns,
            limits=Limits(model_call=replace(MODEL_CALL, attempts=setup.attempts)),
            run_config=filtered if setup.scene == "filter raises" else None,
            hooks=_hooks(setup.scene),
        )
        return await run_agent(agent_of(setup, Mood(broken)), message, options)


@workflow.defn
class BareRun:
    """The SDK's own calls; what they raise, nobody catches."""

    @workflow.run
    async def run(self, setup: FaultSetup) -> str:
        """The answer."""
        agent = agent_of(setup, Mood(True))
        if not setup.streamed:
            return str((await Runner.run(agent, "What now?", context=Mood(True))).final_output)
        streamed = Runner.run_streamed(agent, "What now?", context=Mood(True))
        async for _ in streamed.stream_events():
            pass
        return str(streamed.final_output)
