"""Guardrails of a tool: what must not go in is refused, what must not come out ends the run."""

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import dataclasses
    import json
    import re

    from agents import (
        Agent,
        Runner,
        ToolGuardrailFunctionOutput,
        ToolInputGuardrailData,
        ToolOutputGuardrailData,
        ToolOutputGuardrailTripwireTriggered,
        tool_input_guardrail,
        tool_output_guardrail,
    )

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.replies import Reply, call
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation
    from segue.runs.workflow.tools import activity_tool

CARD_NUMBER = re.compile(r"\b(?:\d[ -]?){13,16}\b")
_CUSTOMERS = {
    "Ann": "Ann, customer since 2019, likes to be called in the morning.",
    "Bob": "Bob, customer since 2021, pays by card 4000 0000 0000 0002.",
}


@activity.defn(name="gallery_look_up_customer")
async def look_up_customer(name: str) -> str:
    """Look up what is known of a customer.

    Idempotency: it reads only.
    """
    return _CUSTOMERS.get(name, f"No customer is called {name} (sample data).")


@tool_input_guardrail
async def refuses_card_numbers(data: ToolInputGuardrailData) -> ToolGuardrailFunctionOutput:
    """A call that would pass a card number on is not made; the model is told and may go on."""
    arguments = json.dumps(data.context.tool_arguments)
    if CARD_NUMBER.search(arguments):
        return ToolGuardrailFunctionOutput.reject_content("Ask by name, never by a card number.")
    return ToolGuardrailFunctionOutput.allow()


@tool_output_guardrail
async def keeps_card_numbers(data: ToolOutputGuardrailData) -> ToolGuardrailFunctionOutput:
    """A result with a card number does not reach the model."""
    if CARD_NUMBER.search(str(data.output)):
        return ToolGuardrailFunctionOutput.raise_exception()
    return ToolGuardrailFunctionOutput.allow()


def support_agent() -> Agent[None]:
    """The agent with the guarded tool."""
    look_up = dataclasses.replace(
        activity_tool(look_up_customer),
        tool_input_guardrails=[refuses_card_numbers],
        tool_output_guardrails=[keeps_card_numbers],
    )
    return Agent(
        name="Customer desk",
        instructions="You answer questions about customers, with what the tool says of them.",
        tools=[look_up],
    )


@workflow.defn(name="ToolGuardrailsWorkflow")
class ToolGuardrailsWorkflow:
    """Answer a question about a customer without a card number going in or out."""

    @workflow.run
    async def run(self, question: str) -> str:
        """The answer, or that it would have held what must not come out."""
        try:
            result = await Runner.run(support_agent(), question)
        except ToolOutputGuardrailTripwireTriggered as tripwire:
            return f"Held back by {tripwire.guardrail.get_name()}: a card number was found."
        return str(result.final_output)


# --- what the offline model answers ---

_rules = AgentRules("Customer desk")
_WHO = re.compile(r"(?:who is|card) (?P<name>[\w ]+?)\??$", re.IGNORECASE)


@_rules.when(lambda situation: _WHO.search(situation.text) is not None)
def _look_up(situation: Situation) -> Reply:
    match = _WHO.search(situation.text)
    return call("look_up_customer", name=match["name"] if match else "")


@_rules.after("look_up_customer")
def _tell(situation: Situation) -> Reply:
    return situation.output_of("look_up_customer").text


_rules.otherwise().reply("Ask me who a customer is.")

PATTERN = Pattern(
    title="Guardrails of a tool",
    shows="A check before a tool is called and one of its result, each with its own consequence.",
    when="A rule is about one tool: what may be asked of it, and what it may give away.",
    when_not="The rule is about what the user says or the agent answers: `input_guardrails`.",
    durable=(
        "Guardrails are code of the workflow: after a crash they say the same of the result that is"
        " in the history, and the tool is not called again."
    ),
    adapt="Refuse with a text the model can act on; raise only where going on would do harm.",
    workflow=ToolGuardrailsWorkflow,
    samples=(
        Sample("Who is Ann?", answer="^Ann, customer since 2019"),
        Sample("Whose is card 4000 0000 0000 0002?", answer="^Ask by name, never by a card number"),
        Sample("Who is Bob?", answer="^Held back by keeps_card_numbers"),
    ),
    activities=lambda _: [look_up_customer],
    rules=(_rules,),
)
