"""What rules see of a call, and when conditions hold."""

import json

import pytest

from segue.llm.offline.conditions import (
    Condition,
    Predicate,
    first_turn,
    handed_over,
    matches,
    mentions,
    offers,
)
from segue.llm.offline.situation import Item, Situation


def said(text: str) -> Item:
    return {"role": "user", "content": text}


def called(tool: str, output: object, *, call_id: str = "c1", arguments: str = "{}") -> list[Item]:
    return [
        {"type": "function_call", "call_id": call_id, "name": tool, "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": output},
    ]


def situation(*items: Item, instructions: str = "", tools: tuple[str, ...] = ()) -> Situation:
    return Situation(agent="Agent", items=items, instructions=instructions, tools=tools)


def test_the_text_is_the_users_last_message_whatever_its_form() -> None:
    picture = {"type": "input_image", "image_url": "https://example.com/a.png"}
    parts = [
        {"type": "input_text", "text": "What is"},
        picture,
        {"type": "input_text", "text": "it?"},
    ]

    seen = situation(
        said("Hi"), {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": parts}
    )

    assert seen.text == "What is\nit?"
    assert seen.user_texts == ("Hi", "What is\nit?")
    assert seen.images == ("https://example.com/a.png",)


def test_without_a_user_message_there_is_no_text() -> None:
    assert situation().text == ""
    assert situation({"role": "user"}).text == ""


def test_outputs_are_what_tools_said_since_the_last_message() -> None:
    seen = situation(
        said("one"),
        *called("old", "1"),
        said("two"),
        *called("new", "2", call_id="c2", arguments='{"a": 1}'),
    )

    [answer] = seen.outputs
    assert (answer.tool, answer.arguments, answer.text, answer.data) == ("new", {"a": 1}, "2", 2)
    assert seen.output_of("new") == answer
    with pytest.raises(LookupError, match="old"):
        seen.output_of("old")


def test_only_the_last_answers_are_the_latest() -> None:
    note = {"role": "developer", "content": "Be brief."}

    seen = situation(said("go"), *called("a", "1"), *called("b", "2", call_id="c2"), note)

    assert [answer.tool for answer in seen.outputs] == ["a", "b"]
    assert [answer.tool for answer in seen.latest] == ["b"]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ([{"type": "input_text", "text": "part"}], "part"),
        ([{"type": "input_image", "image_url": "x"}, "stray"], ""),
        (None, ""),
        ("not json", "not json"),
    ],
)
def test_a_tools_answer_is_read_as_text_whatever_its_form(output: object, text: str) -> None:
    [answer] = situation(said("go"), *called("t", output)).outputs

    assert (answer.text, answer.data) == (text, text)


def test_an_answer_whose_call_was_dropped_has_no_name() -> None:
    [_, output] = called("t", "x")

    [answer] = situation(said("go"), output).outputs

    assert (answer.tool, answer.arguments) == ("", {})


@pytest.mark.parametrize("arguments", ["{broken", "[1]"])
def test_arguments_that_are_no_object_are_seen_as_none(arguments: str) -> None:
    [answer] = situation(said("go"), *called("t", "x", arguments=arguments)).outputs

    assert answer.arguments == {}


def test_a_handoff_is_no_tool_answer() -> None:
    handoff = called("transfer_to_agent", json.dumps({"assistant": "Agent"}), call_id="c2")

    seen = situation(said("go"), *called("t", "1"), *handoff)

    assert [answer.tool for answer in seen.outputs] == ["t"]
    assert seen.handed_over
    assert seen.latest == ()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (mentions("refund"), True),
        (mentions("REFUND", "x"), True),
        (mentions("fund"), False),
        (mentions("a refund"), True),
        (matches(r"\d{3}"), True),
        (matches(r"^\d"), False),
        (offers("a"), True),
        (offers("a", "c"), False),
        (first_turn, True),
        (handed_over, False),
        (~first_turn, False),
        (first_turn & mentions("nothing"), False),
        (first_turn & mentions("refund"), True),
        (handed_over | mentions("refund"), True),
        (handed_over | (lambda _: False), False),
        (Condition(lambda s: len(s.text) > 3) & mentions("refund"), True),
    ],
)
def test_a_condition_holds_when_it_says(condition: Predicate, holds: bool) -> None:
    seen = situation(said("A refund for 123!"), instructions="Write haikus.", tools=("a", "b"))

    assert condition(seen) is holds
