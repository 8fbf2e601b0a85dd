"""Exports: everything is there, and nothing that was said becomes part of the page."""

import json
import re

import pytest
from hypothesis import given, strategies as st

from segue.sessions.exporting import ExportedConversation, to_json, to_markdown
from segue.sessions.listing import Conversation, ConversationHead
from segue.sessions.turns import TurnRecord
from tests.fakes.data.conversations import say


def conversation(*items, turns=(), title="Trip to Oslo"):
    head = ConversationHead(
        id="c-1",
        kind="thread",
        parent=None,
        origin=None,
        origin_turn=None,
        workflow_id="w",
        title=title,
        encrypted=True,
        readable=True,
        items=len(items),
        turns=len(turns),
        created_at=1.5,
        updated_at=2.5,
    )
    return Conversation(head, tuple(turns), tuple(enumerate(items, start=1)))


CALL = {"type": "function_call", "call_id": "1", "name": "get_fares", "arguments": '{"to":"Oslo"}'}
RESULT = {"type": "function_call_output", "call_id": "1", "output": "cheap ``` or not"}
ANSWER = {
    "type": "message",
    "role": "assistant",
    "content": [
        {"type": "output_text", "text": "Go by train."},
        {"type": "refusal", "refusal": "No."},
        {"type": "input_image", "image_url": "https://evil.example/?q=secret"},
    ],
}


def test_the_json_export_holds_everything_in_a_versioned_form():
    turns = [TurnRecord(spans=((1, 2),), agent="Clerk", note={"é": 1}, number=1, created_at=2.0)]
    odd = {"b": 1, "a": "\ud83d \x00 é"}

    text = to_json(conversation(say("hi"), odd, turns=turns))

    text.encode()  # can be written
    read = json.loads(text)
    assert (read["format"], read["version"], read["id"]) == ("segue.conversation", 1, "c-1")
    assert json.dumps(read["items"][1]) == json.dumps({"seq": 2, "item": odd})
    assert ExportedConversation.model_validate(read).turns == turns
    assert "é" in text


def test_the_page_shows_turns_roles_tools_and_what_is_in_no_turn():
    turns = [
        TurnRecord(number=1, spans=((1, 3),), agent="Clerk", model="m-1"),
        TurnRecord(number=2, spans=((4, 4), (9, 9)), status="failed"),
        TurnRecord(number=3, spans=((5, 5),), kind="summary", covers=2),
    ]
    page = to_markdown(
        conversation(
            say("Where to?"), CALL, RESULT, ANSWER, say("All said."), say("?"), turns=turns
        )
    )

    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# Trip to Oslo",
        r"## 1, Clerk, m\-1",
        "## 2, failed",
        "## 3: summary of the turns up to 2",
        "## In no turn",
    ]
    assert "**User**\n\n```text\nWhere to?\n```" in page
    assert '**Tool call get\\_fares**\n\n```text\n{"to":"Oslo"}\n```' in page
    assert "**Tool result**\n\n````text\ncheap ``` or not\n````" in page
    assert '**Assistant**\n\n```text\nGo by train.\nNo.\n{"type": "input_image"' in page


def test_a_page_without_a_title_is_headed_by_the_id():
    assert to_markdown(conversation(title="")).startswith("# c\\-1\n")


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}, "hm"),
        ({"type": "function_call_output", "output": [{"type": "input_text", "text": "x"}]}, "x"),
        ({"type": "function_call_output", "output": {"a": 1}}, '{\n  "a": 1\n}'),
        ({"type": "web_search_call", "id": "w"}, '"id": "w"'),
        ({"role": "oracle\n# x", "content": "y"}, "**oracle \\# x**"),
        ({"role": "user", "content": ["plain"]}, '"plain"'),
        ({}, "null"),
    ],
)
def test_every_kind_of_item_has_a_place_on_the_page(item, shown):
    assert shown in to_markdown(conversation(item))


def test_what_hides_or_steers_is_made_visible():
    page = to_markdown(conversation(say("a\x1b[31m\u202eb\r\nc\td\rE"), title="t\u2028\x07*"))

    assert "a\\u001b[31m\\u202eb\nc\td\\u000dE" in page
    assert page.startswith("# t\\\\u2028\\\\u0007\\*\n")


FENCE_BREAKERS = st.text(st.sampled_from("`~\n# <>!()[]x\r\u2028"), max_size=40)


@given(FENCE_BREAKERS, FENCE_BREAKERS, FENCE_BREAKERS)
def test_nothing_that_was_said_ends_its_fence(said, name, title):
    page = to_markdown(
        conversation(
            say(said),
            CALL | {"name": name, "arguments": said},
            turns=[TurnRecord(number=1, spans=((1, 2),), agent=name)],
            title=title,
        )
    )

    outside = _outside_of_fences(page)
    assert len(outside) == len(
        _outside_of_fences(
            to_markdown(
                conversation(
                    say("x"), CALL, turns=[TurnRecord(number=1, spans=((1, 2),), agent="x")]
                )
            )
        )
    )
    assert not re.search(r"(?<!\\)[`~<>!\[\]]", "\n".join(outside))


def _outside_of_fences(page):
    """The lines that Markdown reads as markup: CommonMark's rule for fences of backticks."""
    outside, fence = [], ""
    for line in re.split(r"\r\n|\n|\r", page):
        opened = re.match(r" {0,3}(`{3,})[^`]*$", line)
        if fence:
            closed = re.fullmatch(r" {0,3}(`{3,})[ \t]*", line)
            if closed and len(closed[1]) >= len(fence):
                fence = ""
        elif opened:
            fence = opened[1]
        else:
            outside.append(line)
    assert fence == ""
    return outside
