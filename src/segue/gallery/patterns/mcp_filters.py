"""Which tools of an MCP server an agent is shown: a fixed list, and a choice by who asks."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner
    from agents.mcp import ToolFilterContext, create_static_tool_filter
    from mcp_types import Tool

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.tool_servers.rules import tools_rules
    from segue.runs.workflow.mcp_servers import mcp_server


@dataclass(frozen=True)
class Asker:
    """Who asks; the agent's context, of which a model is told nothing."""

    role: str


def by_role(context: ToolFilterContext, tool: Tool) -> bool:
    """Whether somebody may have a tool: the secret word is the owner's."""
    asker: Asker = context.run_context.context
    return tool.name != "get_secret_word" or asker.role == "owner"


def agents() -> tuple[Agent[Asker], Agent[Asker]]:
    """One who can add and nothing else, and one whose tools depend on who asks."""
    only_add = create_static_tool_filter(allowed_tool_names=["add"])
    return (
        Agent(
            name="Adder",
            mcp_servers=[
                mcp_server("StreamableHttpServer", effect="repeatable", tool_filter=only_add)
            ],
        ),
        Agent(
            name="Role-bound assistant",
            mcp_servers=[
                mcp_server("StreamableHttpServer", effect="repeatable", tool_filter=by_role)
            ],
        ),
    )


@workflow.defn(name="McpFiltersWorkflow")
class McpFiltersWorkflow:
    """Ask both agents the same."""

    @workflow.run
    async def run(self, question: str, role: str = "guest") -> list[str]:
        """The answers: of the agent with the fixed list, and of the one that looks who asks."""
        asker = Asker(role)
        return [
            str((await Runner.run(agent, question, context=asker)).final_output)
            for agent in agents()
        ]


# --- what the offline model answers ---

_adder = tools_rules("Adder")
_assistant = tools_rules("Role-bound assistant")

PATTERN = Pattern(
    title="Which tools an agent may see",
    shows="A filter takes tools of an MCP server away: from an agent, or from some who ask.",
    when="A server offers more than an agent, or whoever asks it, should be able to do.",
    when_not="A tool may be used when a person agrees: ask for an approval instead.",
    durable=(
        "The server's list, as an activity's result; the filter runs in the workflow, and again in"
        " every replay: it reads no clock, no file and no setting."
    ),
    adapt=(
        "A tool that is filtered out is not on offer, so that a call of it ends as one of an"
        " unknown tool. Fill the context from what you have checked, never from the question."
    ),
    workflow=McpFiltersWorkflow,
    samples=(
        Sample(
            "What's the secret word?",
            "guest",
            answer=r'^\["I have no tool for this\.","I have no tool for this\."\]$',
        ),
        Sample(
            "What's the secret word?",
            "owner",
            answer=r'^\["I have no tool for this\.","The secret word is strawberry\."\]$',
        ),
        Sample("Add 2 and 3.", "guest", answer=r'^\["The sum is 5\.","The sum is 5\."\]$'),
    ),
    rules=(_adder, _assistant),
)
