"""What a file of ``patterns`` says of itself in its ``PATTERN``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from segue.gallery.tools.toolbox import Toolbox
from segue.llm.offline.rules import AgentRules

Activities = Callable[[Toolbox], Sequence[Callable[..., Any]]]


@dataclass(frozen=True, init=False)
class Sample:
    """An input that shows a pattern, and what the offline answer to it has.

    Attributes:
        arguments: Of the workflow, by position.
        answer: Regular expressions, each found in the answer; what is no text is looked at as JSON.
    """

    arguments: tuple[Any, ...]
    answer: tuple[str, ...]

    def __init__(self, *arguments: Any, answer: str | tuple[str, ...]) -> None:  # noqa: ANN401 - each workflow has its own
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "answer", (answer,) if isinstance(answer, str) else answer)

    def lacks(self, answer: object) -> list[str]:
        """The expressions that are not found in an answer."""
        text = answer if isinstance(answer, str) else to_json(answer).decode()
        return [each for each in self.answer if not re.search(each, text)]


def _none(_: Toolbox) -> Sequence[Callable[..., Any]]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern of agents: what it is for, what runs, and what the offline model says in it.

    Attributes:
        title: A few words.
        shows: What it shows, one sentence.
        when: When to use it, one sentence.
        when_not: When something else is better, and what.
        durable: What outlives the death of the worker, and where it goes on; one or two sentences.
        adapt: How to make it one's own, one or two sentences.
        workflow: The class that clients start.
        children: Further workflows that it starts.
        samples: Inputs that show it; the first is taken where none is given.
        activities: Those that it needs, of the tools that a worker has.
        rules: What the offline model answers for its agents. Their names are the pattern's alone.
    """

    title: str
    shows: str
    when: str
    when_not: str
    durable: str
    adapt: str
    workflow: type
    children: tuple[type, ...] = ()
    samples: tuple[Sample, ...]
    activities: Activities = _none
    rules: tuple[AgentRules, ...]

    @property
    def has_activities(self) -> bool:
        """Whether it needs more than models."""
        return self.activities is not _none
