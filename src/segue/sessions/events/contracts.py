"""What an event is, how it goes over the wire, and what text a viewer has after a row of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

Kind = Literal[
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
LAST_KINDS = frozenset({"turn.completed", "turn.failed"})  # nothing is stored after one of these
KEEP_ALIVE = b": keep-alive\n\n"  # a comment: proxies see traffic, EventSource ignores it


class TurnEvent(BaseModel, frozen=True):
    """One thing a viewer of a turn is told.

    ``call`` and ``attempt`` say whose text a ``text.delta`` is: a new attempt of the same call
    replaces the text of the one before, a new call begins another text.
    """

    turn: Annotated[str, Field(description="Id of the turn.")]
    seq: Annotated[int, Field(ge=1, description="Place in the turn: 1, 2, 3, … without a gap.")]
    call: Annotated[
        int, Field(ge=0, description="Which model call of the turn; 0: before any.")
    ] = 0
    attempt: Annotated[int, Field(ge=0, description="Which try of that call; 0: before any.")] = 0
    kind: Kind
    data: Annotated[dict[str, JsonValue], Field(description="Depends on the kind.")]
    at: Annotated[float, Field(description="When it was stored, epoch seconds.")]


@dataclass(frozen=True)
class Draft:
    """An event that has no number yet."""

    kind: Kind
    data: Mapping[str, JsonValue]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one attempt stores at once.

    Attributes:
        number: Counts the batches of this attempt from 1; one that comes a second time, because its
            acknowledgement was lost, is not stored again.
    """

    turn: str
    call: int
    attempt: int
    number: int
    drafts: tuple[Draft, ...]


def event_schema() -> dict[str, Any]:
    """The JSON Schema of an event."""
    return TurnEvent.model_json_schema()


def as_sse(event: TurnEvent | None) -> bytes:
    """One frame of an event stream; None, which says that all is well, becomes a comment.

    Source: WHATWG HTML, "Server-sent events". JSON escapes line breaks, so ``data:`` is one line.
    """
    if event is None:
        return KEEP_ALIVE
    # Not model_dump_json: half an emoji, cut between two deltas, is legal in escapes, not in UTF-8.
    body = json.dumps(
        {name: getattr(event, name) for name in TurnEvent.model_fields}, separators=(",", ":")
    )
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {body}\n\n".encode()


def folded_text(events: Iterable[TurnEvent | None]) -> str:
    """The text a viewer has after these events: that of the newest attempt of the newest call."""
    pieces: list[str] = []
    writer = (0, 0)
    for event in events:
        if event is None:
            continue
        if event.kind == "text.reset" or (event.call, event.attempt) != writer:
            pieces.clear()
            writer = (event.call, event.attempt)
        if event.kind == "text.delta":
            pieces.append(str(event.data["text"]))
    return _join(pieces)


def _join(pieces: Iterable[str]) -> str:
    """Join pieces of text: two halves of a cut emoji make one character, a lone half becomes �."""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
