"""What an event looks like on the wire, and the text it adds up to."""

import json

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from segue.sessions.events.contracts import TurnEvent, as_sse, event_schema, folded_text


def event(seq, kind, *, call=1, attempt=1, **data):
    return TurnEvent(turn="t", seq=seq, call=call, attempt=attempt, kind=kind, data=data, at=1.5)


def test_the_names_on_the_wire_are_frozen():
    wire = event(3, "text.delta", text="Hi").model_dump()

    assert wire == {
        "turn": "t",
        "seq": 3,
        "call": 1,
        "attempt": 1,
        "kind": "text.delta",
        "data": {"text": "Hi"},
        "at": 1.5,
    }
    assert event_schema()["properties"]["kind"]["enum"] == [
        "turn.started",
        "attempt.started",
        "text.delta",
        "text.reset",
        "tool.call",
        "tool.result",
        "approval.requested",
        "approval.decided",
        "usage",
        "turn.completed",
        "turn.failed",
    ]


def test_events_are_numbered_from_one():
    with pytest.raises(ValidationError):
        event(0, "usage")


@given(st.text(st.characters(), max_size=40))
def test_a_frame_is_three_lines_whatever_was_said(said):
    frame = as_sse(event(7, "text.delta", text=said))

    number, kind, data, *end = frame.decode("ascii").splitlines()
    assert (number, kind, end) == ("id: 7", "event: text.delta", [""])
    assert json.loads(data.removeprefix("data: "))["data"] == {"text": said}


def test_half_an_emoji_goes_over_the_wire():
    frame = as_sse(event(1, "text.delta", text="\ud83d"))

    assert json.loads(frame.decode().split("data: ")[1])["data"]["text"] == "\ud83d"


def test_silence_is_a_comment():
    assert as_sse(None) == b": keep-alive\n\n"


def test_the_text_is_that_of_the_newest_attempt_of_the_newest_call():
    events = [
        event(1, "text.delta", text="Let me look."),
        event(2, "text.delta", call=2, text="It is"),
        None,
        event(3, "text.reset", call=2, attempt=2),
        event(4, "text.delta", call=2, attempt=2, text="Sun"),
        event(5, "text.delta", call=2, attempt=2, text="ny"),
    ]

    texts = [folded_text(events[:count]) for count in range(7)]

    assert texts == ["", "Let me look.", "It is", "It is", "", "Sun", "Sunny"]


def test_a_fallback_within_one_attempt_takes_the_first_models_text_back():
    events = [
        event(1, "text.delta", text="Once upon"),
        event(2, "text.reset"),
        event(3, "text.delta", text="The answer"),
    ]

    assert folded_text(events) == "The answer"


def test_halves_of_an_emoji_become_one_again_and_a_lone_half_is_marked():
    halves = [event(1, "text.delta", text="\ud83c"), event(2, "text.delta", text="\udfb5")]

    assert folded_text(halves) == "🎵"
    assert folded_text(halves[:1]) == "�"
