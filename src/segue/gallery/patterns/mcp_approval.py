"""Tools of an MCP server, some of which wait for a person."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent

    from segue.gallery.pattern import Pattern, Sample
    from segue.gallery.tools.tool_servers.rules import result_of
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy
    from segue.runs.workflow.mcp_servers import mcp_server
    from segue.runs.workflow.run_options import RunOptions


def asking_agent() -> Agent[None]:
    """The agent: it adds as it likes, and has the secret word only when a person says yes."""
    server = mcp_server(
        "StreamableHttpServer",
        effect="repeatable",
        require_approval={"get_secret_word": "always", "add": "never"},
    )
    return Agent(
        name="Asking assistant",
        instructions="Use the tools. Where a person said no, tell the user why.",
        mcp_servers=[server],
    )


@workflow.defn(name="McpApprovalWorkflow")
class McpApprovalWorkflow:
    """Answer by the tools of a server, after a person's yes where the tool asks for one."""

    def __init__(self) -> None:
        self._desk = ApprovalDesk()

    @workflow.run
    async def run(self, question: str, wait_seconds: float = 86_400.0) -> str:
        """The answer.

        Args:
            question: In the user's words.
            wait_seconds: How long a person may take, > 0; silence is a no.
        """
        policy = ApprovalPolicy(wait_seconds=wait_seconds)
        options = RunOptions(desk=self._desk, approvals=policy)
        outcome = await run_agent(asking_agent(), question, options)
        return str(outcome.output if outcome.failure is None else outcome.failure.message)


# --- what the offline model answers ---

_rules = AgentRules("Asking assistant")
_rules.when(lambda s: "secret" in s.text).reply(call("get_secret_word"))
_rules.when(lambda s: "2 and 3" in s.text).reply(call("add", a=2, b=3))


@_rules.after("add")
def _sum(situation: Situation) -> Reply:
    return f"The sum is {result_of(situation, 'add')}."


@_rules.after("get_secret_word", where=lambda s: "result" in s.latest[-1].data)
def _word(situation: Situation) -> Reply:
    return f"The secret word is {result_of(situation, 'get_secret_word')}."


@_rules.after("get_secret_word")
def _refusal(situation: Situation) -> Reply:
    error = situation.latest[-1].data["error"]
    return f"I may not tell it: {error.get('reason') or error['message']}"


_rules.otherwise().reply("I can add 2 and 3, and ask for the secret word.")

PATTERN = Pattern(
    title="A person decides about a server's tool",
    shows="Of one MCP server some tools run at once, and others wait for a person.",
    when="A server is somebody else's, and some of what it offers is more than you give away.",
    when_not="Nobody may ever use the tool: take it away (`mcp_filters`).",
    durable=(
        "The question waits in the database and in the workflow, while no worker runs. The server"
        " is asked after the decision, and hears nothing of a call that was refused."
    ),
    adapt=(
        "Name each tool, or give a function of its arguments. `segue approvals` and the API decide;"
        " a reason that is given with a no is what the model reads."
    ),
    workflow=McpApprovalWorkflow,
    samples=(
        Sample("Add 2 and 3.", answer=r"^The sum is 5\.$"),
        Sample("What is the secret word?", 1.0, answer="^I may not tell it: Nobody decided"),
    ),
    rules=(_rules,),
)
