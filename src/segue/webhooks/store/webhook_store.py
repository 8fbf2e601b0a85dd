"""Webhooks and their deliveries in the database."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from segue.errors.input import InputError
from segue.errors.webhook import WebhookNotFoundError
from segue.runs.events import Event
from segue.sessions.envelopes import disclose, enclose, renew_rows
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from segue.storage.statements import upsert
from segue.webhooks.contracts import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    Subscription,
    Webhook,
    body_of,
)
from segue.webhooks.store.tables import DELIVERIES, WEBHOOKS

KEEP_S = 30 * 86_400.0  # of the delivery log
KNOWN_FOR_S = (
    5.0  # a process asks so rarely whether there are webhooks: every turn announces its end
)

_ORDER = (DELIVERIES.c.created_at.desc(), DELIVERIES.c.id)


@dataclass(frozen=True)
class Letter:
    """What one try of a delivery sends.

    Attributes:
        secrets: Those in force, the newest first.
    """

    webhook: str
    url: str
    event: str
    body: str
    secrets: tuple[str, ...] = field(repr=False)


class WebhookStore:
    """Webhooks, and the log of what they were sent.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        seal: Encrypts secrets; None: they are plain.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        seal: Seal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database.of("webhooks")
        self._seal = seal
        self._clock = clock
        self._receivers: tuple[float, list[Webhook]] = (-KNOWN_FOR_S, [])

    async def add(self, url: str, events: Sequence[Subscription], secret: str) -> Webhook:
        """Store a webhook; it is sent what happens from now on, give or take five seconds."""
        webhook = Webhook(
            id=uuid4().hex, url=url, events=tuple(dict.fromkeys(events)), created_at=self._clock()
        )
        row = {
            "id": webhook.id,
            "url": url,
            "events": " ".join(webhook.events),
            "secret": enclose(self._seal, _place(webhook.id), secret),
            "created_at": webhook.created_at,
        }
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(WEBHOOKS).values(row))
        return webhook

    async def all(self) -> list[Webhook]:
        """Every webhook, the oldest first."""
        statement = sa.select(WEBHOOKS).order_by(WEBHOOKS.c.created_at, WEBHOOKS.c.id)
        async with self._database.reading() as connection:
            return [_webhook(row) for row in await connection.execute(statement)]

    async def remove(self, webhook: str) -> None:
        """Forget a webhook with its secrets and its log; what is on its way is not sent.

        Raises:
            WebhookNotFoundError: There is none.
        """
        async with self._database.writing() as connection:
            statement = sa.delete(WEBHOOKS).where(WEBHOOKS.c.id == webhook)
            if not (await connection.execute(statement)).rowcount:
                raise _no(webhook)
            await connection.execute(sa.delete(DELIVERIES).where(DELIVERIES.c.webhook == webhook))

    async def replace_secret(self, webhook: str, secret: str, *, keep_old_s: float) -> Webhook:
        """Give a webhook a new secret.

        Args:
            webhook: Id.
            secret: The new one.
            keep_old_s: So long the present one signs too, ≥ 0 seconds.

        Raises:
            WebhookNotFoundError: There is none.
        """
        values = {
            "secret": enclose(self._seal, _place(webhook), secret),
            "old_secret": WEBHOOKS.c.secret if keep_old_s else None,
            "old_secret_until": self._clock() + keep_old_s if keep_old_s else None,
        }
        return await self._change(webhook, values)

    async def disable(self, webhook: str) -> Webhook:
        """Send it nothing any more.

        Raises:
            WebhookNotFoundError: There is none.
        """
        return await self._change(webhook, {"disabled_at": self._clock()})

    async def enable(self, webhook: str) -> Webhook:
        """Send it again what happens.

        Raises:
            WebhookNotFoundError: There is none.
        """
        return await self._change(webhook, {"disabled_at": None})

    async def enqueue(self, event: Event) -> list[str]:
        """Write down what has to be sent where; the ids of the deliveries.

        The same event again gives the same ids, and changes nothing.
        """
        receivers = [each.id for each in await self._active() if event.type in each.events]
        return [await self._put(event, each) for each in receivers]

    async def enqueue_for(self, event: Event, webhook: str) -> str:
        """The same for one webhook, whatever it is sent otherwise.

        Raises:
            WebhookNotFoundError: There is none.
        """
        if all(each.id != webhook for each in await self.all()):
            raise _no(webhook)
        return await self._put(event, webhook)

    async def letter(self, delivery: str) -> Letter | None:
        """What to send now; None: nothing any more.

        Raises:
            ConversationUnreadableError: The key that sealed the secret is not configured.
        """
        pair = sa.select(WEBHOOKS, DELIVERIES.c.event, DELIVERIES.c.body).join(
            DELIVERIES, DELIVERIES.c.webhook == WEBHOOKS.c.id
        )
        statement = pair.where(
            DELIVERIES.c.id == delivery,
            DELIVERIES.c.state == "waiting",
            WEBHOOKS.c.disabled_at.is_(None),
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        blobs = [row.secret]
        if row.old_secret is not None and row.old_secret_until > self._clock():
            blobs.append(row.old_secret)
        secrets = tuple(disclose(self._seal, _place(row.id), blob) for blob in blobs)
        return Letter(row.id, row.url, row.event, row.body, secrets)

    async def note_attempt(
        self, delivery: str, number: int, state: DeliveryState, *, status: int | None, problem: str
    ) -> None:
        """Write down how a try went; the same try again changes nothing more."""
        values = {
            "attempts": number,
            "state": state,
            "status": status,
            "problem": problem,
            "attempted_at": self._clock(),
        }
        statement = sa.update(DELIVERIES).where(DELIVERIES.c.id == delivery).values(values)
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def reopen(self, delivery: str) -> None:
        """Let a delivery be sent once more, whether it ended or not.

        Raises:
            WebhookNotFoundError: There is none.
        """
        statement = sa.update(DELIVERIES).where(DELIVERIES.c.id == delivery)
        async with self._database.writing() as connection:
            if not (await connection.execute(statement.values(state="waiting"))).rowcount:
                raise WebhookNotFoundError(f"There is no delivery {delivery!r}.")

    async def deliveries(
        self, *, webhook: str | None = None, limit: int = 50, after: str | None = None
    ) -> DeliveryPage:
        """At most ``limit`` deliveries, the newest first.

        Args:
            webhook: Only of this one; None: of all.
            limit: > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        statement = sa.select(DELIVERIES).order_by(*_ORDER).limit(limit + 1)
        if webhook is not None:
            statement = statement.where(DELIVERIES.c.webhook == webhook)
        if after is not None:
            at, last = _moment(after)
            older = DELIVERIES.c.created_at < at
            beside = sa.and_(DELIVERIES.c.created_at == at, DELIVERIES.c.id > last)
            statement = statement.where(sa.or_(older, beside))
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        following = rows[limit - 1] if len(rows) > limit else None
        return DeliveryPage(
            deliveries=tuple(_delivery(row) for row in rows[:limit]),
            next=json.dumps([following.created_at, following.id]) if following else None,
        )

    async def rewrap(self) -> int:
        """Bring all secrets under the first master key; how many were not before.

        Those whose key is not configured stay. Without master keys it does nothing.
        """
        columns = [WEBHOOKS.c.secret, WEBHOOKS.c.old_secret]
        return await renew_rows(self._database, self._seal, columns, _place)

    async def _active(self) -> list[Webhook]:
        """Webhooks that are sent something, as of a few seconds ago."""
        since, receivers = self._receivers
        now = time.monotonic()
        if now - since >= KNOWN_FOR_S:
            receivers = [each for each in await self.all() if each.disabled_at is None]
            self._receivers = (now, receivers)
        return receivers

    async def _put(self, event: Event, webhook: str) -> str:
        delivery = sha256(f"{webhook} {event.id}".encode()).hexdigest()[:32]
        now = self._clock()
        row = {
            "id": delivery,
            "webhook": webhook,
            "event": event.id,
            "type": event.type,
            "body": body_of(event),
            "state": "waiting",
            "attempts": 0,
            "problem": "",
            "created_at": now,
        }
        async with self._database.writing() as connection:
            old = DELIVERIES.c.created_at < now - KEEP_S
            await connection.execute(sa.delete(DELIVERIES).where(old))
            await connection.execute(upsert(connection.dialect.name, DELIVERIES, replace=()), [row])
        return delivery

    async def _change(self, webhook: str, values: dict[str, Any]) -> Webhook:
        row = WEBHOOKS.c.id == webhook
        async with self._database.writing() as connection:
            if not (
                await connection.execute(sa.update(WEBHOOKS).where(row).values(values))
            ).rowcount:
                raise _no(webhook)
            return _webhook((await connection.execute(sa.select(WEBHOOKS).where(row))).one())


def _place(webhook: str) -> str:
    return f"webhook {webhook}"


def _no(webhook: str) -> WebhookNotFoundError:
    return WebhookNotFoundError(f"There is no webhook {webhook!r}.")


def _webhook(row: sa.Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(row.events.split()),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        old_secret_until=row.old_secret_until,
    )


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook=row.webhook,
        event=row.event,
        type=row.type,
        state=row.state,
        attempts=row.attempts,
        status=row.status,
        problem=row.problem,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
    )


def _moment(place: str) -> tuple[float, str]:
    try:
        at, last = json.loads(place)
        return float(at), str(last)
    except (ValueError, TypeError):
        raise InputError(
            f"{place!r} is no place in the log of deliveries.", hint="Take `next` as it came."
        ) from None
