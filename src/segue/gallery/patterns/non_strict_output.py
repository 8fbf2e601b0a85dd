"""An output type that strict JSON schemas have no word for, and two ways around that."""

import json
from dataclasses import dataclass
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Agent, AgentOutputSchema, AgentOutputSchemaBase, Runner, UserError

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import matches
    from segue.llm.offline.replies import Output
    from segue.llm.offline.rules import AgentRules


@dataclass
class Jokes:
    """Jokes by number: a mapping with free keys, which a strict schema cannot describe."""

    jokes: dict[int, str]


class JokesAsList(AgentOutputSchemaBase):
    """A schema of one's own, and its own reading of the answer."""

    def is_plain_text(self) -> bool:
        """Whether the answer is text; it is JSON."""
        return False

    def name(self) -> str:
        """For the model."""
        return "JokesAsList"

    def json_schema(self) -> dict[str, Any]:
        """For the model."""
        return {"type": "object", "properties": {"jokes": {"type": "object"}}}

    def is_strict_json_schema(self) -> bool:
        """Whether the model is held to it; it is not."""
        return False

    def validate_json(self, json_str: str) -> list[str]:
        """The jokes alone."""
        return list(json.loads(json_str)["jokes"].values())


def joke_agent(output_type: type[Any] | AgentOutputSchemaBase) -> Agent[None]:
    """The agent that tells jokes as data."""
    return Agent(name="Joke agent", instructions="Tell jokes as asked.", output_type=output_type)


@workflow.defn(name="NonStrictOutputWorkflow")
class NonStrictOutputWorkflow:
    """Ask for the same data three times: strictly, not strictly, and by a schema of one's own."""

    @workflow.run
    async def run(self, input_text: str) -> dict[str, Any]:
        """What came of each."""
        results: dict[str, Any] = {}
        try:
            await Runner.run(joke_agent(Jokes), input_text)
        except UserError as refusal:
            results["strict_error"] = refusal.message
        loose = AgentOutputSchema(Jokes, strict_json_schema=False)
        results["non_strict_result"] = (
            await Runner.run(joke_agent(loose), input_text)
        ).final_output
        own = await Runner.run(joke_agent(JokesAsList()), input_text)
        results["custom_result"] = own.final_output
        return results


# --- what the offline model answers ---

_rules = AgentRules("Joke agent")
_rules.when(matches("joke")).reply(
    Output({
        "jokes": {
            "1": "Why do workflows sleep well? Somebody else keeps the time.",
            "2": "An activity walks into a bar. And again. And again, after a short wait.",
            "3": "I had a joke about replay. I had a joke about replay.",
        }
    })
)

PATTERN = Pattern(
    title="Output that is not strict",
    shows="Data that strict schemas refuse, by a schema that is not strict or one of your own.",
    when="A type has free keys, or you read a model's JSON in your own way.",
    when_not="A strict schema can say it: models keep to those, and the others are only asked to.",
    durable=(
        "Each of the two answers. An answer that does not fit the type ends the run with"
        " `run.invalid_output`; it does not hang."
    ),
    adapt="Prefer lists of items with a name to mappings with free keys, and stay strict.",
    workflow=NonStrictOutputWorkflow,
    samples=(
        Sample(
            "Tell me 3 short jokes.",
            answer=("strict_error", r'"3":', r'"custom_result":\["Why'),
        ),
    ),
    rules=(_rules,),
)
