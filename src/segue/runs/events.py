"""What happens to runs and waits for people, for whoever wants to be told."""

import hashlib
import json
from typing import Literal, Protocol

from pydantic import BaseModel, JsonValue

EventType = Literal[
    "approval.waiting", "turn.ended", "sync.ended", "reviews.waiting", "webhook.test"
]


class Event(BaseModel, frozen=True):
    """Something that happened, without what anybody said.

    Attributes:
        id: The same for the same happening, however often it is announced; letters, digits, ``_``
            and ``-``, at most 64.
        at: Epoch seconds.
        data: Ids, counts and states. Content stays behind the API, where its reader has a key.
    """

    id: str
    type: EventType
    at: float
    data: dict[str, JsonValue]


def event_id(type: EventType, *parts: str) -> str:  # noqa: A002 - the word receivers see
    """The id of the event about ``parts``: the same parts always give the same id."""
    text = json.dumps([type, *parts])
    return f"evt_{hashlib.sha256(text.encode()).hexdigest()[:40]}"


class Announce(Protocol):
    """Whoever tells others of events."""

    async def __call__(self, event: Event) -> None:
        """Announce an event; the same one again is told once."""
        ...


async def announce_nothing(event: Event) -> None:
    """Tell nobody."""
    del event
