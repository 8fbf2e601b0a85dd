"""From a step and a request to the bytes of the reply."""

import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from email.utils import formatdate

from tests.fakes.programs.openai_server import chat_api, responses_api
from tests.fakes.programs.openai_server.answers import Event, answer
from tests.fakes.programs.openai_server.asked import Asked
from tests.fakes.programs.openai_server.delivery import Break, Reply
from tests.fakes.programs.openai_server.scripts import UNSCRIPTED, Due
from tests.fakes.programs.openai_server.steps import HttpError, RawReply, Step

_JSON = "application/json"
_BROKEN_EVENT = b'data: {"type": "response.output_text.delta", "delta": "unfin\n\n'
_STREAM_ERROR = HttpError(status=500, message="The model failed.", type="server_error")


def reply(step: Step, asked: Asked, due: Due) -> Reply:
    """The reply of a step to a request."""
    headers = {"x-request-id": f"req_{due.serial:08x}"}
    if step.error is not None:
        return _error(step.error, headers)
    if step.raw is not None:
        return _raw(step.raw, headers)
    api = responses_api if asked.api == "responses" else chat_api
    said = answer(
        step, asked, number=due.serial, seed=f"{due.script}:{due.call.number}", now=time.time()
    )
    if asked.streamed:
        return Reply(
            status=200,
            content_type="text/event-stream; charset=utf-8",
            events=api.events(said),
            headers={**headers, "cache-control": "no-cache"},
            breaks=_stream_break(step, api.error_event()),
        )
    if step.line == "error_event" or (step.finish == "failed" and asked.api == "chat"):
        return _error(_STREAM_ERROR, headers)
    return _whole(json.dumps(api.whole(said)).encode(), step, headers)


def _stream_break(step: Step, error_event: bytes) -> Break | None:
    if step.line is None:
        return None
    last = _BROKEN_EVENT if step.line == "invalid_json" else error_event
    return Break(kind=step.line, after=step.after_chunks, last=last)


def no_step(due: Due) -> Reply:
    """The answer where the script has none: not retryable, and it says why."""
    status, code = (404, "model_not_found") if due.script == UNSCRIPTED else (400, "script_ended")
    headers = {"x-request-id": f"req_{due.serial:08x}"}
    error = HttpError(status=status, message=due.why, code=code)
    return _error(error, headers)


def _whole(body: bytes, step: Step, headers: Mapping[str, str]) -> Reply:
    if step.line == "invalid_json":
        body = body[: len(body) // 2]
    breaks = None
    if step.line is not None and step.line != "invalid_json":
        breaks = Break(kind=step.line, after=None if step.after_chunks is None else 1)
    return Reply(
        status=200,
        content_type=_JSON,
        events=_halves(body),
        headers=headers,
        length=len(body),
        breaks=breaks,
    )


def _halves(body: bytes) -> Iterator[Event]:
    middle = len(body) // 2
    yield Event(body[:middle], delta=True)
    yield Event(body[middle:], delta=True)


def _raw(raw: RawReply, headers: Mapping[str, str]) -> Reply:
    return _fixed(raw.status, raw.content_type, raw.body.encode(), headers)


def _error(error: HttpError, headers: Mapping[str, str]) -> Reply:
    told = {"message": error.message, "type": error.type, "param": None, "code": error.code}
    body = json.dumps({"error": told}).encode()
    return _fixed(error.status, _JSON, body, {**headers, **_retry_after(error)})


def _retry_after(error: HttpError) -> Mapping[str, str]:
    seconds = error.retry_after_s
    if seconds is None:
        return {}
    match error.retry_after_form:
        case "ms":
            return {"retry-after-ms": str(math.ceil(seconds * 1000))}
        case "date":
            return {"retry-after": formatdate(math.ceil(time.time() + seconds), usegmt=True)}
        case _:
            return {"retry-after": f"{seconds:g}"}


def _fixed(status: int, content_type: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    events: Iterable[Event] = (Event(body),)
    return Reply(
        status=status, content_type=content_type, events=events, headers=headers, length=len(body)
    )
