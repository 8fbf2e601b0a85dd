"""Whose threads there are; what is said in them lies with all conversations."""

from collections.abc import Callable

import sqlalchemy as sa

from segue.assistant.contracts import OwnedThread
from segue.errors.conversation import ConversationNotFoundError
from segue.storage.database import Database
from segue.storage.statements import upsert

METADATA = sa.MetaData()

THREADS = sa.Table(
    "assistant_threads",
    METADATA,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("while_busy", sa.String(16), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Index("ix_assistant_threads_owner", "owner", "created_at", "id"),
)


class ThreadStore:
    """The owners of threads; all methods raise ``StorageError`` while the database is away.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database.of("threads")
        self._clock = clock

    async def claim(self, thread: str, owner: str, while_busy: str) -> OwnedThread:
        """The thread, made for this owner where it is new.

        Raises:
            ConversationNotFoundError: It is somebody else's: the answer is as if there were none.
        """
        row = {"id": thread, "owner": owner, "while_busy": while_busy, "created_at": self._clock()}
        async with self._database.writing() as connection:
            await connection.execute(upsert(connection.dialect.name, THREADS, replace=()), row)
        return await self.of(thread, owner)

    async def of(self, thread: str, owner: str | None) -> OwnedThread:
        """The thread, where it belongs to this owner.

        Args:
            thread: Its id.
            owner: None: whoever's it is.

        Raises:
            ConversationNotFoundError: There is none, or it is somebody else's.
        """
        statement = sa.select(THREADS).where(THREADS.c.id == thread)
        if owner is not None:
            statement = statement.where(THREADS.c.owner == owner)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        if row is None:
            raise ConversationNotFoundError(
                f"There is no thread {thread!r}.",
                hint="List yours; a message to a new id starts one.",
            )
        return OwnedThread.model_validate({**row})

    async def page(
        self, owner: str | None, *, limit: int, before: OwnedThread | None = None
    ) -> list[OwnedThread]:
        """Threads of an owner (None: of all), the newest first.

        Args:
            owner: Whose.
            limit: At most so many, > 0.
            before: The last one of the page before.
        """
        order = (THREADS.c.created_at, THREADS.c.id)
        statement = sa.select(THREADS).order_by(*(column.desc() for column in order)).limit(limit)
        if owner is not None:
            statement = statement.where(THREADS.c.owner == owner)
        if before is not None:
            last = sa.tuple_(sa.literal(before.created_at), sa.literal(before.id))
            statement = statement.where(sa.tuple_(*order) < last)
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [OwnedThread.model_validate({**row}) for row in rows]
