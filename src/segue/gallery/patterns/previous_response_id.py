"""A conversation that the model's provider keeps: the second question names the first answer."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import matches
    from segue.llm.offline.rules import AgentRules


def concise_agent() -> Agent[None]:
    """The agent that is asked twice."""
    return Agent(name="Concise agent", instructions="You are a helpful assistant. Be VERY concise.")


@workflow.defn(name="PreviousResponseIdWorkflow")
class PreviousResponseIdWorkflow:
    """Ask a question, then another one about its answer, without sending the first again."""

    @workflow.run
    async def run(self, first_question: str, follow_up_question: str) -> tuple[str, str]:
        """Both answers."""
        agent = concise_agent()
        first = await Runner.run(agent, first_question)
        second = await Runner.run(
            agent, follow_up_question, previous_response_id=first.last_response_id
        )
        return str(first.final_output), str(second.final_output)


# --- what the offline model answers ---

# Nobody keeps a conversation offline: these rules see each question alone.
_rules = AgentRules("Concise agent")
_rules.when(matches("largest country in south america")).reply("Brazil.")
_rules.when(matches("capital of that country")).reply("Brasília, if you mean Brazil.")
_rules.otherwise().reply(
    "Offline nobody keeps what was said before; ask for the largest country in South America."
)

PATTERN = Pattern(
    title="A conversation at the provider",
    shows="`previous_response_id`: the provider remembers, and only the new question is sent.",
    when="You use OpenAI's Responses API, and conversations are short-lived.",
    when_not=(
        "They must last, or another model may go on with them: a provider keeps answers for 30 days"
        " and other models ignore the id. A thread of the run contract keeps its own turns."
    ),
    durable=(
        "Both answers and the id between them. What the provider has forgotten by then is gone:"
        " the second call fails, and the history says why."
    ),
    adapt="Keep the date beside the id, and send the whole conversation where it is too old.",
    workflow=PreviousResponseIdWorkflow,
    samples=(
        Sample(
            "What is the largest country in South America?",
            "What is the capital of that country?",
            answer=("Brazil", "Brasília"),
        ),
    ),
    rules=(_rules,),
)
