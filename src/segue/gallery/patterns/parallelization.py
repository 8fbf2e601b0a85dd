"""The same question three times at once, and another agent that picks the best answer."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ItemHelpers, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runtime.gathering import gather_whole

TRANSLATIONS = 3


def translating_agent() -> Agent[None]:
    """The agent that is asked several times."""
    return Agent(
        name="Spanish translator", instructions="You translate the user's message to Spanish."
    )


def picking_agent() -> Agent[None]:
    """The agent that chooses."""
    return Agent(
        name="Translation picker",
        instructions="You pick the best Spanish translation from the given options.",
    )


@workflow.defn(name="ParallelizationWorkflow")
class ParallelizationWorkflow:
    """Have a text translated three times at once, and take the best."""

    @workflow.run
    async def run(self, msg: str) -> str:
        """The best translation."""
        # `asyncio.gather` would leave the others running where one fails.
        results = await gather_whole(
            Runner.run(translating_agent(), msg) for _ in range(TRANSLATIONS)
        )
        texts = "\n\n".join(ItemHelpers.text_message_outputs(each.new_items) for each in results)
        best = await Runner.run(picking_agent(), f"Input: {msg}\n\nTranslations:\n{texts}")
        return f"Best translation: {best.final_output}"


# --- what the offline model answers ---

_translator = AgentRules("Spanish translator")
_translator.when(mentions("Hello, world")).reply("¡Hola, mundo! ¿Cómo estás hoy?")


@_translator.otherwise()
def _as_it_is(situation: Situation) -> Reply:
    return f"[sin traducir, no hay modelo] {situation.text}"


_picker = AgentRules("Translation picker")


@_picker.when()
def _first(situation: Situation) -> Reply:
    return situation.text.rpartition("Translations:\n")[2].partition("\n\n")[0]


PATTERN = Pattern(
    title="In parallel",
    shows="Several runs of agents at once in one workflow, and a run that chooses among them.",
    when="Answers vary, and the best of several is worth several times the price.",
    when_not="One after the other is soon enough, or a budget is tight: each run is paid for.",
    durable="Each answer by itself: after a crash only those that were not there are asked again.",
    adapt="Ask different agents, or different models, and let the last one see who said what.",
    workflow=ParallelizationWorkflow,
    samples=(
        Sample("Hello, world! How are you today?", answer="^Best translation: ¡Hola, mundo!"),
    ),
    rules=(_translator, _picker),
)
