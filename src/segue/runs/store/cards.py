"""Agent cards by digest: the same card is kept once, whoever uses it."""

import hashlib

import sqlalchemy as sa

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.run import RunError
from segue.runs.store.tables import CARDS
from segue.runs.store.texts import as_bytes
from segue.sessions.envelopes import disclose, enclose, renew_rows
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from segue.storage.statements import upsert

REMEMBERED = 200  # cards that a process does not read again; they never change


class CardStore:
    """Cards as text, named by the SHA-256 of their UTF-8, in hex.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        seal: Encrypts the cards, since instructions may say something of people; None: plain.
    """

    def __init__(self, database: Database, *, seal: Seal | None = None) -> None:
        self._database = database.of("runs")
        self._seal = seal
        self._read: dict[str, str] = {}

    async def keep(self, digest: str, card: str) -> None:
        """Keep a card; one that is there stays, unless it can no longer be read.

        Raises:
            RunError: ``digest`` is not that of ``card``.
        """
        if hashlib.sha256(as_bytes(card)).hexdigest() != digest:
            raise RunError(f"Expected the card of digest {digest!r}; got another one.")
        try:
            if await self.get(digest) is not None:
                return
        except ConversationUnreadableError:
            pass  # its master key is gone, and here is the card again
        async with self._database.writing() as connection:
            statement = upsert(connection.dialect.name, CARDS, replace=("card",))
            card_bytes = enclose(self._seal, _place(digest), card)
            await connection.execute(statement, {"digest": digest, "card": card_bytes})

    async def get(self, digest: str) -> str | None:
        """The card; None: nobody has kept it.

        Raises:
            ConversationUnreadableError: It is encrypted, and its master key is not configured.
        """
        if digest not in self._read:
            statement = sa.select(CARDS.c.card).where(CARDS.c.digest == digest)
            async with self._database.reading() as connection:
                blob = await connection.scalar(statement)
            if blob is None:
                return None
            if len(self._read) == REMEMBERED:
                self._read.pop(next(iter(self._read)))
            self._read[digest] = disclose(self._seal, _place(digest), blob)
        return self._read[digest]

    async def rewrap(self) -> int:
        """Bring all cards under the first master key; how many were not before.

        Those whose key is not configured stay: the next run with such an agent writes its card
        anew. Without master keys it does nothing.
        """
        return await renew_rows(self._database, self._seal, [CARDS.c.card], _place)


def _place(digest: str) -> str:
    return f"agent card {digest}"
