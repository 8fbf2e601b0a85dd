"""Answers in the shape of OpenAI's Chat Completions.

Source: the types of the openai package 3.54 (``openai.types.chat``). ``reasoning_content`` is no
field of OpenAI's; servers that follow its API use it, and LiteLLM and any-llm read it.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.programs.openai_server.answers import Answer, Event
from tests.fakes.programs.openai_server.steps import Reasoning, Refusal, Text, ToolCall

Json = dict[str, Any]
_FAILURE = {
    "error": {
        "message": "The model failed to answer.",
        "type": "server_error",
        "param": None,
        "code": "server_error",
    }
}


def whole(answer: Answer) -> Json:
    """The body of an answer that does not stream."""
    choice = {
        "index": 0,
        "message": _message(answer),
        "logprobs": None,
        "finish_reason": _finish(answer),
    }
    return _frame(answer, "chat.completion") | {"choices": [choice], "usage": _usage(answer)}


def events(answer: Answer) -> Iterator[Event]:
    """The events of an answer that streams."""
    yield _chunk(answer, {"role": "assistant", "content": "", "refusal": None})
    for delta in _deltas(answer):
        yield _chunk(answer, delta, delta=True)
    if answer.finish == "failed":
        yield Event(error_event(), last=True)
        return
    yield _chunk(answer, {}, finish=_finish(answer))
    if answer.with_usage:
        last = _frame(answer, "chat.completion.chunk") | {"choices": [], "usage": _usage(answer)}
        yield Event(_encoded(last))
    yield Event(b"data: [DONE]\n\n")


def error_event() -> bytes:
    """The event that ends a stream with an error."""
    return _encoded(_FAILURE)


def _deltas(answer: Answer) -> Iterator[Json]:
    call = 0
    for at, part in enumerate(answer.parts):
        match part:
            case Text():
                yield from ({"content": piece} for piece in answer.chunks(part.text))
            case Refusal():
                yield from ({"refusal": piece} for piece in answer.chunks(part.text))
            case Reasoning():
                yield from ({"reasoning_content": piece} for piece in answer.chunks(part.text))
            case ToolCall():
                begun = _call(answer, at, part.name, "")
                yield {"tool_calls": [{"index": call, **begun}]}
                for piece in answer.chunks(part.arguments):
                    yield {"tool_calls": [{"index": call, "function": {"arguments": piece}}]}
                call += 1


def _message(answer: Answer) -> Json:
    calls = [
        _call(answer, at, part.name, part.arguments)
        for at, part in enumerate(answer.parts)
        if isinstance(part, ToolCall)
    ]
    says_text = not answer.parts or any(isinstance(part, Text) for part in answer.parts)
    message: Json = {
        "role": "assistant",
        "content": _joined(answer, Text) if says_text else None,
        "refusal": _joined(answer, Refusal) or None,
        "annotations": [],
    }
    if calls:
        message["tool_calls"] = calls
    if reasoning := _joined(answer, Reasoning):
        message["reasoning_content"] = reasoning
    return message


def _joined(answer: Answer, kind: type[Text | Refusal | Reasoning]) -> str:
    return "".join(part.text for part in answer.parts if isinstance(part, kind))


def _call(answer: Answer, at: int, name: str, arguments: str) -> Json:
    return {
        "id": f"call_{answer.number:08x}{at:03x}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _finish(answer: Answer) -> str:
    if answer.finish != "complete":
        return answer.finish
    called = any(isinstance(part, ToolCall) for part in answer.parts)
    return "tool_calls" if called else "stop"


def _chunk(
    answer: Answer, content: Json, *, delta: bool = False, finish: str | None = None
) -> Event:
    choice = {"index": 0, "delta": content, "logprobs": None, "finish_reason": finish}
    frame = _frame(answer, "chat.completion.chunk") | {"choices": [choice]}
    usage = {"usage": None} if answer.with_usage else {}
    return Event(_encoded(frame | usage), delta=delta, last=finish is not None)


def _encoded(data: Json) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _frame(answer: Answer, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{answer.number:08x}",
        "object": kind,
        "created": int(answer.created),
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
    }


def _usage(answer: Answer) -> Json:
    usage = answer.usage
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning, "audio_tokens": 0},
    }
