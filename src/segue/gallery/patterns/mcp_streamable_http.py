"""An MCP server over Streamable HTTP, which keeps nothing between calls."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.tool_servers.rules import QUESTIONS, tools_rules
    from segue.runs.workflow.mcp_servers import mcp_server


def http_agent() -> Agent[None]:
    """The agent; all of its tools are the server's."""
    return Agent(
        name="Streamable HTTP assistant",
        instructions="Use the tools to answer the questions.",
        mcp_servers=[mcp_server("StreamableHttpServer", effect="repeatable")],
        model_settings=ModelSettings(tool_choice="required"),
    )


@workflow.defn(name="StreamableHttpWorkflow")
class StreamableHttpWorkflow:
    """Ask three questions, each for another tool of the server."""

    @workflow.run
    async def run(self) -> str:
        """The three answers, with an empty line between."""
        agent = http_agent()
        results = [await Runner.run(agent, question) for question in QUESTIONS]
        return "\n\n".join(str(result.final_output) for result in results)


# --- what the offline model answers ---

_rules = tools_rules("Streamable HTTP assistant")

PATTERN = Pattern(
    title="Tools over Streamable HTTP",
    shows="Tools of an MCP server over HTTP: its list and each call of it are activities.",
    when="The tools belong to somebody else, or are shared by agents of several programs.",
    when_not="The tools are yours alone: an activity is a tool with one process less (`tools`).",
    durable=(
        "The list of tools, and each answer of the server. A call amid which the server or "
        "the worker dies is made again under its key, on a new connection."
    ),
    adapt=(
        "Give the worker the address of your server (`mcp_servers` of the feature). Say "
        "`repeatable` only where a second call does no harm or the server knows the key; else "
        "`once`."
    ),
    workflow=StreamableHttpWorkflow,
    samples=(
        Sample(
            answer=(r"^The sum is 29\.\n\nTokyo: 14-20C[^\n]+\n\nThe secret word is strawberry\.$",)
        ),
    ),
    rules=(_rules,),
)
