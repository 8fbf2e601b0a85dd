"""A conversation as a file: JSON for programs, Markdown for people."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Literal, cast

from pydantic import BaseModel

from segue.sessions.listing import Conversation
from segue.sessions.turns import Item, TurnRecord

FORMAT_VERSION = 1

_BACKTICKS = re.compile(r"`+")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's; CommonMark lets each be escaped
_LABELS = {"user": "User", "assistant": "Assistant", "system": "System", "developer": "Developer"}
_SAID = {"text", "input_text", "output_text", "summary_text", "reasoning_text"}


class ExportedItem(BaseModel):
    """One item; ``item`` is exactly what was stored."""

    seq: int
    item: dict[str, Any]


class ExportedConversation(BaseModel):
    """The file's content. Read by other programs: fields are only ever added, with defaults."""

    format: Literal["segue.conversation"] = "segue.conversation"
    version: int = FORMAT_VERSION
    id: str
    kind: str
    title: str
    parent: str | None
    origin: str | None
    origin_turn: int | None
    workflow_id: str | None
    created_at: float
    updated_at: float
    turns: list[TurnRecord]
    items: list[ExportedItem]


def to_json(conversation: Conversation) -> str:
    """The whole conversation in the versioned format, readable and with a newline at the end."""
    head = conversation.head
    document = ExportedConversation(
        id=head.id,
        kind=head.kind,
        title=head.title,
        parent=head.parent,
        origin=head.origin,
        origin_turn=head.origin_turn,
        workflow_id=head.workflow_id,
        created_at=head.created_at,
        updated_at=head.updated_at,
        turns=list(conversation.turns),
        items=[ExportedItem(seq=seq, item=item) for seq, item in conversation.items],
    )
    text = json.dumps(document.model_dump(), ensure_ascii=False, indent=2)
    # Halves of emoji cannot be written as UTF-8; JSON's own escape for them is what this gives.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def to_markdown(conversation: Conversation) -> str:
    """The conversation as a page: turns, who spoke, tools with arguments and results.

    Whatever somebody said stands inside a fence that it cannot end, with invisible characters made
    visible: the page shows no image, link or heading that a model or a tool thought up.
    """
    head = conversation.head
    items = dict(conversation.items)
    lines = [f"# {_label(head.title or head.id)}", "", f"Conversation {_label(head.id)}"]
    for turn in conversation.turns:
        lines += ["", f"## {_heading(turn)}"]
        for first, last in turn.spans:
            for seq in range(first, last + 1):
                if seq in items:
                    lines += _item_lines(items.pop(seq))
    if items:
        lines += ["", "## In no turn"]
        for item in items.values():
            lines += _item_lines(item)
    return "\n".join(lines) + "\n"


def _heading(turn: TurnRecord) -> str:
    if turn.kind == "summary":
        return f"{turn.number}: summary of the turns up to {turn.covers}"
    facts = [turn.agent, turn.model, "" if turn.status == "done" else turn.status]
    return ", ".join([str(turn.number), *(_label(fact) for fact in facts if fact)])


def _item_lines(item: Item) -> Iterator[str]:
    kind = item.get("type", "message")
    match kind:
        case "message":
            role = str(item.get("role", ""))
            yield from _block_lines(_LABELS.get(role, _label(role)), _text(item.get("content")))
        case "function_call":
            name = f"Tool call {_label(str(item.get('name', '')))}"
            yield from _block_lines(name, str(item.get("arguments", "")))
        case "function_call_output":
            yield from _block_lines("Tool result", _text(item.get("output")))
        case "reasoning":
            yield from _block_lines("Reasoning", _text(item.get("summary")))
        case _:
            yield from _block_lines(
                _label(str(kind)), json.dumps(item, ensure_ascii=False, indent=2)
            )


def _text(content: object) -> str:
    """The text of a message's content, of a tool's output or of a summary of thoughts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_part(part) for part in cast("list[object]", content))
    return json.dumps(content, ensure_ascii=False, indent=2)


def _part(part: object) -> str:
    match part:
        case {"type": str(kind), "text": str(text)} if kind in _SAID:
            return text
        case {"type": "refusal", "refusal": str(refusal)}:
            return refusal
        case _:
            return json.dumps(part, ensure_ascii=False)


def _block_lines(label: str, text: str) -> Iterator[str]:
    """A labelled block whose fence is longer than any run of backticks inside."""
    text = "".join(_visible(character) for character in text.replace("\r\n", "\n"))
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from ("", f"**{label}**", "", f"{fence}text", text, fence)


def _label(text: str) -> str:
    """One line that is no markup: what Markdown or HTML could read as such is escaped."""
    visible = "".join(_visible(character) for character in text.replace("\n", " "))
    return _PUNCTUATION.sub(r"\\\1", visible)


def _visible(character: str) -> str:
    """The character, or its number if it is one that hides, steers a terminal or reverses text."""
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    return f"\\u{ord(character):04x}"
