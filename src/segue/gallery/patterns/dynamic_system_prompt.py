"""Instructions that are made for each call, from what the run carries with it."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, RunContextWrapper, Runner
    from temporalio.exceptions import ApplicationError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

INSTRUCTIONS = {
    "haiku": "Only respond in haikus.",
    "pirate": "Respond as a pirate.",
    "robot": "Respond as a robot and say 'beep boop' a lot.",
}


@dataclass
class Style:
    """What the run carries with it."""

    name: str


def instructions(context: RunContextWrapper[Style], _agent: Agent[Style]) -> str:
    """The instructions for this call."""
    return INSTRUCTIONS[context.context.name]


@workflow.defn(name="DynamicSystemPromptWorkflow")
class DynamicSystemPromptWorkflow:
    """Ask an agent that speaks in a style."""

    @workflow.run
    async def run(self, user_message: str, style: str | None = None) -> str:
        """Answer in ``style``; None: one that is drawn.

        Raises:
            ApplicationError: There is no such style.
        """
        name = style or workflow.random().choice(list(INSTRUCTIONS))
        if name not in INSTRUCTIONS:
            raise ApplicationError(
                f"Expected one of {', '.join(INSTRUCTIONS)}, got {name!r}.", non_retryable=True
            )
        agent = Agent[Style](name="Style agent", instructions=instructions)
        result = await Runner.run(agent, user_message, context=Style(name))
        return f"Style: {name}\nResponse: {result.final_output}"


# --- what the offline model answers ---

_JOKES = {
    "haiku": "A worker sat down.\nNobody noticed it fall:\nanother stood up.",
    "pirate": "Arr! Workflows be like pirates: they come back for what they buried, matey.",
    "robot": "Beep boop. Why did the robot never crash? It replayed. Beep boop.",
}
_rules = AgentRules("Style agent")


def _speaks(style: str, situation: Situation) -> bool:
    """Whether the agent was told to speak so."""
    return situation.instructions == INSTRUCTIONS[style]


_rules.when(lambda situation: _speaks("haiku", situation)).reply(_JOKES["haiku"])
_rules.when(lambda situation: _speaks("pirate", situation)).reply(_JOKES["pirate"])
_rules.when(lambda situation: _speaks("robot", situation)).reply(_JOKES["robot"])

PATTERN = Pattern(
    title="Dynamic instructions",
    shows="Instructions as a function of the run's context, made anew for each call of a model.",
    when="What an agent must know differs from run to run: a user's name, their rights, a style.",
    when_not="It is the same for all: write it into the instructions, where caches can hold it.",
    durable=(
        "The style that was drawn, by the replay, and the answer. The context itself lives in the"
        " workflow's memory; a workflow that goes on as a new run must carry it over."
    ),
    adapt="Put into the context what the instructions need; never a secret, models repeat them.",
    workflow=DynamicSystemPromptWorkflow,
    samples=(
        Sample("Tell me a joke.", "pirate", answer=("^Style: pirate\nResponse: ", "(?i)arr")),
        Sample("Tell me a joke.", answer="^Style: (haiku|pirate|robot)\nResponse: ."),
    ),
    rules=(_rules,),
)
