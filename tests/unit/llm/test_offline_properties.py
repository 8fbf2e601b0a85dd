"""Whatever is said: the same question gets the same answer, streamed or not."""

import copy
from typing import Any

from agents import ModelSettings, ModelTracing, Tool, function_tool
from hypothesis import given, strategies as st
from openai.types.responses import ResponseCompletedEvent

from segue.llm.offline.conditions import first_turn, matches, mentions
from segue.llm.offline.replies import Refusal, Reply, call
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from segue.llm.offline.streaming import words


@function_tool
def look(what: str, often: int = 1) -> str:
    """Look at something."""
    return what * often


def _book() -> RuleBook:
    rules = AgentRules("Agent")
    rules.when(mentions("no")).reply(Refusal("I will not."))

    @rules.when(matches(r"\d") & ~first_turn)
    def twice(seen: Situation) -> Reply:
        return [call("look", what=seen.text), call("look", what=seen.text, often=2)]

    @rules.after("look")
    def tell(seen: Situation) -> Reply:
        return " / ".join(answer.text for answer in seen.latest)

    @rules.when(~first_turn)
    def echo(seen: Situation) -> Reply:
        return f"{len(seen.items)}: {seen.text}"

    return RuleBook(rules)


TEXTS = st.text(max_size=30) | st.sampled_from(["no", "take 5", "Look in Rome"])
ITEMS = st.lists(
    st.one_of(
        st.builds(lambda text: {"role": "user", "content": text}, TEXTS),
        st.builds(lambda text: {"role": "assistant", "content": text}, TEXTS),
        st.builds(
            lambda number, name, text: {
                "type": "function_call",
                "call_id": f"c{number}",
                "name": name,
                "arguments": text,
            },
            st.integers(0, 3),
            st.sampled_from(["look", "other"]),
            TEXTS,
        ),
        st.builds(
            lambda number, text: {
                "type": "function_call_output",
                "call_id": f"c{number}",
                "output": text,
            },
            st.integers(0, 3),
            TEXTS | st.just('{"assistant": "Agent"}'),
        ),
    ),
    max_size=8,
)
TOOLS: list[Tool] = [look]


def _arguments(items: list[Any]) -> dict[str, Any]:
    return {
        "system_instructions": None,
        "input": items,
        "model_settings": ModelSettings(),
        "tools": TOOLS,
        "output_schema": None,
        "handoffs": [],
        "tracing": ModelTracing.DISABLED,
        "previous_response_id": None,
        "conversation_id": None,
        "prompt": None,
    }


@given(ITEMS)
async def test_the_same_situation_gets_the_same_reply_streamed_or_not(items: list[Any]) -> None:
    whole = await _book().model_for("Agent").get_response(**_arguments(copy.deepcopy(items)))
    events = [
        event async for event in _book().model_for("Agent").stream_response(**_arguments(items))
    ]

    last = events[-1]
    assert isinstance(last, ResponseCompletedEvent)
    assert last.response.id == whole.response_id
    assert last.response.output == whole.output


@given(ITEMS)
async def test_what_streams_adds_up_to_the_answer(items: list[Any]) -> None:
    events = [
        event async for event in _book().model_for("Agent").stream_response(**_arguments(items))
    ]

    parts = {"response.output_text.done": "", "response.refusal.done": ""}
    for event in events:
        if event.type == "response.output_text.delta":
            parts["response.output_text.done"] += event.delta
        elif event.type == "response.refusal.delta":
            parts["response.refusal.done"] += event.delta
        elif event.type == "response.output_text.done":
            assert event.text == parts[event.type]
        elif event.type == "response.refusal.done":
            assert event.refusal == parts[event.type]


@given(ITEMS, ITEMS)
async def test_another_conversation_gets_other_call_ids(one: list[Any], two: list[Any]) -> None:
    asked = {"role": "user", "content": "take 5"}
    calls: list[set[str]] = []
    for items in (one, two):
        model = _book().model_for("Agent")
        answer = await model.get_response(**_arguments([asked, *items, asked]))
        calls.append({item.model_dump()["call_id"] for item in answer.output})

    assert calls[0].isdisjoint(calls[1]) == (one != two)
    assert all(len(each) == 2 for each in calls)


@given(st.text())
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text
