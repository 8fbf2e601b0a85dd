"""An agent that must use its tool, and three ways to go on with what the tool said."""

from typing import Any, Literal

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        FunctionToolResult,
        ModelSettings,
        RunContextWrapper,
        Runner,
        ToolsToFinalOutputFunction,
        ToolsToFinalOutputResult,
        function_tool,
    )
    from pydantic import BaseModel
    from temporalio.exceptions import ApplicationError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

Behaviour = Literal["run_llm_again", "stop_on_first_tool"] | ToolsToFinalOutputFunction


class Weather(BaseModel):
    """What the tool answers."""

    city: str
    temperature_range: str
    conditions: str


@function_tool
async def get_weather(city: str) -> Weather:
    """Get the weather of a city."""
    return Weather(
        city=city, temperature_range="14-20C", conditions="Sunny with wind (sample data)"
    )


async def in_one_sentence(
    _context: RunContextWrapper[Any], results: list[FunctionToolResult]
) -> ToolsToFinalOutputResult:
    """Make the answer of the first tool's result, without asking a model again."""
    weather = results[0].output
    if isinstance(weather, str):
        weather = Weather.model_validate_json(weather)
    return ToolsToFinalOutputResult(
        is_final_output=True, final_output=f"{weather.city} is {weather.conditions}."
    )


BEHAVIOURS: dict[str, Behaviour] = {
    "default": "run_llm_again",
    "first_tool": "stop_on_first_tool",
    "custom": in_one_sentence,
}


def forced_agent(behaviour: str) -> Agent[None]:
    """The agent; by default it is free, or it would call its tool for ever."""
    is_free = behaviour == "default"
    return Agent(
        name="Forced weather agent",
        instructions="You are a helpful agent.",
        tools=[get_weather],
        tool_use_behavior=BEHAVIOURS[behaviour],
        model_settings=ModelSettings(tool_choice=None if is_free else "required"),
    )


@workflow.defn(name="ForcingToolUseWorkflow")
class ForcingToolUseWorkflow:
    """Ask for the weather, and go on with the tool's answer as one is told."""

    @workflow.run
    async def run(self, tool_use_behavior: str = "default") -> str:
        """Answer by ``default``, ``first_tool`` or ``custom``.

        Raises:
            ApplicationError: There is no such behaviour.
        """
        if tool_use_behavior not in BEHAVIOURS:
            raise ApplicationError(
                f"Expected one of {', '.join(BEHAVIOURS)}, got {tool_use_behavior!r}.",
                non_retryable=True,
            )
        agent = forced_agent(tool_use_behavior)
        result = await Runner.run(agent, "What's the weather in Tokyo?")
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Forced weather agent")
_rules.when().reply(call("get_weather", city="Tokyo"))


@_rules.after("get_weather")
def _report(situation: Situation) -> Reply:
    return f"The tool says: {situation.output_of('get_weather').text}"


PATTERN = Pattern(
    title="Forcing a tool",
    shows="`tool_choice` makes the model call a tool; its result may be the answer as it is.",
    when="The answer must come from a tool, never from what a model remembers.",
    when_not="The tool takes no decision of a model at all: call it from the workflow.",
    durable=(
        "The model's call. The tool runs in the workflow, and a replay runs it again; one that does"
        " I/O is an activity, as in `tools`."
    ),
    adapt="With `stop_on_first_tool` or a function of yours the second call of a model is saved.",
    workflow=ForcingToolUseWorkflow,
    samples=(
        Sample("default", answer=("The tool says", "Tokyo")),
        Sample("first_tool", answer=("Tokyo", "14-20C")),
        Sample("custom", answer="^Tokyo is Sunny with wind"),
    ),
    rules=(_rules,),
)
