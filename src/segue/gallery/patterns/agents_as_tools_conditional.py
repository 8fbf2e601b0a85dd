"""Agents as tools that are on offer only where a condition holds."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from dataclasses import dataclass
    from typing import Any

    from agents import Agent, AgentBase, RunContextWrapper, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation


@dataclass
class Customer:
    """For whom the agent works.

    Attributes:
        plan: ``free`` or ``paid``.
    """

    plan: str


async def has_paid(context: RunContextWrapper[Customer], _agent: AgentBase[Any]) -> bool:
    """Whether the expert is on offer."""
    return context.context.plan == "paid"


def advising_agent() -> Agent[Customer]:
    """The agent with the tools."""
    handbook = Agent[Customer](name="Handbook", instructions="You quote the handbook.")
    expert = Agent[Customer](name="Expert", instructions="You answer in depth.")
    return Agent(
        name="Adviser",
        instructions="Ask the expert where there is one, and the handbook otherwise.",
        tools=[
            handbook.as_tool("ask_handbook", "Look something up in the handbook."),
            expert.as_tool("ask_expert", "Ask the expert.", is_enabled=has_paid),
        ],
    )


@workflow.defn(name="AgentsAsToolsConditionalWorkflow")
class AgentsAsToolsConditionalWorkflow:
    """Answer a customer, with the help of whom the customer's plan allows."""

    @workflow.run
    async def run(self, question: str, plan: str) -> str:
        """The answer.

        Args:
            question: The customer's.
            plan: ``free`` or ``paid``.
        """
        result = await Runner.run(advising_agent(), question, context=Customer(plan))
        return str(result.final_output)


# --- what the offline model answers ---

_adviser = AgentRules("Adviser")


@_adviser.when()
def _ask(situation: Situation) -> Reply:
    tool = "ask_expert" if "ask_expert" in situation.tools else "ask_handbook"
    return call(tool, input=situation.text)


@_adviser.after()
def _pass_on(situation: Situation) -> Reply:
    return situation.latest[-1].text


_handbook, _expert = AgentRules("Handbook"), AgentRules("Expert")
_handbook.when().reply("The handbook says: try turning it off and on again.")
_expert.when().reply("The expert says: the cache of that release keeps its old entries; clear it.")

PATTERN = Pattern(
    title="Agents as tools, on a condition",
    shows="A tool agent that the model does not even see where its condition does not hold.",
    when="Who may use an agent depends on the user, the tenant, or a switch.",
    when_not="The tool may be called and only its result depends: check within the tool.",
    durable=(
        "The condition is asked in the workflow, from the run's context: after a crash it says the"
        " same. What it needs from outside goes into the context before the run."
    ),
    adapt="Let the condition read the run's context; never a clock or a service.",
    workflow=AgentsAsToolsConditionalWorkflow,
    samples=(
        Sample("The page is stale.", "paid", answer="^The expert says"),
        Sample("The page is stale.", "free", answer="^The handbook says"),
    ),
    rules=(_adviser, _handbook, _expert),
)
