"""Queue, names and payloads of deliveries; frozen once released."""

from pydantic import BaseModel

from segue.webhooks.contracts import DeliveryState

WEBHOOKS_QUEUE = "webhooks"
DELIVERY_WORKFLOW = "WebhookDelivery"
DELIVER = "deliver-webhook"


class DeliveryAttempt(BaseModel, frozen=True):
    """One try.

    Attributes:
        delivery: Id; what is sent, and the secret that signs it, stay in the database.
        number: 1-based.
        is_last: No other follows.
    """

    delivery: str
    number: int
    is_last: bool = False


class DeliveryResult(BaseModel, frozen=True):
    """How a try went.

    Attributes:
        state: ``waiting``: try again.
        retry_after_s: How long the receiver wants to be left alone; None: it did not say.
    """

    state: DeliveryState
    retry_after_s: float | None = None
