"""What a run asks people, as workflows, tables and faces know it."""

import hashlib
from typing import Literal

from pydantic import BaseModel, computed_field


class Question(BaseModel, frozen=True):
    """Something that waits for a person.

    Attributes:
        id: Of the tool call or the budget question.
        kind: What is asked: to run a tool, or to go on past a budget.
        tool: Name of the tool; empty for a budget.
        arguments: Of the tool, JSON text as the model wrote it.
        question: One sentence for a person.
        agent: Who wants it.
        asked_at: Epoch seconds, as the workflow counts time.
        expires_at: Epoch seconds of the deadline, at which silence becomes the answer.
        asked_of: Who is asked now; empty: whoever may decide.
    """

    id: str
    kind: Literal["tool", "budget"] = "tool"
    tool: str = ""
    arguments: str = ""
    question: str = ""
    agent: str = ""
    turn: str | None = None
    asked_at: float = 0.0
    expires_at: float = 0.0
    asked_of: str = ""

    @computed_field
    @property
    def arguments_sha256(self) -> str:
        """Hex digest of ``arguments``; a decision that names it holds for these alone."""
        return sha256_of(self.arguments)


def sha256_of(text: str) -> str:
    """Hex digest of a text, so that a record can name it without showing it."""
    return hashlib.sha256(text.encode()).hexdigest()
