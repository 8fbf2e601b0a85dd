"""The same request with the same Idempotency-Key is done once and answered alike every time."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from segue.errors.api import IdempotencyKeyBusyError, IdempotencyKeyReusedError
from segue.storage.database import Database
from segue.storage.statements import upsert
from segue.web.scopes import ApiKey
from segue.web.tables import ANSWERS

KEPT_SECONDS = 86_400.0  # a client that has not repeated its request in a day will not
CLAIM_SECONDS = 60.0  # longer than a start may take: who claims for longer died with it
WAIT_SECONDS = 25.0  # as long as the request that is waited for may take
_LOOK_EVERY_S = 0.05


class Answers:
    """Answers by owner and key; all methods raise ``StorageError`` while the database is away.

    Only answers of success are kept: a request that failed is done anew when it is repeated.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
        wait_seconds: How long a repeated request waits for the first one, > 0.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float], *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._database = database.of("requests")
        self._clock = clock
        self._wait_seconds = wait_seconds

    async def once(
        self, owner: ApiKey, key: str, request: str, work: Callable[[], Awaitable[str]]
    ) -> str:
        """The answer of ``work``, which runs only where no equal request was answered.

        Args:
            owner: Keys of two owners never meet.
            key: What the client sent, 1 to 255 characters.
            request: All that makes the request what it is, in one spelling.
            work: Gives the answer. When its process dies, a later request runs it again.

        Raises:
            IdempotencyKeyReusedError: The key came with another request before.
            IdempotencyKeyBusyError: The first such request takes longer than we wait.
        """
        fingerprint = hashlib.sha256(request.encode()).hexdigest()
        claim = secrets.token_hex(16)
        earlier = await self._claim_or_wait(owner.id, key, fingerprint, claim)
        if earlier is not None:
            return earlier
        mine = (ANSWERS.c.owner == owner.id, ANSWERS.c.key == key, ANSWERS.c.claim == claim)
        try:
            answer = await work()
        except BaseException:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(ANSWERS).where(*mine))
            raise
        async with self._database.writing() as connection:
            await connection.execute(sa.update(ANSWERS).where(*mine).values(answer=answer))
        return answer

    async def _claim_or_wait(
        self, owner: str, key: str, fingerprint: str, claim: str
    ) -> str | None:
        """The answer that is there; None when it is ours to give.

        Raises:
            IdempotencyKeyBusyError: Somebody else is still at it.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                while True:
                    holder, answer = await self._claim(owner, key, fingerprint, claim)
                    if answer is not None or holder == claim:
                        return answer
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise IdempotencyKeyBusyError(
                f"A request with the Idempotency-Key {key!r} is still being answered."
            ) from None

    async def _claim(
        self, owner: str, key: str, fingerprint: str, claim: str
    ) -> tuple[str, str | None]:
        """Who holds the key after we tried, and the answer where there is one.

        Raises:
            IdempotencyKeyReusedError: It was sent with another request.
        """
        now = self._clock()
        this = (ANSWERS.c.owner == owner, ANSWERS.c.key == key)
        dead = sa.and_(
            *this, ANSWERS.c.answer.is_(None), ANSWERS.c.created_at < now - CLAIM_SECONDS
        )
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(ANSWERS).where(sa.or_(ANSWERS.c.created_at < now - KEPT_SECONDS, dead))
            )
            await connection.execute(
                upsert(connection.dialect.name, ANSWERS, replace=()),
                {
                    "owner": owner,
                    "key": key,
                    "fingerprint": fingerprint,
                    "claim": claim,
                    "answer": None,
                    "created_at": now,
                },
            )
            row = (await connection.execute(sa.select(ANSWERS).where(*this))).one()
        if row.fingerprint != fingerprint:
            raise IdempotencyKeyReusedError(
                f"The Idempotency-Key {key!r} was sent with another request before."
            )
        return row.claim, row.answer
