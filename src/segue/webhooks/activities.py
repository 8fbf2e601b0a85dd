"""Sends events to webhooks."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

import httpx2
from temporalio import activity

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.webhook import WebhookAddressError, WebhookNotFoundError
from segue.runtime.retry_after import retry_wait
from segue.webhooks.contracts import DeliveryState
from segue.webhooks.sending.addresses import AllowedHosts, Resolve, resolve, target_of
from segue.webhooks.sending.signing import signed_headers
from segue.webhooks.store.webhook_store import Letter, WebhookStore
from segue.webhooks.wire import DELIVER, DeliveryAttempt, DeliveryResult

ANSWER_WITHIN_S = 15.0  # Source: Standard Webhooks recommends 15 to 30 seconds
AGENT = "segue-webhooks"
_LONGEST_PROBLEM = 200


class DeliveryActivities:
    """Sends what the store holds.

    Args:
        store: Of webhooks.
        hosts: Private hosts that may be called.
        look_up: Addresses of a host.
        clock: Epoch seconds.
        tls: Whom to trust; None: the system's authorities.
        answer_within_s: How long a receiver may take for a step, > 0; twice as long for all.
    """

    def __init__(
        self,
        store: WebhookStore,
        hosts: AllowedHosts,
        *,
        look_up: Resolve = resolve,
        clock: Callable[[], float] = time.time,
        tls: ssl.SSLContext | None = None,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._store = store
        self._hosts = hosts
        self._look_up = look_up
        self._clock = clock
        self._tls = tls or ssl.create_default_context()
        self._answer_within_s = answer_within_s

    @activity.defn(name=DELIVER)
    async def deliver(self, attempt: DeliveryAttempt) -> DeliveryResult:
        """Send one delivery once, and write down how it went.

        Nothing of an answer counts but its status and ``Retry-After``; its body is not read, and a
        redirect is not followed: it leads where nobody looked.

        Raises:
            StorageError: The database is away.

        Idempotency: a second run sends the same event again, under the same id, by which receivers
        know it; what was delivered, or belongs to a webhook that is gone, is not sent.
        """
        try:
            letter = await self._store.letter(attempt.delivery)
        except ConversationUnreadableError as unreadable:
            return await self._note(attempt, _Answer(None, unreadable.message))
        if letter is None:
            return DeliveryResult(state="failed")
        answer = await self._send(letter)
        if answer.status == HTTPStatus.GONE:
            with suppress(WebhookNotFoundError):  # somebody may have removed it meanwhile
                await self._store.disable(letter.webhook)
        return await self._note(attempt, answer)

    async def _send(self, letter: Letter) -> "_Answer":
        try:
            # For one that sends a byte now and then; the others meet the timeout of their step.
            async with asyncio.timeout(2 * self._answer_within_s):
                return await self._post(letter)
        except WebhookAddressError as refusal:
            return _Answer(None, refusal.message, is_final=True)
        except (TimeoutError, httpx2.TimeoutException):
            return _Answer(None, f"no answer within {self._answer_within_s:g} s")
        except (httpx2.HTTPError, OSError) as failure:
            return _Answer(None, f"{type(failure).__name__}: {failure}")

    async def _post(self, letter: Letter) -> "_Answer":
        target = await target_of(letter.url, self._hosts, self._look_up)
        headers = {
            "host": target.netloc,
            "content-type": "application/json",
            "user-agent": AGENT,
            **signed_headers(letter.secrets, letter.event, int(self._clock()), letter.body),
        }
        async with (
            # Without a proxy, which would look the host up again.
            httpx2.AsyncClient(
                verify=self._tls, trust_env=False, timeout=self._answer_within_s
            ) as client,
            client.stream(
                "POST",
                target.url,
                content=letter.body.encode(),
                headers=headers,
                extensions={"sni_hostname": target.host},
            ) as answer,
        ):
            wait = retry_wait(answer.headers.get, now=self._clock())
            return _Answer(
                answer.status_code,
                "" if answer.is_success else f"answered {answer.status_code}",
                is_final=answer.status_code == HTTPStatus.GONE,
                retry_after_s=wait.total_seconds() if wait else None,
            )

    async def _note(self, attempt: DeliveryAttempt, answer: "_Answer") -> DeliveryResult:
        state: DeliveryState = "delivered"
        if answer.problem:
            state = "failed" if answer.is_final or attempt.is_last else "waiting"
        await self._store.note_attempt(
            attempt.delivery,
            attempt.number,
            state,
            status=answer.status,
            problem=answer.problem[:_LONGEST_PROBLEM],
        )
        return DeliveryResult(state=state, retry_after_s=answer.retry_after_s)


@dataclass(frozen=True)
class _Answer:
    """What came of one try.

    Attributes:
        status: HTTP's; None: nobody answered.
        problem: Why it does not count; empty: it was delivered.
        is_final: Another try would end the same way.
    """

    status: int | None
    problem: str
    is_final: bool = False
    retry_after_s: float | None = None
