"""What a model thought before it answered, beside the answer itself."""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, ModelSettings, ReasoningItem, Runner
    from openai.types.shared import Reasoning

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import Steps, reasoning
    from segue.llm.offline.rules import AgentRules

MODEL = "deepseek-reasoner"


@dataclass
class ReasoningResult:
    """Both texts; None: the model gave none."""

    reasoning_content: str | None
    regular_content: str | None
    prompt: str


def reasoning_agent(model_name: str) -> Agent[None]:
    """The agent whose model shows its reasoning."""
    service, _, model = model_name.rpartition("/")
    return Agent(
        name="Reasoning agent",
        instructions="You are a helpful assistant. Write a short answer, and think about it first.",
        model=f"{service or 'deepseek'}/{model}",
        model_settings=ModelSettings(reasoning=Reasoning(summary="auto")),
    )


@workflow.defn(name="ReasoningContentWorkflow")
class ReasoningContentWorkflow:
    """Ask once, and keep both the reasoning and the answer."""

    @workflow.run
    async def run(self, prompt: str, model_name: str | None = None) -> ReasoningResult:
        """Answer a prompt.

        Args:
            prompt: The question.
            model_name: A model that reasons; one without a service is DeepSeek's.
        """
        result = await Runner.run(reasoning_agent(model_name or MODEL), prompt)
        thoughts = [
            part.text
            for item in result.new_items
            if isinstance(item, ReasoningItem)
            for part in (*item.raw_item.summary, *(item.raw_item.content or ()))
        ]
        return ReasoningResult(
            reasoning_content="\n".join(thoughts) or None,
            regular_content=str(result.final_output) or None,
            prompt=prompt,
        )


# --- what the offline model answers ---

_rules = AgentRules("Reasoning agent", stands_in=True)
_NOTE = "(Offline: rules do not think; somebody has written this down.)"
_rules.when(mentions("841")).reply(
    Steps(
        [
            reasoning(
                f"30 times 30 is 900, a little more; 29 times 29 is 841, and so it is. {_NOTE}"
            )
        ],
        "The square root of 841 is 29, since 29 × 29 = 841.",  # noqa: RUF001 - as it is written
    )
)
_rules.when(mentions("haiku")).reply(
    Steps(
        [
            reasoning(
                f"Three lines of five, seven and five; the last goes back to the first. {_NOTE}"
            )
        ],
        "It asks itself less,\neach answer waits for the next:\nthe smallest one knows.",
    )
)
_rules.when(mentions("recursion")).reply(
    Steps(
        [reasoning(f"Who asks wants a definition, what ends it, and one example. {_NOTE}")],
        "Recursion is a function that calls itself on a smaller part of its problem until a base"
        " case ends it: the factorial of n is n times that of n - 1, and that of 0 is 1.",
    )
)
_rules.otherwise().reply(
    Steps([reasoning(_NOTE)], "Ask me for the square root of 841, recursion, or a haiku.")
)

PATTERN = Pattern(
    title="Reasoning beside the answer",
    shows="What a model thought, as data of its own, and what it answered.",
    when="You show the reasoning to people, or look later at why an answer was wrong.",
    when_not="Only the answer counts: a model that reasons does so all the same.",
    durable="Reasoning and answer together, as one answer of the model.",
    adapt=(
        'Name DeepSeek: `SEGUE_MODEL_SERVICES=\'{"deepseek": {"base_url":'
        ' "https://api.deepseek.com", "key_variable": "DEEPSEEK_API_KEY"}}\'`, or give another'
        " model that reasons, `openai/o4-mini` for one. Where neither `LLM_MODEL` nor the key is"
        " set, rules answer, marked as offline."
    ),
    workflow=ReasoningContentWorkflow,
    samples=(
        Sample(
            "What is the square root of 841? Please explain your reasoning.",
            answer=(
                r'"reasoning_content":"30 times 30 is 900.*29 times 29.*Offline',
                r'"regular_content":"The square root of 841 is 29',
                r'"prompt":"What is the square root',
            ),
        ),
        Sample("Tell me a joke.", "deepseek-reasoner", answer="Ask me for the square root"),
    ),
    rules=(_rules,),
)
