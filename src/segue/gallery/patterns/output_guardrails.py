"""A guardrail after an answer: code looks at what would be said, and stops it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import (
        Agent,
        GuardrailFunctionOutput,
        OutputGuardrailTripwireTriggered,
        RunContextWrapper,
        Runner,
        output_guardrail,
    )
    from pydantic import BaseModel, Field

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import mentions
    from segue.llm.offline.replies import Reply
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

AREA_CODE = "650"  # stands for whatever must not be said


class MessageOutput(BaseModel):
    """What the agent answers."""

    reasoning: str = Field(description="Thoughts on how to respond to the user's message")
    response: str = Field(description="The response to the user's message")
    user_name: str | None = Field(description="The user's name, if known")


@output_guardrail
async def no_phone_numbers(
    _context: RunContextWrapper[None], _agent: Agent[None], output: MessageOutput
) -> GuardrailFunctionOutput:
    """Trip where a phone number would be said, or was thought of."""
    findings = {
        "phone_number_in_response": AREA_CODE in output.response,
        "phone_number_in_reasoning": AREA_CODE in output.reasoning,
    }
    return GuardrailFunctionOutput(output_info=findings, tripwire_triggered=any(findings.values()))


def careful_agent() -> Agent[None]:
    """The agent that is guarded."""
    return Agent(
        name="Careful agent",
        instructions="You are a helpful assistant.",
        output_type=MessageOutput,
        output_guardrails=[no_phone_numbers],
    )


@workflow.defn(name="OutputGuardrailsWorkflow")
class OutputGuardrailsWorkflow:
    """Answer a message, unless the answer would hold a phone number."""

    @workflow.run
    async def run(self, user_input: str) -> str:
        """The answer, or what was found in it."""
        try:
            result = await Runner.run(careful_agent(), user_input)
        except OutputGuardrailTripwireTriggered as stop:
            return (
                "Output guardrail triggered due to sensitive data detection. Info:"
                f" {stop.guardrail_result.output.output_info}"
            )
        return f"Response: {result.final_output_as(MessageOutput).response}"


# --- what the offline model answers ---

_rules = AgentRules("Careful agent")
_rules.when(mentions("capital of California")).reply(
    MessageOutput(
        reasoning="It is a question of geography.",
        response="The capital of California is Sacramento.",
        user_name=None,
    )
)


@_rules.otherwise()
def _repeat(situation: Situation) -> Reply:
    return MessageOutput(
        reasoning=f"Without a model I can only repeat it: {situation.text}",
        response="That I cannot tell without a model.",
        user_name=None,
    )


PATTERN = Pattern(
    title="A guardrail on what comes out",
    shows="A function checks the whole answer before anybody sees it; a tripwire ends the run.",
    when="Some things must never be said: personal data, secrets, promises.",
    when_not="Words are shown as they come: what was streamed is said before a guardrail sees it.",
    durable=(
        "The answer that was checked. It stands in the conversation's store although it was not"
        " said: whoever may read that may read it."
    ),
    adapt="Look for what you mean with code where you can, and with an agent where you cannot.",
    workflow=OutputGuardrailsWorkflow,
    samples=(
        Sample("What's the capital of California?", answer="^Response: .*Sacramento"),
        Sample(
            "My phone number is 650-123-4567. Where do you think I live?",
            answer=("^Output guardrail triggered", "'phone_number_in_reasoning': True"),
        ),
    ),
    rules=(_rules,),
)
