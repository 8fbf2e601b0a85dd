"""What a rule may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True)
class Call:
    """Call a function tool that is on offer; made by ``call``."""

    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class HandOff:
    """Let another agent take over; made by ``hand_off``.

    Attributes:
        agent: The other agent's name.
    """

    agent: str
    arguments: Mapping[str, object]


@dataclass(frozen=True)
class Output:
    """Structured output that is no Pydantic model: a dict, a list, a dataclass, a number."""

    data: object


@dataclass(frozen=True)
class Refusal:
    """Decline to answer, in these words."""

    text: str


Reply = str | BaseModel | Output | Call | Sequence[Call] | HandOff | Refusal
"""Text; structured output; one tool call, or several at once; a handoff; a refusal."""


def call(tool: str, /, **arguments: object) -> Call:
    """Call that tool. A list of these calls them all at once."""
    return Call(tool, arguments)


def hand_off(agent: str, /, **arguments: object) -> HandOff:
    """Hand the conversation to the agent of that name, with what its handoff asks for."""
    return HandOff(agent, arguments)
