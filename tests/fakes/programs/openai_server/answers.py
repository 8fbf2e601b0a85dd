"""A step, worked out for one request: the rules are applied and the tokens counted."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.fakes.programs.openai_server.asked import Asked
from tests.fakes.programs.openai_server.steps import (
    Echo,
    Finish,
    Part,
    Rule,
    Step,
    Text,
    Tokens,
    ToolCall,
    Usage,
    UseTool,
    Words,
)

_BYTES_PER_TOKEN = 4  # the usual rule of thumb for English
_WORD = 7


class Event(NamedTuple):
    """One event of a stream.

    Attributes:
        delta: Whether it carries a piece of the answer; delays and breaks count these.
        last: Whether it tells that the answer is whole.
    """

    data: bytes
    delta: bool = False
    last: bool = False


@dataclass(frozen=True)
class Answer:
    """What the model says to one request.

    Attributes:
        number: Of the request, unique while the server runs; ids are made of it.
        created: Epoch seconds.
        chunk_chars: Characters per delta.
    """

    number: int
    model: str
    parts: tuple[Part, ...]
    finish: Finish
    usage: Usage
    created: float
    chunk_chars: int
    with_usage: bool

    def chunks(self, text: str) -> Iterator[str]:
        """The text in deltas."""
        for start in range(0, len(text), self.chunk_chars):
            yield text[start : start + self.chunk_chars]


def answer(step: Step, asked: Asked, *, number: int, seed: str, now: float) -> Answer:
    """Work out a step.

    Args:
        step: The step that is due.
        asked: The request.
        number: Of the request, unique while the server runs.
        seed: Of random words.
        now: Epoch seconds.
    """
    parts = tuple(_worked_out(part, asked, seed) for part in step.parts)
    output = sum(len(_content(part)) for part in parts)
    estimated = Usage(input=_tokens(asked.size), output=_tokens(output))
    return Answer(
        number=number,
        model=asked.model,
        parts=parts,
        finish=step.finish,
        usage=step.usage or estimated,
        created=now,
        chunk_chars=step.chunk_chars,
        with_usage=asked.with_usage,
    )


def _worked_out(part: Part | Rule, asked: Asked, seed: str) -> Part:
    match part:
        case Echo():
            return Text(text=asked.user_text)
        case Words():
            return Text(text=_words(part.size, seed))
        case Tokens():
            return Text(text=_short_words(part.count, seed))
        case UseTool():
            return _tool_or_answer(part, asked, seed)
        case _:
            return part


def _tool_or_answer(rule: UseTool, asked: Asked, seed: str) -> Part:
    if asked.tool_results < rule.times:
        arguments = rule.arguments.replace("$n", str(asked.tool_results + 1))
        return ToolCall(name=rule.tool, arguments=arguments)
    return Text(text=asked.user_text if rule.size is None else _words(rule.size, seed))


def _words(size: int, seed: str) -> str:
    letters = random.Random(seed).randbytes(size // 2 + 1).hex()  # noqa: S311 - text, not a secret
    spaced = " ".join(letters[at : at + _WORD] for at in range(0, len(letters), _WORD))
    return spaced[:size]


def _short_words(count: int, seed: str) -> str:
    letters = random.Random(seed).randbytes(count * 2).hex()  # noqa: S311 - text, not a secret
    return "".join(f"{letters[at : at + 3]} " for at in range(0, count * 4, 4))


def _content(part: Part) -> str:
    return part.name + part.arguments if isinstance(part, ToolCall) else part.text


def _tokens(size: int) -> int:
    return -(-size // _BYTES_PER_TOKEN)
