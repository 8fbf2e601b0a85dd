"""Conditions of rules. They combine: ``mentions("refund") & ~first_turn``."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from segue.llm.offline.situation import Situation

Predicate = Callable[[Situation], bool]


@dataclass(frozen=True)
class Condition:
    """A predicate that combines with others by ``&``, ``|`` and ``~``.

    Any function from a Situation to a bool serves in its place; wrap one to combine it.
    """

    holds: Predicate

    def __call__(self, situation: Situation) -> bool:
        """Whether the condition holds for this call of the model."""
        return self.holds(situation)

    def __and__(self, other: Predicate) -> "Condition":
        return Condition(lambda situation: self.holds(situation) and other(situation))

    def __or__(self, other: Predicate) -> "Condition":
        return Condition(lambda situation: self.holds(situation) or other(situation))

    def __invert__(self) -> "Condition":
        return Condition(lambda situation: not self.holds(situation))


def mentions(*words: str) -> Condition:
    """The user's last message has one of these words or phrases, whole; capitals do not matter."""
    return matches(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)")


def matches(pattern: str) -> Condition:
    """The regular expression is found in the user's last message; capitals do not matter."""
    regex = re.compile(pattern, re.IGNORECASE)
    return Condition(lambda situation: regex.search(situation.text) is not None)


def offers(*tools: str) -> Condition:
    """The agent has all of these function tools; tells namesakes apart."""
    return Condition(lambda situation: set(tools) <= set(situation.tools))


first_turn = Condition(lambda situation: len(situation.user_texts) <= 1)
"""The user has sent no more than one message so far."""

handed_over = Condition(lambda situation: situation.handed_over)
"""Another agent has just handed the conversation to this one."""
