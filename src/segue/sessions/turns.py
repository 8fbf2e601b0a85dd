"""Turns: which items of a conversation belong together, and which of them a model is shown."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

Item = dict[str, Any]  # a Responses input item, as JSON has it
Span = tuple[int, int]  # first and last sequence number, both included; last < first: nothing

TOKEN_BYTES = 4  # OpenAI's rule of thumb for English; JSON's own marks make it err on the high side


class TurnRecord(BaseModel):
    """One closed turn. Stored and exported: fields are only ever added, with defaults.

    Attributes:
        kind: ``turn``: an agent answered; ``items``: added by hand or by an SDK session;
            ``summary``: stands for all turns up to ``covers``.
        spans: Its items, in the order a model is shown them. What is in no span is kept and shown
            to no model (the tries of a failed turn, say).
        status: The caller's word for how it ended; the store does not read it.
        agent: Who answered.
        model: What answered.
        text_seq: Which item is the final answer; None: there is none.
        covers: Of a summary, the last turn that it stands for; else 0.
        tokens: What its items take in a prompt; 0: the store estimates when it closes the turn.
        note: The caller's own facts; sealed like the items.
        number: 1-based, given by the store.
        created_at: Epoch seconds, given by the store.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["turn", "items", "summary"] = "turn"
    spans: tuple[Span, ...] = ()
    status: str = "done"
    agent: str = ""
    model: str = ""
    text_seq: int | None = None
    covers: int = 0
    tokens: int = 0
    note: dict[str, Any] = {}
    number: int = 0
    created_at: float = 0.0


class Outline(NamedTuple):
    """The part of a ``TurnRecord`` that a prompt needs, quicker to make than the whole."""

    number: int
    kind: str
    spans: tuple[Span, ...]
    covers: int


_Turn = TypeVar("_Turn", TurnRecord, Outline)


def estimated_tokens(size: int) -> int:
    """Tokens for ``size`` bytes of items as compact JSON: a quarter of it, rounded up."""
    return -(-size // TOKEN_BYTES)


def text_of(item: Item) -> str:
    """The text of a message as it is stored; "" where it has none."""
    content = item.get("content")
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content or ())


def prompt_turns(turns: Sequence[_Turn]) -> list[_Turn]:
    """Of ``turns``, in order, those that a model is shown: the newest summary and what follows.

    A summary has a higher number than turns it does not cover; these come after it all the same.
    """
    newest = newest_summary(turns)
    after = newest.covers if newest else 0
    rest = [turn for turn in turns if turn.kind != "summary" and turn.number > after]
    return [newest, *rest] if newest else rest


def newest_summary(turns: Sequence[_Turn]) -> _Turn | None:
    """The last turn of kind ``summary``."""
    return next((turn for turn in reversed(turns) if turn.kind == "summary"), None)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Merge spans of sequence numbers: ascending, and as few as can be."""
    result: list[Span] = []
    for first, last in sorted(span for span in spans if span[0] <= span[1]):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result
