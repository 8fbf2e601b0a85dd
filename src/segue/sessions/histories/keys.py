"""One key for each workflow id: made on first use, wrapped by a master key, deleted with its talk.

Temporal keeps what it was given until its retention ends, and a server's operator keeps backups.
Nobody can take a payload out of a history; whoever deletes the key makes all of them unreadable.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.storage import StorageError
from segue.sessions.histories.tables import BINDINGS, DELETIONS, KEYS
from segue.sessions.rewrapping import AT_ONCE, Rewrapped
from segue.sessions.sealing import Cipher, Seal, WrappedKey
from segue.storage.database import Database
from segue.storage.statements import upsert

# A deletion reaches the other processes within so many seconds: they look again after that.
KEPT_S = 60.0
# Workflows whose keys a process holds; about 1 KB each. One more costs a look into the database.
HELD_AT_MOST = 10_000

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class HistoryKey:
    """What a workflow's payloads are encrypted with.

    Attributes:
        name: Of this key; not secret. A workflow id that is used again after a deletion gets
            another key, under another name.
        sealing: For AES-256-GCM.
        naming: For nonces that are made from the content.
    """

    workflow_id: str
    name: str
    sealing: bytes = field(repr=False)
    naming: bytes = field(repr=False)


@dataclass(frozen=True)
class _Held:
    key: HistoryKey
    until: float


class HistoryKeys:
    """The keys of one database; safe with any number of processes.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        seal: The master keys.
        clock: Epoch seconds.
    """

    def __init__(
        self, database: Database, seal: Seal, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database.of("keys")
        self._seal = seal
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._bound: dict[tuple[str, str], float] = {}
        self._tell: Callable[[str], Awaitable[None]] | None = None

    def when_deleted(self, tell: Callable[[str], Awaitable[None]]) -> None:
        """Have ``tell`` called with a workflow's id whenever this process asks for its deleted key.

        A worker ends the workflow then: what cannot be read cannot go on.
        """
        self._tell = tell

    async def current(self, workflow_id: str) -> HistoryKey:
        """The key to encrypt with; the first process that asks makes it, all others get the same.

        While the database is away a key that was read before is used on: what it encrypts is
        unreadable if it was deleted meanwhile.

        Raises:
            ConversationUnreadableError: Its master key is not configured, or is another one.
            StorageError: The database is away, and the key was never read.
        """
        entry = self._held.get(workflow_id)
        if entry is not None and self._clock() < entry.until:
            return entry.key
        try:
            return self._hold(
                await self._stored_key(workflow_id) or await self._new_key(workflow_id)
            )
        except StorageError:
            if entry is None:
                raise
            return entry.key

    async def by_name(self, workflow_id: str, name: str) -> HistoryKey | None:
        """The key to decrypt with; None: it was deleted, for good.

        Raises:
            ConversationUnreadableError: Its master key is not configured, or is another one; or
                this database never had the key.
        """
        entry = self._held.get(workflow_id)
        if entry is not None and entry.key.name == name and self._clock() < entry.until:
            return entry.key
        key = await self._stored_key(workflow_id)
        if key is not None and self._hold(key).name == name:
            return key
        if not await self._was_deleted(name):
            raise ConversationUnreadableError(
                f"The history of workflow {workflow_id!r} needs the key {name!r}, which is not in"
                " this database.",
                hint="Set DATABASE_URL to the database with which the workflow was begun.",
            )
        if key is None:
            self._held.pop(workflow_id, None)
        if self._tell is not None:
            await self._tell(workflow_id)
        return None

    async def bind(self, workflow_id: str, conversations: Collection[str]) -> None:
        """Have the workflow's key deleted together with any of these conversations.

        Idempotent; a process asks the database once a minute for each workflow and conversation.
        """
        now = self._clock()
        fresh = {(workflow_id, name) for name in conversations}
        fresh = {one for one in fresh if self._bound.get(one, 0.0) <= now}
        if not fresh:
            return
        rows = [{"workflow_id": where, "conversation": name} for where, name in sorted(fresh)]
        async with self._database.writing() as connection:
            await connection.execute(upsert(connection.dialect.name, BINDINGS, replace=()), rows)
        for one in fresh:
            _make_room(self._bound)
            self._bound[one] = now + KEPT_S

    async def forget(self, conversation: str) -> tuple[str, ...]:
        """Delete the keys of the conversation's workflows: their histories are unreadable for good.

        This process forgets them at once, others within ``KEPT_S``. A workflow that still runs
        goes on under a new key until it has to read its history again; better terminate it.

        Returns:
            Ids of the workflows whose keys were there. A second call deletes the keys that were
            made in the meantime.
        """
        of_it = sa.select(BINDINGS.c.workflow_id).where(BINDINGS.c.conversation == conversation)
        keys = sa.delete(KEYS).where(KEYS.c.workflow_id.in_(of_it))
        async with self._database.erasing() as connection:
            rows = (await connection.execute(keys.returning(KEYS.c.name, KEYS.c.workflow_id))).all()
            names = [{"name": row.name, "deleted_at": self._clock()} for row in rows]
            if names:
                await connection.execute(sa.insert(DELETIONS), names)
            await connection.execute(
                sa.delete(BINDINGS).where(BINDINGS.c.conversation == conversation)
            )
        for row in rows:
            self._held.pop(row.workflow_id, None)
        self._bound = {one: at for one, at in self._bound.items() if one[1] != conversation}
        return tuple(sorted(row.workflow_id for row in rows))

    async def rewrap(self) -> Rewrapped:
        """Bring all keys under the first master key; the older ones are then no longer needed.

        It may be stopped at any time and run again. Names in the answer are workflow ids.
        """
        count, unreadable = 0, tuple[str, ...]()
        after: str | None = None
        while True:
            async with self._database.writing() as connection:
                some, after = await self._rewrap_some(connection, after)
            count, unreadable = count + some.done, unreadable + some.unreadable
            if after is None:
                return Rewrapped(count, unreadable)

    async def _stored_key(self, workflow_id: str) -> HistoryKey | None:
        async with self._database.reading() as connection:
            return await self._read(connection, workflow_id)

    async def _was_deleted(self, name: str) -> bool:
        statement = sa.select(DELETIONS.c.name).where(DELETIONS.c.name == name)
        async with self._database.reading() as connection:
            return await connection.scalar(statement) is not None

    async def _new_key(self, workflow_id: str) -> HistoryKey:
        wrapped_key, _ = self._seal.new_key(_owner(workflow_id))
        row = {
            "workflow_id": workflow_id,
            "name": secrets.token_hex(8),
            "key_id": wrapped_key.key_id,
            "wrapped_key": wrapped_key.blob,
            "created_at": self._clock(),
        }
        async with self._database.writing() as connection:
            await connection.execute(upsert(connection.dialect.name, KEYS, replace=()), row)
            # Another process may have been first; then its key is the one.
            key = await self._read(connection, workflow_id)
        assert key is not None  # noqa: S101 - written in this transaction, or there before
        return key

    async def _read(self, connection: AsyncConnection, workflow_id: str) -> HistoryKey | None:
        statement = sa.select(KEYS).where(KEYS.c.workflow_id == workflow_id)
        row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        cipher = self._cipher(workflow_id, WrappedKey(row.key_id, row.wrapped_key))
        sealing = cipher.derived_key("history payloads")
        naming = cipher.derived_key("history nonces")
        assert sealing is not None and naming is not None  # noqa: S101, PT018 - a sealed cipher
        return HistoryKey(workflow_id, row.name, sealing, naming)

    def _cipher(self, workflow_id: str, wrapped_key: WrappedKey) -> Cipher:
        try:
            return self._seal.cipher(_owner(workflow_id), wrapped_key)
        except ConversationUnreadableError:
            raise ConversationUnreadableError(
                f"The history of workflow {workflow_id!r} needs the encryption key"
                f" {wrapped_key.key_id!r}, which is not configured, or is another key."
            ) from None

    def _hold(self, key: HistoryKey) -> HistoryKey:
        _make_room(self._held)
        self._held[key.workflow_id] = _Held(key, self._clock() + KEPT_S)
        return key

    async def _rewrap_some(
        self, connection: AsyncConnection, after: str | None
    ) -> tuple[Rewrapped, str | None]:
        statement = (
            sa
            .select(KEYS.c.workflow_id, KEYS.c.key_id, KEYS.c.wrapped_key)
            .where(KEYS.c.key_id != self._seal.first)
            .order_by(KEYS.c.workflow_id)
            .limit(AT_ONCE)
            .with_for_update()
        )
        if after is not None:
            statement = statement.where(KEYS.c.workflow_id > after)
        count, unreadable, last = 0, list[str](), None
        for row in (await connection.execute(statement)).all():
            last = row.workflow_id
            try:
                fresh = self._seal.rewrap(_owner(last), WrappedKey(row.key_id, row.wrapped_key))
            except ConversationUnreadableError:
                unreadable.append(last)
                continue
            await connection.execute(
                sa
                .update(KEYS)
                .where(KEYS.c.workflow_id == last)
                .values(key_id=fresh.key_id, wrapped_key=fresh.blob)
            )
            count += 1
        return Rewrapped(count, tuple(unreadable)), last


def _owner(workflow_id: str) -> str:
    return f"workflow {workflow_id}"  # apart from conversations, whose ids may be the same


def _make_room(cache: dict[_Name, _Value]) -> None:
    """Let the oldest go: dictionaries are in the order in which they were filled."""
    while len(cache) >= HELD_AT_MOST:
        del cache[next(iter(cache))]
