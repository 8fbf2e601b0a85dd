"""Steps in which something goes wrong, and the table of all of them."""

from collections.abc import Mapping
from typing import Literal, Unpack

from tests.fakes.programs.openai_server.steps import (
    HttpError,
    Pace,
    RawReply,
    Step,
    refusal,
    structured,
    text,
    tokens,
    tool_calls,
    words,
)

PARTIAL = "This answer ends before it is whole."


def http_error(
    status: int,
    message: str = "Scripted error.",
    *,
    code: str | None = None,
    **options: Unpack[Pace],
) -> Step:
    """Any status with an error body."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return Step(error=HttpError(status=status, message=message, type=kind, code=code), **options)


def bad_request(**options: Unpack[Pace]) -> Step:
    """400: a parameter that is not known."""
    return http_error(400, "Unknown parameter: 'scripted'.", code="unknown_parameter", **options)


def unauthorized(**options: Unpack[Pace]) -> Step:
    """401: a wrong key."""
    message = "Incorrect API key provided: scri****ting."
    return http_error(401, message, code="invalid_api_key", **options)


def model_not_found(**options: Unpack[Pace]) -> Step:
    """404: no such model."""
    message = "The model `scripted` does not exist or you do not have access to it."
    return http_error(404, message, code="model_not_found", **options)


def rate_limited(
    retry_after_s: float | None = None,
    form: Literal["seconds", "ms", "date"] = "seconds",
    **options: Unpack[Pace],
) -> Step:
    """429: too many requests; come back in ``retry_after_s``, told in this form."""
    error = HttpError(
        status=429,
        message="Rate limit reached for requests.",
        type="requests",
        code="rate_limit_exceeded",
        retry_after_s=retry_after_s,
        retry_after_form=form,
    )
    return Step(error=error, **options)


def quota_exceeded(**options: Unpack[Pace]) -> Step:
    """429 that no waiting helps: the account is empty."""
    error = HttpError(
        status=429,
        message="You exceeded your current quota, please check your plan and billing details.",
        type="insufficient_quota",
        code="insufficient_quota",
    )
    return Step(error=error, **options)


def server_error(**options: Unpack[Pace]) -> Step:
    """500."""
    return http_error(500, "The server had an error while processing your request.", **options)


def overloaded(**options: Unpack[Pace]) -> Step:
    """503."""
    return http_error(503, "The engine is currently overloaded, please try again.", **options)


def gateway_page(**options: Unpack[Pace]) -> Step:
    """502 with the HTML page of a proxy."""
    page = RawReply(status=502, body="<html><h1>502 Bad Gateway</h1></html>")
    return Step(raw=page, **options)


def content_filtered(**options: Unpack[Pace]) -> Step:
    """400: the prompt was refused by a filter."""
    message = "The response was filtered due to the prompt triggering content management policy."
    return http_error(400, message, code="content_filter", **options)


def answer_filtered(**options: Unpack[Pace]) -> Step:
    """The filter stops the answer in its middle: ``finish_reason`` is ``content_filter``."""
    return text(PARTIAL, finish="content_filter", **options)


def context_too_long(**options: Unpack[Pace]) -> Step:
    """400: more tokens than the model takes."""
    message = "This model's maximum context length is 8192 tokens. Your input is 9000 tokens long."
    return http_error(400, message, code="context_length_exceeded", **options)


def slow_first_byte(seconds: float, *, times: int | None = 1) -> Step:
    """A good answer that is long in coming."""
    return text("late", first_byte_after_s=seconds, times=times)


def hang(**options: Unpack[Pace]) -> Step:
    """Not even a status line, until the client gives up."""
    return Step(line="stall", after_chunks=None, **options)


def stall(after_chunks: int = 1, **options: Unpack[Pace]) -> Step:
    """Silence within the answer, until the client gives up."""
    return text(PARTIAL, line="stall", after_chunks=after_chunks, **options)


def cut_before_headers(**options: Unpack[Pace]) -> Step:
    """The connection ends where the status line was due."""
    return Step(line="cut", after_chunks=None, **options)


def cut(after_chunks: int = 1, **options: Unpack[Pace]) -> Step:
    """The connection ends within the answer."""
    return text(PARTIAL, line="cut", after_chunks=after_chunks, **options)


def invalid_json(**options: Unpack[Pace]) -> Step:
    """200 and ``application/json``, but the JSON ends in its middle; so does a stream's event."""
    return text(PARTIAL, line="invalid_json", **options)


