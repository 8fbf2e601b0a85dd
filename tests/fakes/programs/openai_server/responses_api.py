"""Answers in the shape of OpenAI's Responses API.

Source: the types of the openai package 3.54 (``openai.types.responses``) and the order in which its
client and the Agents SDK read the events.
"""

import json
from collections.abc import Iterator
from typing import Any, assert_never

from tests.fakes.programs.openai_server.answers import Answer, Event
from tests.fakes.programs.openai_server.steps import Part, Reasoning, Refusal, Text, ToolCall

Json = dict[str, Any]
_FAILURE = {"code": "server_error", "message": "The model failed to answer."}
_LAST = {"response.completed", "response.incomplete", "response.failed"}


def whole(answer: Answer) -> Json:
    """The body of an answer that does not stream."""
    output = [_item(answer, at, part) for at, part in enumerate(answer.parts)]
    body = _frame(answer) | {"output": output, "usage": _usage(answer), "status": "completed"}
    if answer.finish == "failed":
        return body | {"status": "failed", "error": _FAILURE, "output": []}
    if answer.finish != "complete":
        reason = "max_output_tokens" if answer.finish == "length" else answer.finish
        return body | {"status": "incomplete", "incomplete_details": {"reason": reason}}
    return body


def events(answer: Answer) -> Iterator[Event]:
    """The events of an answer that streams."""
    for number, (kind, fields) in enumerate(_stream(answer)):
        data = json.dumps({"type": kind, "sequence_number": number, **fields})
        event = f"event: {kind}\ndata: {data}\n\n".encode()
        yield Event(event, delta=kind.endswith(".delta"), last=kind in _LAST)


def error_event() -> bytes:
    """The event that ends a stream with an error."""
    fields: Json = {"type": "error", **_FAILURE, "param": None, "sequence_number": 99}
    return f"event: error\ndata: {json.dumps(fields)}\n\n".encode()


def _stream(answer: Answer) -> Iterator[tuple[str, Json]]:
    started = {"response": _frame(answer)}
    yield "response.created", started
    yield "response.in_progress", started
    for at, part in enumerate(answer.parts):
        yield from _item_events(answer, at, part)
    last = whole(answer)
    yield f"response.{last['status']}", {"response": last}


def _item_events(answer: Answer, at: int, part: Part) -> Iterator[tuple[str, Json]]:
    item = _item(answer, at, part)
    yield "response.output_item.added", {"output_index": at, "item": item | _unfilled(part)}
    for kind, fields in _content_events(answer, part):
        yield f"response.{kind}", {"output_index": at, "item_id": item["id"], **fields}
    yield "response.output_item.done", {"output_index": at, "item": item}


def _content_events(answer: Answer, part: Part) -> Iterator[tuple[str, Json]]:
    match part:
        case Text():
            yield "content_part.added", {"content_index": 0, "part": _text_part("")}
            for piece in answer.chunks(part.text):
                yield "output_text.delta", {"content_index": 0, "delta": piece, "logprobs": []}
            done = {"content_index": 0, "text": part.text, "logprobs": []}
            yield "output_text.done", done
            yield "content_part.done", {"content_index": 0, "part": _text_part(part.text)}
        case Refusal():
            yield "content_part.added", {"content_index": 0, "part": _refusal_part("")}
            for piece in answer.chunks(part.text):
                yield "refusal.delta", {"content_index": 0, "delta": piece}
            yield "refusal.done", {"content_index": 0, "refusal": part.text}
            yield "content_part.done", {"content_index": 0, "part": _refusal_part(part.text)}
        case Reasoning():
            yield "reasoning_summary_part.added", {"summary_index": 0, "part": _summary("")}
            for piece in answer.chunks(part.text):
                yield "reasoning_summary_text.delta", {"summary_index": 0, "delta": piece}
            yield "reasoning_summary_text.done", {"summary_index": 0, "text": part.text}
            yield "reasoning_summary_part.done", {"summary_index": 0, "part": _summary(part.text)}
        case ToolCall():
            for piece in answer.chunks(part.arguments):
                yield "function_call_arguments.delta", {"delta": piece}
            done = {"name": part.name, "arguments": part.arguments}
            yield "function_call_arguments.done", done
        case _:
            assert_never(part)


def _item(answer: Answer, at: int, part: Part) -> Json:
    serial = f"{answer.number:08x}{at:03x}"
    match part:
        case Text():
            return _message(serial, _text_part(part.text))
        case Refusal():
            return _message(serial, _refusal_part(part.text))
        case Reasoning():
            return {"id": f"rs_{serial}", "type": "reasoning", "summary": [_summary(part.text)]}
        case ToolCall():
            return {
                "id": f"fc_{serial}",
                "type": "function_call",
                "status": "completed",
                "call_id": f"call_{serial}",
                "name": part.name,
                "arguments": part.arguments,
            }
        case _:
            assert_never(part)


def _unfilled(part: Part) -> Json:
    """The fields of an item that has only begun."""
    match part:
        case Reasoning():
            return {"summary": []}
        case ToolCall():
            return {"status": "in_progress", "arguments": ""}
        case _:
            return {"status": "in_progress", "content": []}


def _message(serial: str, content: Json) -> Json:
    return {
        "id": f"msg_{serial}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [content],
    }


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _refusal_part(text: str) -> Json:
    return {"type": "refusal", "refusal": text}


def _summary(text: str) -> Json:
    return {"type": "summary_text", "text": text}


def _frame(answer: Answer) -> Json:
    return {
        "id": f"resp_{answer.number:08x}",
        "object": "response",
        "created_at": int(answer.created),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": answer.model,
        "output": [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None,
        "user": None,
    }


def _usage(answer: Answer) -> Json:
    usage = answer.usage
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }
