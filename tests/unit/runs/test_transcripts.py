"""What a turn leaves behind for the turns after it."""

from agents import Agent, AgentsException, handoff
from pydantic import BaseModel

from segue.runs.contracts import Item, Kept, New, Turns
from segue.runs.worker.prompts import at_position, shorten
from segue.runs.workflow.transcripts import (
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
