"""An MCP server of the protocol's second form: no session, state only where a request names it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.tool_servers.rules import QUESTIONS, tools_rules
    from segue.runs.workflow.mcp_servers import mcp_server


def v2_agent() -> Agent[None]:
    """The agent; all of its tools are the server's."""
    return Agent(
        name="Streamable HTTP v2 assistant",
        instructions="Use the tools to answer the questions.",
        mcp_servers=[mcp_server("StreamableHttpV2Server", effect="repeatable")],
        model_settings=ModelSettings(tool_choice="required"),
    )


@workflow.defn(name="StreamableHttpV2Workflow")
class StreamableHttpV2Workflow:
    """Ask three questions, each for another tool of the server."""

    @workflow.run
    async def run(self) -> str:
        """The three answers, with an empty line between."""
        agent = v2_agent()
        results = [await Runner.run(agent, question) for question in QUESTIONS]
        return "\n\n".join(str(result.final_output) for result in results)


# --- what the offline model answers ---

_rules = tools_rules("Streamable HTTP v2 assistant")

PATTERN = Pattern(
    title="Tools of a server without sessions",
    shows="In the protocol of 2026-07-28 no call depends on the connection on which it comes.",
    when="Calls are to go to any of several servers, and over a connection that is shared.",
    when_not="Calls must know of one another: name the state in each of them (`mcp_memory`).",
    durable=(
        "The list of tools, and each answer. The worker shares a connection between runs, and "
        "opens another when it is lost: nothing is lost with it."
    ),
    adapt="A client of version 2 of the SDK speaks both forms; the server says which one it has.",
    workflow=StreamableHttpV2Workflow,
    samples=(
        Sample(
            answer=(r"^The sum is 29\.\n\nTokyo: 14-20C[^\n]+\n\nThe secret word is strawberry\.$",)
        ),
    ),
    rules=(_rules,),
)
