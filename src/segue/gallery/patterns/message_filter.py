"""A handoff with a filter: what the next agent is shown of the conversation so far."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import re

    from agents import (
        Agent,
        HandoffInputData,
        Runner,
        TResponseInputItem,
        function_tool,
        handoff,
    )
    from agents.extensions import handoff_filters
    from pydantic import BaseModel

    from segue.gallery.pattern import Pattern, Sample
    from segue.llm.offline.conditions import matches
    from segue.llm.offline.replies import Reply, call, hand_off
    from segue.llm.offline.rules import AgentRules
    from segue.llm.offline.situation import Situation

LEFT_OUT = 2  # items at the beginning of the conversation: the user's name, and the greeting


class MessageFilterResult(BaseModel):
    """The last answer, and the conversation as it is after the filter."""

    final_output: str
    final_messages: list[TResponseInputItem]


# Async: the SDK runs other functions in a thread, and a workflow has none.
@function_tool
async def random_number_tool(max: int) -> int:  # noqa: A002 - the name that models know
    """A random number from 0 to the maximum, the same in every replay."""
    return workflow.random().randint(0, max)


def without_tools_and_beginning(data: HandoffInputData) -> HandoffInputData:
    """What the Spanish agent is shown: no calls of tools, and not how the conversation began."""
    data = handoff_filters.remove_all_tools(data)
    history = data.input_history
    return data.clone(input_history=history if isinstance(history, str) else history[LEFT_OUT:])


def number_agent() -> Agent[None]:
    """The agent of the first two messages."""
    return Agent(
        name="Number assistant", instructions="Be extremely concise.", tools=[random_number_tool]
    )


def forwarding_agent() -> Agent[None]:
    """The agent of the rest, which hands Spanish over."""
    spanish_agent = Agent[None](
        name="Filtered Spanish assistant",
        instructions="You only speak Spanish and are extremely concise.",
        handoff_description="A Spanish-speaking assistant.",
    )
    return Agent(
        name="Forwarding assistant",
        instructions=(
            "Be a helpful assistant. If the user speaks Spanish, hand over to the Spanish"
            " assistant."
        ),
        handoffs=[handoff(spanish_agent, input_filter=without_tools_and_beginning)],
    )


@workflow.defn(name="MessageFilterWorkflow")
class MessageFilterWorkflow:
    """Talk to two agents, then have the second hand a part of the conversation to a third."""

    @workflow.run
    async def run(self, user_name: str = "Sora") -> MessageFilterResult:
        """The answer of the agent that was shown a part, and what it was shown."""
        agent = number_agent()
        result = await Runner.run(agent, f"Hi, my name is {user_name}.")
        for message in (
            "Can you generate a random number between 0 and 100?",
            "I live in New York City. What's the population of the city?",
            "Por favor habla en español. ¿Cuál es mi nombre y dónde vivo?",
        ):
            item: TResponseInputItem = {"role": "user", "content": message}
            result = await Runner.run(agent, [*result.to_input_list(), item])
            agent = forwarding_agent()
        return MessageFilterResult(
            final_output=str(result.final_output), final_messages=result.to_input_list()
        )


# --- what the offline model answers ---

_number = AgentRules("Number assistant")
_forwarding = AgentRules("Forwarding assistant")
_spanish = AgentRules("Filtered Spanish assistant")
_NAME = re.compile(r"my name is (?P<name>.+)\.")


@_number.when(matches(_NAME.pattern))
def _greet(situation: Situation) -> Reply:
    return f"Hi, {_name_in(situation)}!"


@_number.when(matches("random number"))
def _draw(_: Situation) -> Reply:
    return call("random_number_tool", max=100)


@_number.after("random_number_tool")
def _tell(situation: Situation) -> Reply:
    return f"{situation.output_of('random_number_tool').text}."


_forwarding.when(matches("español")).reply(hand_off("Filtered Spanish assistant"))
_forwarding.when(matches("population")).reply("8,804,190 people, by the census of 2020.")


@_spanish.when()
def _recall(situation: Situation) -> Reply:
    name = _name_in(situation)
    who = f"Eres {name}" if name else "No sé tu nombre"
    lives_there = any("New York" in text for text in situation.user_texts)
    return f"{who}; {'vives en Nueva York' if lives_there else 'no sé dónde vives'}."


def _name_in(situation: Situation) -> str:
    """The user's name, where the conversation still has it; "" where it does not."""
    names = [match["name"] for text in situation.user_texts if (match := _NAME.search(text))]
    return names[-1] if names else ""


PATTERN = Pattern(
    title="A filter on a handoff",
    shows="`input_filter`: which part of a conversation the agent that takes over is shown.",
    when="The next agent must not see something, or would only be confused by it: tools, secrets.",
    when_not="It may see everything: a plain handoff passes the whole conversation on.",
    durable=(
        "Each of the four answers, and the number that was drawn. The filter runs in the workflow,"
        " on whole messages, and every replay makes the same of them."
    ),
    adapt=(
        "Write a function from `HandoffInputData` to `HandoffInputData`; no clock, no I/O."
        " `to_input_list()` holds the conversation as the filter left it."
    ),
    workflow=MessageFilterWorkflow,
    samples=(
        Sample(
            "Sora",
            answer=(
                r'"final_output":"No sé tu nombre; vives en Nueva York\."',
                r"(?s)^(?!.*my name is)(?!.*function_call)",
                r'"content":"Can you generate a random number between 0 and 100\?"',
                r'"text":"\d+\."',
                r'"text":"8,804,190 people',
            ),
        ),
    ),
    rules=(_number, _forwarding, _spanish),
)
