"""A guardrail before an answer: another agent looks at the question while it is answered."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        GuardrailFunctionOutput,
        InputGuardrailTripwireTriggered,
        RunContextWrapper,
        Runner,
        TResponseInputItem,
        input_guardrail,
    )
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import matches, mentions
    from segue.llm.offline.rules import AgentRules

REFUSAL = "Sorry, I can't help you with your math homework."


class HomeworkCheck(BaseModel):
    """What the guardrail's agent finds."""

    reasoning: str
    is_math_homework: bool


def checking_agent() -> Agent[None]:
    """The agent behind the guardrail."""
    return Agent(
        name="Homework guardrail",
        instructions="Check if the user is asking you to do their math homework.",
        output_type=HomeworkCheck,
    )


@input_guardrail
async def no_math_homework(
    context: RunContextWrapper[None],
    _agent: Agent[None],
    question: str | list[TResponseInputItem],
) -> GuardrailFunctionOutput:
    """Trip where somebody wants their homework done."""
    result = await Runner.run(checking_agent(), question, context=context.context)
    check = result.final_output_as(HomeworkCheck)
    return GuardrailFunctionOutput(output_info=check, tripwire_triggered=check.is_math_homework)


def support_agent() -> Agent[None]:
    """The agent that is guarded."""
    return Agent(
        name="Guarded support agent",
        instructions="You are a customer support agent. You help customers with their questions.",
        input_guardrails=[no_math_homework],
    )


@workflow.defn(name="InputGuardrailsWorkflow")
class InputGuardrailsWorkflow:
    """Answer a question, unless it is homework."""

    @workflow.run
    async def run(self, user_input: str) -> str:
        """The answer, or a refusal."""
        try:
            result = await Runner.run(support_agent(), [{"role": "user", "content": user_input}])
        except InputGuardrailTripwireTriggered:
            return REFUSAL
        return str(result.final_output)


# --- what the offline model answers ---

_check = AgentRules("Homework guardrail")
_check.when(matches(r"\bsolve\b|\d+\s*x\b|equation|homework")).reply(
    HomeworkCheck(reasoning="It asks for the solution of an equation.", is_math_homework=True)
)
_check.otherwise().reply(
    HomeworkCheck(reasoning="There is no mathematics in it.", is_math_homework=False)
)
_support = AgentRules("Guarded support agent")
_support.when(mentions("capital of California")).reply("The capital of California is Sacramento.")
_support.otherwise().reply("Without a model I know the capital of California, and no more.")

PATTERN = Pattern(
    title="A guardrail on what goes in",
    shows="An agent checks the question beside the one that answers; a tripwire ends the run.",
    when="Some questions must not be answered, and a small model can tell which.",
    when_not="Code can tell: check it in the workflow, before anything is paid for.",
    durable=(
        "The guardrail's verdict and the answer, each by itself. A run that was refused is refused"
        " again by a replay, without asking anybody."
    ),
    adapt="Say in the refusal what may be asked; `run_in_parallel=False` checks before it answers.",
    workflow=InputGuardrailsWorkflow,
    samples=(
        Sample("What's the capital of California?", answer="Sacramento"),
        Sample("Can you help me solve for x: 2x + 5 = 11?", answer="can't help .* math homework"),
    ),
    rules=(_check, _support),
)
