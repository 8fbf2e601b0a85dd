"""A model on one's own machine: an agent that names it, and OpenAI's API at another address."""

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

MODEL = "ollama/gpt-oss:20b"  # the model `gpt-oss:20b` of the service `ollama`


def local_agent() -> Agent[None]:
    """The agent that names its model."""
    return Agent(
        name="Local model agent",
        instructions="You only respond in haikus. When asked about the weather, use the tool.",
        model=MODEL,
        tools=[activity_tool(get_weather, description="Get the weather of a city.")],
    )


@workflow.defn(name="GptOssWorkflow")
class GptOssWorkflow:
    """Ask an agent whose model runs on one's own machine."""

    @workflow.run
    async def run(self, prompt: str) -> str:
        """Answer a prompt."""
        result = await Runner.run(local_agent(), prompt)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Local model agent", stands_in=True)
_CITY = re.compile(r"weather\b.*?\b(?:in|for|of)\s+(?P<city>[^?!.]+)", re.IGNORECASE)


@_rules.when(lambda situation: _CITY.search(situation.text) is not None)
def _look_up(situation: Situation) -> Reply:
    match = _CITY.search(situation.text)
    return call("get_weather", city=match["city"].strip() if match else "")


@_rules.after("get_weather")
def _report(situation: Situation) -> Reply:
    weather = situation.output_of("get_weather").data
    return (
        f"{weather['city']} under wind,\n{weather['temperature_range']}, and much sun:\n"
        "sample data smiles."
    )


_rules.otherwise().reply("No model at home;\nask rules about the weather.\nOllama still sleeps.")

PATTERN = Pattern(
    title="A model of your own",
    shows="An agent that names its model, `gpt-oss:20b`, which Ollama serves on your machine.",
    when="Words must not leave your machine, or one agent of several is good enough with less.",
    when_not="All agents have the same model: `LLM_MODEL` names it, and the code names none.",
    durable=(
        "Each answer of the model and of the tool. The model's server may be restarted meanwhile:"
        " the call is made again until it is back."
    ),
    adapt=(
        'Have the service named: `SEGUE_MODEL_SERVICES=\'{"ollama": {"base_url":'
        ' "http://127.0.0.1:11434/v1"}}\'`, or install the extra `litellm`, which knows Ollama.'
        " Where there is neither `LLM_MODEL` nor such a server, the rules answer, marked offline."
    ),
    workflow=GptOssWorkflow,
    samples=(
        Sample("What's the weather in Tokyo?", answer=("Tokyo", "14-20C", r"^[^\n]+\n[^\n]+\n")),
        Sample("Tell me a joke.", answer="^No model at home;\n"),
    ),
    activities=lambda _: [get_weather],
    rules=(_rules,),
)
