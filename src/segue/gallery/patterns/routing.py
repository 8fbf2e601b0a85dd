"""Handoffs: the first agent only decides who answers."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import hand_off
    from segue.llm.offline.rules import AgentRules

LANGUAGES = ("French", "Spanish", "English")


def triage_agent() -> Agent[None]:
    """The agent that hands over."""
    return Agent(
        name="Language triage agent",
        instructions="Hand over to the agent that speaks the language of the request.",
        handoffs=[
            Agent[None](name=f"{each} agent", instructions=f"You only speak {each}.")
            for each in LANGUAGES
        ],
    )


@workflow.defn(name="RoutingWorkflow")
class RoutingWorkflow:
    """Have a message answered by an agent that speaks its language."""

    @workflow.run
    async def run(self, msg: str) -> str:
        """The answer."""
        result = await Runner.run(triage_agent(), [{"role": "user", "content": msg}])
        return f"Response: {result.final_output}"


# --- what the offline model answers ---

_triage = AgentRules("Language triage agent")
_triage.when(mentions("bonjour", "comment", "merci", "vous")).reply(hand_off("French agent"))
_triage.when(mentions("hola", "gracias", "buenos", "usted")).reply(hand_off("Spanish agent"))
_triage.otherwise().reply(hand_off("English agent"))

_french, _spanish, _english = (AgentRules(f"{each} agent") for each in LANGUAGES)
_french.when().reply("Bonjour ! Je vais bien, merci, même sans modèle. Et vous ?")
_spanish.when().reply("¡Hola! Estoy bien, gracias, aun sin modelo. ¿Y usted?")
_english.when().reply("Hello! I am fine, thank you, even without a model. And you?")

PATTERN = Pattern(
    title="Routing by handoff",
    shows="A triage agent hands the conversation over to the agent that answers.",
    when="Requests are of several kinds, and each kind has its own instructions and tools.",
    when_not="The first agent needs the answer to go on: then the others are its tools.",
    durable=(
        "The decision and the answer are two calls of models: after a crash between them nobody"
        " decides again, and the answer comes from the same agent."
    ),
    adapt="Give each agent its own tools; a handoff may ask for a reason, `handoff(input_type=…)`.",
    workflow=RoutingWorkflow,
    samples=(
        Sample("Bonjour! Comment allez-vous aujourd'hui?", answer="^Response: Bonjour"),
        Sample("Hola, ¿cómo está usted?", answer="^Response: ¡Hola"),
        Sample("How are you?", answer="^Response: Hello"),
    ),
    rules=(_triage, _french, _spanish, _english),
)
