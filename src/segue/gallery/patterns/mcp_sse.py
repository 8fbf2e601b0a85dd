"""An MCP server over HTTP with server-sent events, the transport before Streamable HTTP."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.tool_servers.rules import QUESTIONS, tools_rules
    from segue.runs.workflow.mcp_servers import mcp_server


def sse_agent() -> Agent[None]:
    """The agent; all of its tools are the server's."""
    return Agent(
        name="SSE assistant",
        instructions="Use the tools to answer the questions.",
        mcp_servers=[mcp_server("SseServer", effect="repeatable")],
        model_settings=ModelSettings(tool_choice="required"),
    )


@workflow.defn(name="SseWorkflow")
class SseWorkflow:
    """Ask three questions, each for another tool of the server."""

    @workflow.run
    async def run(self) -> str:
        """The three answers, with an empty line between."""
        agent = sse_agent()
        results = [await Runner.run(agent, question) for question in QUESTIONS]
        return "\n\n".join(str(result.final_output) for result in results)


# --- what the offline model answers ---

_rules = tools_rules("SSE assistant")

PATTERN = Pattern(
    title="Tools over server-sent events",
    shows=(
        "A server of the older transport is used as any other: only the worker knows the "
        "difference."
    ),
    when=(
        "The server that you need offers nothing else: the protocol has deprecated this transport."
    ),
    when_not="You may choose: take Streamable HTTP (`mcp_streamable_http`).",
    durable=(
        "The list of tools, and each answer. The stream is a connection's and holds no state "
        "that counts: a call that loses it is made again on a new one."
    ),
    adapt="`MCPServerSse` in the worker's factory is all that is particular to it.",
    workflow=SseWorkflow,
    samples=(
        Sample(
            answer=(r"^The sum is 29\.\n\nTokyo: 14-20C[^\n]+\n\nThe secret word is strawberry\.$",)
        ),
    ),
    rules=(_rules,),
)
