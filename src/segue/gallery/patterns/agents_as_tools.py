"""Agents as tools of another: it keeps the conversation, and calls them as it needs them."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, Runner

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

LANGUAGES = ("Spanish", "French", "Italian")


def orchestrating_agent() -> Agent[None]:
    """The agent that calls the others."""
    return Agent(
        name="Translation orchestrator",
        instructions=(
            "You have messages translated by the tools that are given to you, and never translate"
            " on your own. If asked for several translations, call the tools in order."
        ),
        tools=[
            Agent[None](
                name=f"{language} tool agent",
                instructions=f"You translate the user's message to {language}.",
            ).as_tool(
                tool_name=f"translate_to_{language.lower()}",
                tool_description=f"Translate the user's message to {language}.",
            )
            for language in LANGUAGES
        ],
    )


def synthesizing_agent() -> Agent[None]:
    """The agent that puts it together."""
    return Agent(
        name="Translation synthesizer",
        instructions="You inspect translations, correct them if needed, and put them together.",
    )


@workflow.defn(name="AgentsAsToolsWorkflow")
class AgentsAsToolsWorkflow:
    """Have a text translated by whom it takes, and the translations put together."""

    @workflow.run
    async def run(self, msg: str) -> str:
        """All translations that were asked for."""
        translations = await Runner.run(orchestrating_agent(), msg)
        result = await Runner.run(synthesizing_agent(), translations.to_input_list())
        return str(result.final_output)


# --- what the offline model answers ---

_orchestrator = AgentRules("Translation orchestrator")


@_orchestrator.when(mentions(*LANGUAGES))
def _ask_all(situation: Situation) -> Reply:
    text = situation.text.partition("'")[2].rpartition("'")[0] or situation.text
    return [
        call(f"translate_to_{each.lower()}", input=text)
        for each in LANGUAGES
        if mentions(each)(situation)
    ]


_orchestrator.after().reply("All of them are translated.")
_orchestrator.otherwise().reply("Name a language: Spanish, French or Italian.")

_GOOD_MORNING = {
    "Spanish": "Buenos días, ¿cómo estás?",
    "French": "Bonjour, comment vas-tu ?",
    "Italian": "Buongiorno, come stai?",
}


def _translator(language: str) -> AgentRules:
    rules = AgentRules(f"{language} tool agent")
    rules.when(mentions("good morning")).reply(_GOOD_MORNING[language])
    rules.otherwise().reply(f"(no model, no {language} for this)")
    return rules


_synthesizer = AgentRules("Translation synthesizer")


@_synthesizer.when()
def _put_together(situation: Situation) -> Reply:
    lines = [
        f"{each.tool.removeprefix('translate_to_').capitalize()}: {each.text}"
        for each in situation.outputs
    ]
    return "\n".join(lines) or "Nothing was translated."


PATTERN = Pattern(
    title="Agents as tools",
    shows="An agent calls others as tools, several at once, and goes on with what they answer.",
    when="One agent should keep the conversation, and others each do a part of the work.",
    when_not="Another agent should take the conversation over: that is a handoff, `routing`.",
    durable=(
        "The answer of each agent, also of those that are tools: their calls of models are"
        " activities like any, and their use is on the account of the run that called them."
    ),
    adapt="Give each tool agent one skill, and tell the first one never to do it alone.",
    workflow=AgentsAsToolsWorkflow,
    samples=(
        Sample(
            "Please translate 'Good morning, how are you?' to Spanish and French",
            answer=("Spanish: Buenos días", "French: Bonjour"),
        ),
    ),
    rules=(_orchestrator, *(_translator(each) for each in LANGUAGES), _synthesizer),
)
