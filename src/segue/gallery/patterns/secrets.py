"""A tool that needs a credential: its name travels, its value never leaves the worker."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import Agent, FunctionTool, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.warehouse import StockQuestion, Warehouse
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.tools import Adapter, ToolArguments, activity_tool


class Item(ToolArguments):
    """What the model says to the tool: there is no word for a credential."""

    item: str


def stock_tool(credential: str) -> FunctionTool:
    """The tool: the workflow puts the name of the credential beside what the model says."""
    return activity_tool(
        Warehouse.stock_of,
        description="How many of an item are in the warehouse.",
        adapter=Adapter(
            arguments=Item,
            request=lambda arguments: StockQuestion(item=arguments.item, credential=credential),
            answer=str,
        ),
    )


def stock_agent(credential: str) -> Agent[None]:
    """The agent with the tool."""
    return Agent(
        name="Stock agent",
        instructions="You tell customers what is in stock. Look it up with the tool.",
        tools=[stock_tool(credential)],
    )


@workflow.defn(name="SecretsWorkflow")
class SecretsWorkflow:
    """Ask an agent whose tool needs a credential."""

    @workflow.run
    async def run(self, question: str, credential: str = "warehouse") -> str:
        """Answer a question; each tenant may have a credential of its own, by name."""
        result = await Runner.run(stock_agent(credential), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Stock agent")
_ITEM = re.compile(r"how many (?P<item>\w+?)s?\b", re.IGNORECASE)


@_rules.when(lambda situation: _ITEM.search(situation.text) is not None)
def _look_up(situation: Situation) -> Reply:
    match = _ITEM.search(situation.text)
    return call("stock_of", item=match["item"] if match else "")


@_rules.after("stock_of")
def _report(situation: Situation) -> Reply:
    return f"The warehouse says: {situation.output_of('stock_of').text}."


_rules.otherwise().reply("Ask me how many of an item there are.")

PATTERN = Pattern(
    title="Credentials by name",
    shows="A tool calls a service with a credential; its value is known to the worker alone.",
    when="Tools call services with keys, above all where each tenant has one of its own.",
    when_not="The worker has one key for all: the activity takes it from the worker's settings.",
    durable=(
        "The name, with the call of the tool: a worker that goes on, or tries again after a key was"
        " changed, takes the value that it has then. The value is in no history, log or error, and"
        " no model reads it."
    ),
    adapt=(
        "Put your service in place of `sample_service`, and its keys in `SEGUE_TOOL_CREDENTIALS` of"
        " the worker. Services say back what they got: `Credentials.taken_out` goes over each text,"
        " and an error has no cause. It finds a value as it stands, not one encoded in base64."
    ),
    workflow=SecretsWorkflow,
    samples=(
        Sample("How many lamps are there?", answer="^The warehouse says: 12 of lamp in stock"),
        Sample("How many tables are there?", "warehouse", answer="0 of table in stock"),
    ),
    activities=lambda tools: [tools.warehouse.stock_of],
    rules=(_rules,),
)
