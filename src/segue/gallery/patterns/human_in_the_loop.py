"""A tool that waits for a person: yes, yes with other arguments, or no with a reason."""

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import re
    from typing import Any

    from agents import Agent

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.approvals import ApprovalDesk, ApprovalPolicy
    from segue.runs.workflow.run_options import RunOptions
    from segue.runs.workflow.tools import activity_tool

UNASKED_EUROS = 100  # up to which nobody is asked


@activity.defn(name="gallery_refund")
async def refund(order: str, euros: int) -> str:
    """Pay an order back.

    Idempotency: it moves no money. A real one gives the bank `idempotency_key()`.
    """
    return f"{euros} EUR of order {order} are paid back (a sample: no money moved)"


async def is_large(_context: Any, arguments: dict[str, Any], _call_id: str) -> bool:  # noqa: ANN401 - the SDK's
    """Whether a person is asked before money is paid back: whatever is not surely little."""
    euros = arguments.get("euros")
    return not isinstance(euros, int) or not 0 < euros <= UNASKED_EUROS


def refunding_agent() -> Agent[None]:
    """The agent with the tool."""
    return Agent(
        name="Refund agent",
        instructions="You pay orders back. Tell the user what was done, and why something was not.",
        tools=[activity_tool(refund, effect="once", needs_approval=is_large)],
    )


@workflow.defn(name="HumanInTheLoopWorkflow")
class HumanInTheLoopWorkflow:
    """Pay an order back; large sums wait for a person."""

    def __init__(self) -> None:
        self._desk = ApprovalDesk()

    @workflow.run
    async def run(self, request: str, wait_seconds: float = 86_400.0) -> str:
        """What was done.

        Args:
            request: In the user's words.
            wait_seconds: How long a person may take, > 0; silence is a no.
        """
        policy = ApprovalPolicy(wait_seconds=wait_seconds)
        options = RunOptions(desk=self._desk, approvals=policy)
        outcome = await run_agent(refunding_agent(), request, options)
        return str(outcome.output if outcome.failure is None else outcome.failure.message)


# --- what the offline model answers ---

_rules = AgentRules("Refund agent")
_WISH = re.compile(r"(?P<euros>\d+) euros of order (?P<order>[\w-]+)", re.IGNORECASE)


@_rules.when(lambda situation: _WISH.search(situation.text) is not None)
def _pay(situation: Situation) -> Reply:
    match = _WISH.search(situation.text)
    return call("refund", order=match["order"], euros=int(match["euros"])) if match else ""


@_rules.after("refund")
def _tell(situation: Situation) -> Reply:
    answer = situation.output_of("refund").data
    if isinstance(answer, str):
        return f"Done: {answer}."
    return f"Not done: {answer['error'].get('reason') or answer['error']['message']}"


_rules.otherwise().reply("Say what to pay back: `40 euros of order A-7`.")

PATTERN = Pattern(
    title="A person decides",
    shows="A tool that is not run before a person has said yes, changed its arguments, or said no.",
    when="An action cannot be taken back, or costs more than the agent may spend on its own.",
    when_not="Everything would be asked: people then say yes without reading.",
    durable=(
        "The question waits in the database and in the workflow for a day, while no worker runs. A"
        " decision is in the audit log before the tool runs, and the tool runs once."
    ),
    adapt='Ask by rule (`is_large`), name who is asked next with `on_timeout="escalate"`.',
    workflow=HumanInTheLoopWorkflow,
    samples=(
        Sample("Pay back 40 euros of order A-7", answer="^Done: 40 EUR of order A-7"),
        Sample("Pay back 400 euros of order A-7", 1.0, answer="^Not done: Nobody decided in time"),
    ),
    activities=lambda _: [refund],
    rules=(_rules,),
)
