"""What people do with webhooks: the same for commands and routes."""

import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from temporalio.client import Client

from segue.errors.webhook import WebhookError
from segue.runs.events import Event
from segue.webhooks.contracts import DeliveryPage, NewWebhook, Subscription, Webhook
from segue.webhooks.sending.addresses import AllowedHosts, check_url
from segue.webhooks.sending.signing import new_secret
from segue.webhooks.service.announcing import start_delivery
from segue.webhooks.store.webhook_store import WebhookStore

MOST_WEBHOOKS = 50  # every one is a delivery of each event
DAY_S = 86_400.0


class Webhooks:
    """Webhooks of this installation.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        store: Of a migrated database.
        hosts: Private hosts that may be called.
        client: Of the configured namespace; opened when something is sent.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        store: WebhookStore,
        hosts: AllowedHosts,
        client: Callable[[], Awaitable[Client]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._hosts = hosts
        self._client = client
        self._clock = clock

    async def add(self, url: str, events: Sequence[Subscription]) -> NewWebhook:
        """Send events to a URL from now on.

        Args:
            url: Public and https, or of a host that is allowed.
            events: At least one.

        Raises:
            WebhookAddressError: It may not be called.
            WebhookError: No event, or too many webhooks.
        """
        check_url(url, self._hosts)
        if not events:
            raise WebhookError("Expected at least one event to send; got none.")
        if len(await self._store.all()) >= MOST_WEBHOOKS:
            raise WebhookError(
                f"There are {MOST_WEBHOOKS} webhooks, which is the most.",
                hint="Remove one that nobody needs: `segue webhooks remove ID`.",
            )
        secret = new_secret()
        return NewWebhook(webhook=await self._store.add(url, events, secret), secret=secret)

    async def list(self) -> list[Webhook]:
        """Every webhook, the oldest first; never their secrets."""
        return await self._store.all()

    async def remove(self, webhook: str) -> None:
        """Forget a webhook; what is on its way is not sent.

        Raises:
            WebhookNotFoundError: There is none.
        """
        await self._store.remove(webhook)

    async def rotate(self, webhook: str, *, keep_old_s: float = DAY_S) -> NewWebhook:
        """Give a webhook a new secret.

        Args:
            webhook: Id.
            keep_old_s: So long the present one signs too, ≥ 0 seconds.

        Raises:
            WebhookNotFoundError: There is none.
        """
        secret = new_secret()
        webhook_row = await self._store.replace_secret(webhook, secret, keep_old_s=keep_old_s)
        return NewWebhook(webhook=webhook_row, secret=secret)

    async def enable(self, webhook: str) -> Webhook:
        """Send a webhook events again, after its receiver said that it was gone.

        Raises:
            WebhookNotFoundError: There is none.
        """
        return await self._store.enable(webhook)

    async def test(self, webhook: str) -> str:
        """Send a webhook an event of type ``webhook.test``; the id of the delivery.

        Raises:
            SegueError: Temporal did not take it.
            WebhookNotFoundError: There is none.
        """
        event = Event(
            id=f"evt_{uuid4().hex}",
            type="webhook.test",
            at=self._clock(),
            data={"webhook": webhook},
        )
        delivery = await self._store.enqueue_for(event, webhook)
        await start_delivery(await self._client(), delivery)
        return delivery

    async def deliveries(
        self, webhook: str | None = None, *, limit: int = 50, after: str | None = None
    ) -> DeliveryPage:
        """What was sent in the last 30 days, the newest first.

        Args:
            webhook: Only to this one; None: to all.
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        return await self._store.deliveries(webhook=webhook, limit=limit, after=after)

    async def send_again(self, delivery: str) -> None:
        """Send a delivery once more, under the same event id.

        Raises:
            SegueError: Temporal did not take it.
            WebhookNotFoundError: There is no such delivery, or its webhook is gone.
        """
        await self._store.reopen(delivery)
        await start_delivery(await self._client(), delivery, again=True)
