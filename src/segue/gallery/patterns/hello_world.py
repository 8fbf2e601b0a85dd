"""Hello, world: one agent answers one question, in haiku."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.rules import AgentRules


def haiku_agent() -> Agent[None]:
    """The agent that answers."""
    return Agent(name="Haiku assistant", instructions="You only respond in haikus.")


@workflow.defn(name="HelloWorldAgent")
class HelloWorldAgent:
    """Ask the agent once."""

    @workflow.run
    async def run(self, prompt: str) -> str:
        """Answer a prompt."""
        result = await Runner.run(haiku_agent(), prompt)
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Haiku assistant")
_rules.when(mentions("recursion")).reply(
    "A call calls itself,\nrecursion, smaller each time:\nthe base case says stop."
)
_rules.otherwise().reply("No model is here;\nrules count syllables for you.\nSet LLM_MODEL.")

PATTERN = Pattern(
    title="Hello, world",
    shows="One agent and one question; the call of the model is an activity, the rest a workflow.",
    when="You want to see the smallest workflow in which an agent runs, or to begin your own.",
    when_not="You want a conversation: that is the assistant, whose thread remembers its turns.",
    durable=(
        "The prompt, and the answer as soon as the model has given it: a worker that dies after"
        " that asks nobody again."
    ),
    adapt="Give the agent other instructions, or tools.",
    workflow=HelloWorldAgent,
    samples=(
        Sample(
            "Tell me about recursion in programming.",
            answer=(r"(?i)recursion", r"^[^\n]+\n[^\n]+\n[^\n]+$"),
        ),
    ),
    rules=(_rules,),
)
