"""Agent cards by digest: the same card is kept once, whoever uses it."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from segue.errors import RunError
from segue.runs.store.access import LedgerAccess, as_bytes, as_text
from segue.runs.store.tables import CARDS
from segue.storage.statements import upsert


class CardStore:
    """Cards as text, named by the SHA-256 of their UTF-8, in hex.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        engine: Migrated; the caller disposes of it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._access = LedgerAccess(engine)

    async def keep(self, digest: str, card: str) -> None:
        """Keep a card; one that is there stays.

        Raises:
            RunError: ``digest`` is not that of ``card``.
        """
        if hashlib.sha256(as_bytes(card)).hexdigest() != digest:
            raise RunError(f"Expected the card of digest {digest!r}; got another one.")
        if await self.get(digest) is not None:
            return
        async with self._access.writing() as connection:
            statement = upsert(connection.dialect.name, CARDS, replace=())
            await connection.execute(statement, {"digest": digest, "card": as_bytes(card)})

    async def get(self, digest: str) -> str | None:
        """The card; None: nobody has kept it."""
        async with self._access.reading() as connection:
            found = await connection.scalar(sa.select(CARDS.c.card).where(CARDS.c.digest == digest))
        return None if found is None else as_text(found)