def not_json(**options: Unpack[Pace]) -> Step:
    """200 with an HTML page, as the login page of a proxy comes."""
    return Step(raw=RawReply(body="<html><h1>Sign in to continue</h1></html>"), **options)


def error_event(after_chunks: int = 1, **options: Unpack[Pace]) -> Step:
    """A stream that ends in an error event; 500 where nothing is streamed."""
    return text(PARTIAL, line="error_event", after_chunks=after_chunks, **options)


def failed(**options: Unpack[Pace]) -> Step:
    """The response has status ``failed``; an error in Chat Completions."""
    return text(PARTIAL, finish="failed", **options)


def truncated_arguments(tool: str = "get_weather", **options: Unpack[Pace]) -> Step:
    """Tool arguments that are no JSON."""
    return tool_calls([(tool, '{"city": "Ber')], **options)


def unknown_tool(**options: Unpack[Pace]) -> Step:
    """A tool that nobody offered."""
    return tool_calls([("no_such_tool", "{}")], **options)


def broken_structure(**options: Unpack[Pace]) -> Step:
    """JSON that fits no schema of ours."""
    return structured({"no_such_field": [1, None]}, **options)


def malformed_structure(**options: Unpack[Pace]) -> Step:
    """A structured answer that is not JSON."""
    return text('{"title": "Jol', **options)


def empty(**options: Unpack[Pace]) -> Step:
    """An answer without output."""
    return Step(**options)


def cut_short(**options: Unpack[Pace]) -> Step:
    """The answer reached the limit of its tokens."""
    return text(PARTIAL, finish="length", **options)


def huge_reply(size: int = 5_000_000, **options: Unpack[Pace]) -> Step:
    """A reply of this many bytes."""
    options.setdefault("chunk_chars", 4096)
    return words(size, **options)


def long_answer(count: int = 50_000, **options: Unpack[Pace]) -> Step:
    """A long answer, one delta a token, as fast as the line takes it."""
    return tokens(count, **options)


FAULTS: Mapping[str, Step] = {
    "bad request (400)": bad_request(),
    "wrong key (401)": unauthorized(),
    "unknown model (404)": model_not_found(),
    "rate limit (429), Retry-After in seconds": rate_limited(1),
    "rate limit (429), retry-after-ms": rate_limited(0.2, "ms"),
    "rate limit (429), Retry-After as a date": rate_limited(1, "date"),
    "rate limit (429), no hint": rate_limited(),
    "quota used up (429)": quota_exceeded(),
    "server error (500)": server_error(),
    "proxy page (502)": gateway_page(),
    "overloaded (503)": overloaded(),
    "prompt filtered (400)": content_filtered(),
    "answer filtered": answer_filtered(),
    "context too long (400)": context_too_long(),
    "slow first byte": slow_first_byte(0.5),
    "no answer at all": hang(),
    "silence mid-answer": stall(),
    "cut before the headers": cut_before_headers(),
    "cut mid-answer": cut(),
    "invalid JSON": invalid_json(),
    "not JSON (200)": not_json(),
    "error mid-stream": error_event(),
    "response failed": failed(),
    "truncated tool arguments": truncated_arguments(),
    "unknown tool": unknown_tool(),
    "structured output of another shape": broken_structure(),
    "structured output that is no JSON": malformed_structure(),
    "refusal": refusal(),
    "empty output": empty(),
    "answer at its token limit": cut_short(),
    "5 MB reply": huge_reply(),
    "50,000-token answer": long_answer(),
}
"""Each fault by its name, once; ``step.model_copy(update={"times": k})`` repeats it."""
