"""An MCP server that the model's provider asks after a person has said yes."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import json

    from agents import Agent

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.repositories import (
        CODEX,
        answer_from_pages,
        ask_to_search,
        repository_server,
    )
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy
    from segue.runs.workflow.run_options import RunOptions


def asking_agent(server_url: str) -> Agent[None]:
    """The agent each of whose calls of the server waits for a person."""
    return Agent(
        name="Asking repository reader",
        instructions=(
            "Answer from what the server's tools say of the repository. Where a person said no,"
            " call the tool no more and tell the user why."
        ),
        tools=[repository_server(server_url, "always")],
    )


@workflow.defn(name="ApprovalMCPWorkflow")
class ApprovalMCPWorkflow:
    """Ask an agent whose provider asks a server when a person lets it."""

    def __init__(self) -> None:
        self._desk = ApprovalDesk()

    @workflow.run
    async def run(
        self, question: str, server_url: str = CODEX, wait_seconds: float = 86_400.0
    ) -> str:
        """Answer a question about what the server at a URL knows.

        Args:
            question: In the user's words.
            server_url: Where the provider finds the server.
            wait_seconds: How long a person may take for each call, > 0; silence is a no.
        """
        policy = ApprovalPolicy(wait_seconds=wait_seconds)
        options = RunOptions(desk=self._desk, approvals=policy)
        outcome = await run_agent(asking_agent(server_url), question, options)
        return str(outcome.output if outcome.failure is None else outcome.failure.message)


# --- what the offline model answers ---

_rules = AgentRules("Asking repository reader")
_ANSWERED = "mcp_approval_response"


@_rules.when(lambda situation: situation.items[-1].get("type") != _ANSWERED)
def _ask(situation: Situation) -> Reply:
    return ask_to_search(situation)


@_rules.otherwise()
def _tell(situation: Situation) -> Reply:
    response = situation.items[-1]
    if response["approve"]:
        return answer_from_pages(situation)
    error = json.loads(response["reason"])["error"]
    return f"I did not look it up: {error.get('reason') or error['message']}"


PATTERN = Pattern(
    title="A person decides about a call that the provider makes",
    shows="`HostedMCPTool` with `require_approval`: the provider asks first, and a person answers.",
    when="A server is somebody else's, and what is sent to it must be seen by a person.",
    when_not=(
        "The person may have to change the arguments, or a call must happen once: let the worker"
        " ask the server (`mcp_approval`)."
    ),
    durable=(
        "The question waits in the database and in the workflow for a day, while no worker runs."
        " The provider calls the server in the model's call after the decision; where that is made"
        " again, it calls it again."
    ),
    adapt=(
        "`require_approval` may name tools that nobody is asked about. `segue approvals` and the"
        " API decide; the reason that is given with a no is what the model reads."
    ),
    workflow=ApprovalMCPWorkflow,
    samples=(
        Sample(
            "Which language is this repo written in?",
            CODEX,
            1.0,
            answer="^I did not look it up: Nobody decided in time",
        ),
    ),
    rules=(_rules,),
)
