"""Webhooks, what they are sent, and how each delivery went."""

import json
from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import BaseModel

from segue.runs.events import Event, EventType

LONGEST_URL = 2_000  # characters

Subscription = Literal["approval.waiting", "turn.ended", "sync.ended", "reviews.waiting"]
SUBSCRIPTIONS: tuple[Subscription, ...] = get_args(Subscription)

DeliveryState = Literal["waiting", "delivered", "failed"]


def body_of(event: Event) -> str:
    """What is sent: JSON, the same text at each try, as its signature covers every byte.

    Source: the payload structure of the Standard Webhooks specification.
    """
    moment = datetime.fromtimestamp(event.at, UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": event.type, "timestamp": moment, "data": event.data})


class Webhook(BaseModel, frozen=True):
    """An address that is sent events; times are epoch seconds.

    Attributes:
        events: What it is sent.
        disabled_at: Since then it is sent nothing: its receiver answered that it is gone.
        old_secret_until: Until then the secret before the present one signs too.
    """

    id: str
    url: str
    events: tuple[Subscription, ...]
    created_at: float
    disabled_at: float | None = None
    old_secret_until: float | None = None


class NewWebhook(BaseModel, frozen=True):
    """A webhook and its new secret, which is shown once."""

    webhook: Webhook
    secret: str

    def __repr__(self) -> str:
        """Without the secret, which a log or a traceback might show."""
        return f"NewWebhook({self.webhook!r})"


class Delivery(BaseModel, frozen=True):
    """One event on its way to one webhook; times are epoch seconds.

    Attributes:
        event: Id of the event, which receivers see as ``webhook-id``.
        attempts: How often it was sent.
        status: HTTP status of the last answer; None: there was none.
        problem: Why the last try failed; empty: it did not.
        attempted_at: When the last try ended.
    """

    id: str
    webhook: str
    event: str
    type: EventType
    state: DeliveryState
    attempts: int
    status: int | None
    problem: str
    created_at: float
    attempted_at: float | None


class DeliveryPage(BaseModel, frozen=True):
    """Some deliveries, the newest first.

    Attributes:
        next: What to ask for the page after this one with; None: this is the last.
    """

    deliveries: tuple[Delivery, ...]
    next: str | None = None
