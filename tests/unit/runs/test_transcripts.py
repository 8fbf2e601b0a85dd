"""What a turn leaves behind for the turns after it."""

import json

import pytest
from agents import Agent, AgentsException, handoff
from pydantic import BaseModel

from segue.errors.model import (
    ContentFilteredError,
    ContextTooLongError,
    ModelRequestError,
    ModelUnavailableError,
)
from segue.runs.contracts import Item, Kept, New, Turns
from segue.runs.worker.prompts import at_position, shorten
from segue.runs.workflow.transcripts import (
    after_failure,
    agent_named,
    as_plain,
    last_message,
    length,
    so_far,
    without_open_calls,
)

USER = {"role": "user", "content": "Hello"}
CALL = {"type": "function_call", "call_id": "c", "name": "t", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "done"}


def message(text: str) -> Item:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "id": "m", "content": content}


def test_a_call_that_was_never_answered_is_left_out():
    assert without_open_calls([USER, CALL]) == [USER]
    assert without_open_calls([USER, CALL, OUTPUT]) == [USER, CALL, OUTPUT]


def test_a_failure_is_a_note_and_nothing_that_the_model_has_said():
    shown, rest = after_failure(
        ModelUnavailableError("It is away."), [USER], [CALL, OUTPUT, message("half")]
    )

    assert (shown, rest[:-1]) == ([USER], [CALL, OUTPUT])
    assert rest[-1]["role"] == "user"
    assert "It is away." in rest[-1]["content"]


@pytest.mark.parametrize("error", [ContextTooLongError("Long."), ModelRequestError("Odd.")])
def test_what_no_model_could_take_is_cut_with_all_that_the_turn_had_found(error):
    long = {"role": "user", "content": "word " * 10_000}
    shown, rest = after_failure(error, [long], [CALL, {**OUTPUT, "output": "x" * 100_000}])

    assert len(json.dumps([*shown, *rest])) < 1_500
    assert "cut here" in shown[0]["content"]
    assert "Tools that had run: t." in rest[0]["content"]
    assert after_failure(error, [USER], [])[0] == [USER]


def test_what_is_no_text_is_left_out_too():
    image = {"role": "user", "content": [{"type": "input_image", "image_url": "data:..."}]}

    assert "data:" not in json.dumps(after_failure(ModelRequestError("Odd."), [image], []))


def test_what_a_filter_stopped_is_not_shown_again():
    shown, (note,) = after_failure(ContentFilteredError("Filtered."), [USER], [])

    assert shown == []
    assert "Filtered." in note["content"]


def test_the_answer_is_the_last_message():
    assert last_message([message("a"), CALL, OUTPUT, message("b")]) == 3
    assert last_message([USER, CALL]) is None


def test_whole_turns_are_not_items_of_this_turn():
    assert length((Turns(upto=3), Kept(span=(4, 6)), New(items=(USER,)))) == 4


def test_a_position_leads_to_a_sequence_number():
    assert at_position([(4, 5), (9, 9)], 2) == 9
    assert at_position([(4, 5)], 2) is None
    assert at_position([(4, 5)], None) is None


def test_only_long_texts_are_shortened():
    cut, which = shorten([message("long text"), CALL, message("ok")], 4)

    assert which == [0]
    assert cut[0]["content"][0]["text"] == "long"
    assert cut[1:] == [CALL, message("ok")]


def test_agents_are_found_by_name_wherever_handoffs_lead():
    last = Agent(name="Last")
    middle = Agent(name="Middle", handoffs=[last])
    root = Agent(name="Root", handoffs=[handoff(middle)])
    last.handoffs.append(root)
    apart = Agent(name="Apart")

    assert agent_named(root, "Last", ()) is last
    assert agent_named(root, "Apart", [apart]) is apart
    assert agent_named(root, "Nobody", ()) is root


def test_a_failure_that_tells_nothing_leaves_nothing():
    assert so_far(ValueError(), "Clerk") == ("Clerk", [])
    assert so_far(AgentsException(), "Clerk") == ("Clerk", [])


def test_an_output_becomes_plain_data():
    class Verdict(BaseModel):
        good: bool

    assert as_plain(Verdict(good=True)) == {"good": True}
