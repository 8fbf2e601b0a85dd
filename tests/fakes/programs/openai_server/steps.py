"""What a script is made of: steps and the parts of an answer; they are the control wire too."""

import json
from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field

CHUNK_CHARS = 16


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Model):
    """A message of the assistant."""

    type: Literal["text"] = "text"
    text: str


class Refusal(_Model):
    """The model declines, in the field made for it."""

    type: Literal["refusal"] = "refusal"
    text: str


class Reasoning(_Model):
    """A reasoning item with this summary; ``reasoning_content`` in Chat Completions."""

    type: Literal["reasoning"] = "reasoning"
    text: str


class ToolCall(_Model):
    """A call of a tool, or a handoff: that is a tool named ``transfer_to_...``.

    Attributes:
        arguments: Sent as it is, valid JSON or not.
    """

    type: Literal["tool_call"] = "tool_call"
    name: str
    arguments: str = "{}"


class Echo(_Model):
    """A rule: the text of the last user message."""

    type: Literal["echo"] = "echo"


class Words(_Model):
    """A rule: a text of random words, new ones for each call, the same in each run.

    Attributes:
        size: Length in bytes.
    """

    type: Literal["words"] = "words"
    size: int = 2048


class Tokens(_Model):
    """A rule: a text of this many tokens of 4 characters each (three letters and a space)."""

    type: Literal["tokens"] = "tokens"
    count: int


class UseTool(_Model):
    """A rule: call a tool, one call at a time, until the turn holds ``times`` results; then answer.

    It counts the tool results since the last user message, so a repeated request gets the same.

    Attributes:
        arguments: ``$n`` in it becomes the number of the call within the turn, from 1.
        size: Length in bytes of the final answer of random words; None: the last user message.
    """

    type: Literal["use_tool"] = "use_tool"
    tool: str
    arguments: str = "{}"
    times: int = 1
    size: int | None = None


Part = Text | Refusal | Reasoning | ToolCall
Rule = Echo | Words | Tokens | UseTool
AnyPart = Annotated[Part | Rule, Field(discriminator="type")]


class Usage(_Model):
    """Token numbers that the answer reports.

    Attributes:
        cached: Of ``input``.
        reasoning: Of ``output``.
    """

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0


class HttpError(_Model):
    """An error in the shape of OpenAI's.

    Attributes:
        retry_after_s: Told in the form of ``retry_after_form``; None: no such header.
        retry_after_form: ``seconds`` and ``date``: the header Retry-After; ``ms``: retry-after-ms.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    retry_after_s: float | None = None
    retry_after_form: Literal["seconds", "ms", "date"] = "seconds"


class RawReply(_Model):
    """A reply that is not in OpenAI's shape."""

    status: int = 200
    content_type: str = "text/html"
    body: str


Line = Literal["cut", "stall", "invalid_json", "error_event"]
Finish = Literal["complete", "length", "content_filter", "failed"]


class Pace(TypedDict, total=False):
    """What every step can say; see ``Step``."""

    usage: Usage
    first_byte_after_s: float
    between_chunks_s: float
    chunk_chars: int
    hold_after: int
    times: int | None


class Options(Pace, total=False):
    """What a good answer can say beyond that."""

    finish: Finish
    line: Line
    after_chunks: int | None


class Step(_Model):
    """One answer of a script.

    Attributes:
        parts: In this order; none is an answer without output.
        error: Instead of an answer.
        raw: Instead of an answer.
        usage: None: estimated at 4 bytes a token.
        finish: Why the model stopped. ``failed``: ``response.failed``; an error in chat.
        first_byte_after_s: Delay before the status line.
        between_chunks_s: Delay before each delta but the first; streaming only.
        chunk_chars: Characters per delta; streaming only.
        hold_after: So many deltas go out, then ``release`` is waited for; 0: before the status
            line. An answer that does not stream is held before its status line in any case.
        line: What goes wrong on the line: it is cut, falls silent, carries broken JSON, or, in a
            stream, an error event.
        after_chunks: Deltas that go out before that, at most all. An answer that does not stream
            breaks after half its body. None: before the status line (``cut`` and ``stall`` only).
        times: So many calls get this step; None: all that follow.
    """

    parts: tuple[AnyPart, ...] = ()
    error: HttpError | None = None
    raw: RawReply | None = None
    usage: Usage | None = None
    finish: Finish = "complete"
    first_byte_after_s: float = 0.0
    between_chunks_s: float = 0.0
    chunk_chars: int = Field(default=CHUNK_CHARS, ge=1)
    hold_after: int | None = None
    line: Line | None = None
    after_chunks: int | None = 1
    times: int | None = Field(default=1, ge=1)


def text(content: str, **options: Unpack[Options]) -> Step:
    """A plain answer."""
    return Step(parts=(Text(text=content),), **options)


def tool_calls(calls: Sequence[tuple[str, object]], **options: Unpack[Options]) -> Step:
    """Calls of tools, all in one answer.

    Args:
        calls: Name and arguments of each; a text is sent as it is, any other value as JSON.
        options: See ``Step``.
    """
    parts = tuple(ToolCall(name=name, arguments=_json_text(given)) for name, given in calls)
    return Step(parts=parts, **options)


def handoff(agent: str, **options: Unpack[Options]) -> Step:
    """A handoff to the agent of this name, called as the Agents SDK names it."""
    return tool_calls([(f"transfer_to_{agent.replace(' ', '_').lower()}", {})], **options)


def structured(value: object, **options: Unpack[Options]) -> Step:
    """A value as JSON text."""
    return text(json.dumps(value), **options)


def refusal(content: str = "I cannot help with that.", **options: Unpack[Options]) -> Step:
    """The model declines."""
    return Step(parts=(Refusal(text=content),), **options)


def reasoned(summary: str, answer: str, **options: Unpack[Options]) -> Step:
    """A reasoning item, then a text."""
    return Step(parts=(Reasoning(text=summary), Text(text=answer)), **options)


def echo(**options: Unpack[Options]) -> Step:
    """The last user message."""
    return Step(parts=(Echo(),), **options)


def words(size: int = 2048, **options: Unpack[Options]) -> Step:
    """``size`` bytes of random words, new ones for each call."""
    return Step(parts=(Words(size=size),), **options)


def tokens(count: int, **options: Unpack[Options]) -> Step:
    """``count`` tokens, one a delta unless ``chunk_chars`` says otherwise."""
    options.setdefault("chunk_chars", 4)
    return Step(parts=(Tokens(count=count),), **options)


def use_tool(rule: UseTool, **options: Unpack[Options]) -> Step:
    """Call a tool until the turn holds enough results, then answer."""
    return Step(parts=(rule,), **options)


def _json_text(given: object) -> str:
    return given if isinstance(given, str) else json.dumps(given)
