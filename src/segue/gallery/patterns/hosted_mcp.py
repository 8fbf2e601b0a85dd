"""An MCP server that the model's provider asks while it answers."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.repositories import CODEX, answer_from_pages, repository_server
    from segue.llm.offline.rules import AgentRules


def reading_agent(server_url: str) -> Agent[None]:
    """The agent that may use every tool of the server."""
    return Agent(
        name="Repository reader",
        instructions="Answer from what the server's tools say of the repository.",
        tools=[repository_server(server_url, "never")],
    )


@workflow.defn(name="SimpleMCPWorkflow")
class SimpleMCPWorkflow:
    """Ask an agent whose provider asks a server."""

    @workflow.run
    async def run(self, question: str, server_url: str = CODEX) -> str:
        """Answer a question about what the server at a URL knows."""
        result = await Runner.run(reading_agent(server_url), question)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Repository reader")
_rules.otherwise()(answer_from_pages)

PATTERN = Pattern(
    title="An MCP server that the provider asks",
    shows="`HostedMCPTool`: the provider lists a server's tools and calls them while it answers.",
    when="The server is public, it changes nothing, and your models are OpenAI's.",
    when_not=(
        "The server is in your own network, or a call must happen once: let the worker ask it"
        " (`mcp_streamable_http`)."
    ),
    durable=(
        "The answer. The server's tools are called within the model's call: where that is made"
        " again, the provider calls them again."
    ),
    adapt=(
        "Give the tool another `server_url`, and name in `allowed_tools` what may be called."
        " Offline a few shipped sample pages stand in, and say so."
    ),
    workflow=SimpleMCPWorkflow,
    samples=(
        Sample("Which language is this repo written in?", answer=("Rust", f"{CODEX}; offline")),
        Sample("Which licence does it have?", CODEX, answer="Apache licence"),
        Sample(
            "Which language is this?",
            "https://gitmcp.io/nobody/nothing",
            answer="^Offline, I have no sample page of https://gitmcp.io/nobody/nothing",
        ),
    ),
    rules=(_rules,),
)
