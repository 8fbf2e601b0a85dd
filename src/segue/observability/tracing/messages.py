"""Items of a conversation in the form that OpenTelemetry's conventions give messages.

Source: gen-ai-input-messages.json and gen-ai-output-messages.json beside ``conventions.SOURCE``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

# A trace is for reading, not for keeping: the newest messages, and of each text the beginning.
MOST_MESSAGES = 20
MOST_CHARACTERS = 8_000

_Item = Mapping[str, Any]
_Message = dict[str, object]


def messages_json(items: Sequence[_Item]) -> str:
    """The newest messages as JSON text; the conventions allow text where objects are unknown."""
    messages = [_message(item) for item in items[-MOST_MESSAGES:]]
    return json.dumps(messages, ensure_ascii=False, default=str)


def short(value: object) -> str:
    """A value as text, cut to what a trace shows."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _message(item: _Item) -> _Message:
    kind = item.get("type", "message")
    if kind == "function_call":
        part: dict[str, object] = {
            "type": "tool_call",
            "id": item.get("call_id"),
            "name": item.get("name"),
            "arguments": short(item.get("arguments")),
        }
        return {"role": "assistant", "parts": [part]}
    if kind == "function_call_output":
        part = {
            "type": "tool_call_response",
            "id": item.get("call_id"),
            "response": short(item.get("output")),
        }
        return {"role": "tool", "parts": [part]}
    if "role" in item:
        return {"role": item["role"], "parts": _texts(item.get("content"))}
    return {"role": "assistant", "parts": [{"type": kind}]}


def _texts(content: object) -> list[_Message]:
    if not isinstance(content, list):
        return [{"type": "text", "content": short(content)}]
    parts = cast("list[object]", content)
    return [_part(part) for part in parts]


def _part(part: object) -> _Message:
    if not isinstance(part, Mapping):
        return {"type": "text", "content": short(part)}
    fields = cast("_Item", part)
    text = fields.get("text", fields.get("refusal"))
    if text is None:
        return {"type": fields.get("type", "unknown")}
    return {"type": "text", "content": short(text)}
