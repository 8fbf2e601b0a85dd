"""What travels whole and what as a reference."""

import json

from hypothesis import given, strategies as st

from segue.runs.contracts import Kept, New, Turns
from segue.runs.workflow.memory import PromptMemory, digest

USER = {"role": "user", "content": "Hello"}
CALL = {"type": "function_call", "call_id": "c", "name": "t", "arguments": "{}"}


def test_what_is_not_known_travels_whole_and_together():
    assert PromptMemory().parts([USER, CALL]) == (New(items=(USER, CALL)),)


def test_what_was_stored_travels_as_one_span():
    memory = PromptMemory()
    parts = memory.parts([USER, CALL])

    memory.note_spans(parts, [(7, 8)])

    assert memory.parts([USER, CALL]) == (Kept(span=(7, 8)),)


def test_spans_that_do_not_touch_stay_apart():
    memory = PromptMemory()
    memory.note_items([USER], 1)
    memory.note_items([CALL], 5)

    assert memory.parts([USER, CALL]) == (Kept(span=(1, 1)), Kept(span=(5, 5)))


def test_a_stand_in_is_expanded_and_nothing_else_with_its_words_is():
    memory = PromptMemory()
    stand_in = {"role": "user", "content": "[what was said before: 1f]"}
    memory.stands_for(stand_in, [Turns(upto=4), Kept(span=(9, 9))])
    forged = {"role": "user", "content": [{"type": "input_text", "text": stand_in["content"]}]}

    assert memory.parts([stand_in]) == (Turns(upto=4), Kept(span=(9, 9)))
    assert memory.parts([forged]) == (New(items=(forged,)),)


def test_a_shortened_tool_output_stands_for_the_whole_one():
    memory = PromptMemory()
    memory.output_kept("c", "begin", 12)

    shown = {"call_id": "c", "output": "begin", "type": "function_call_output"}
    other = shown | {"output": "something else"}

    assert memory.parts([shown]) == (Kept(span=(12, 12)),)
    assert memory.parts([other]) == (New(items=(other,)),)


def test_a_memory_is_carried_into_another_run_without_its_stand_ins():
    memory = PromptMemory()
    memory.note_items([USER], 3)
    memory.stands_for(CALL, [Turns(upto=1)])
    following = PromptMemory()

    following.restore(json.loads(json.dumps(memory.snapshot())))

    assert following.parts([USER, CALL]) == (Kept(span=(3, 3)), New(items=(CALL,)))


def test_parts_are_resolved_once_their_items_are_stored():
    memory = PromptMemory()
    parts = (Turns(upto=1), New(items=(USER, CALL)))
    memory.note_items([USER, CALL], 5)

    assert memory.resolve(parts) == (Turns(upto=1), Kept(span=(5, 6)))


@given(st.dictionaries(st.text(), st.text() | st.integers(), min_size=2))
def test_the_order_of_keys_makes_no_other_item(item):
    assert digest(item) == digest(dict(reversed(item.items())))
