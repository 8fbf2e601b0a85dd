"""A model of any provider: the name says which, and LiteLLM speaks to it."""

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

MODEL = "anthropic/claude-3-5-sonnet-20240620"


def other_provider_agent() -> Agent[None]:
    """The agent that names its model."""
    return Agent(
        name="Other provider agent",
        instructions="You only respond in haikus. When asked about the weather, use the tool.",
        model=MODEL,
        tools=[activity_tool(get_weather, description="Get the weather of a city.")],
    )


@workflow.defn(name="LitellmAutoWorkflow")
class LitellmAutoWorkflow:
    """Ask an agent whose model is another provider's."""

    @workflow.run
    async def run(self, prompt: str) -> str:
        """Answer a prompt."""
        result = await Runner.run(other_provider_agent(), prompt)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Other provider agent", stands_in=True)
_CITY = re.compile(r"weather\b.*?\b(?:in|for|of)\s+(?P<city>[^?!.]+)", re.IGNORECASE)


@_rules.when(lambda situation: _CITY.search(situation.text) is not None)
def _look_up(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    return call("get_weather", city=match["city"].strip() if match else "")


@_rules.after("get_weather")
def _report(situation: Situation) -> Reply:
    weather = situation.output_of("get_weather").data
    return (
        f"Wind walks {weather['city']};\n{weather['temperature_range']} it says, and sunny:\n"
        "sample data, friend."
    )


_rules.otherwise().reply("A key is missing,\nand so the rules have to speak:\nask for the weather.")

PATTERN = Pattern(
    title="A model of another provider",
    shows="An agent whose model's name says the provider, `anthropic/claude-…`, by LiteLLM.",
    when="One agent is better with another provider's model than with the one of all others.",
    when_not="All agents have the same model: `LLM_MODEL` names it, whoever provides it.",
    durable=(
        "Each answer of the model and of the tool, in one form for all providers: a conversation"
        " may go on with another one's model."
    ),
    adapt=(
        "Write another `provider/model`, install the extra `litellm`, and set the provider's key"
        " (`ANTHROPIC_API_KEY`). Where neither `LLM_MODEL` nor the key is set, the rules answer,"
        " marked as offline."
    ),
    workflow=LitellmAutoWorkflow,
    samples=(
        Sample("What's the weather in Tokyo?", answer=("Tokyo", "14-20C", r"^[^\n]+\n[^\n]+\n")),
        Sample("Tell me a joke.", answer="^A key is missing,\n"),
    ),
    activities=lambda _: [get_weather],
    rules=(_rules,),
)
