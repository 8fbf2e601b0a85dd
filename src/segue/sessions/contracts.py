"""What workflows and the activities of a session tell each other.

Lives in histories: fields are never renamed and never get another meaning; new ones have defaults.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

SESSION_GET = "segue-session-get"
SESSION_ADD = "segue-session-add"
SESSION_POP = "segue-session-pop"
SESSION_CLEAR = "segue-session-clear"


class SessionQuestion(BaseModel):
    """Which items are asked for; ``limit``: so many of the newest, None: all."""

    model_config = ConfigDict(frozen=True)

    conversation: str
    limit: int | None = None


class SessionChange(BaseModel):
    """A change, named by the workflow so that its repetition changes nothing."""

    model_config = ConfigDict(frozen=True)

    conversation: str
    operation: str
    items: list[dict[str, Any]] = []


class SessionItems(BaseModel):
    """Items in order."""

    model_config = ConfigDict(frozen=True)

    items: list[dict[str, Any]] = []
