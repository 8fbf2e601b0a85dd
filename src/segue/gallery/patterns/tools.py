"""An activity as a tool: the model asks for it, a worker runs it, and it is retried like any."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.weather import get_weather
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.tools import activity_tool


def weather_agent() -> Agent[None]:
    """The agent with the tool."""
    return Agent(
        name="Weather agent",
        instructions="You are a helpful agent. Use the tool for questions about the weather.",
        tools=[activity_tool(get_weather, description="Get the weather of a city.")],
    )


@workflow.defn(name="ToolsWorkflow")
class ToolsWorkflow:
    """Ask an agent that can look up the weather."""

    @workflow.run
    async def run(self, question: str) -> str:
        """Answer a question."""
        result = await Runner.run(weather_agent(), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Weather agent")
_CITY = re.compile(r"weather\b.*?\b(?:in|for|of)\s+(?P<city>[^?!.]+)", re.IGNORECASE)


@_rules.when(lambda situation: _CITY.search(situation.text) is not None)
def _look_up(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    return call("get_weather", city=match["city"].strip() if match else "")


@_rules.after("get_weather")
def _report(situation: Situation) -> Reply:
    weather = situation.output_of("get_weather").data
    return (
        f"The weather in {weather['city']}: {weather['temperature_range']},"
        f" {weather['conditions'].lower()}"
    )


_rules.otherwise().reply("Ask me about the weather in a city.")

PATTERN = Pattern(
    title="An activity as a tool",
    shows="The model calls a tool that is an activity, with its retries, its time and its ledger.",
    when="A tool does I/O: it calls a service, reads a file, or takes longer than a moment.",
    when_not="It only computes: a `function_tool` in the workflow needs no worker's turn.",
    durable=(
        "Each call of the model and each call of the tool. What the tool has answered is in the"
        " history, and is not looked up again."
    ),
    adapt="Put an activity of yours in place of `get_weather`, and say what it does for the model.",
    workflow=ToolsWorkflow,
    samples=(Sample("What is the weather in Tokio?", answer=("Tokio", "14-20C", "sample data")),),
    activities=lambda _: [get_weather],
    rules=(_rules,),
)
