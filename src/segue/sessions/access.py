"""Connections to the database of conversations, whose failures are ours and tell no content."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from segue.errors.storage import StorageError
from segue.storage.turns import turn_to_write

_HOLD_UP_MS = 50  # writers notice nothing


class Access:
    """Transactions on ``engine`` (migrated; the caller disposes of it).

    All of them raise ``StorageError``, which may be tried again, when the database is away, or busy
    for longer than the driver waits.

    Args:
        engine: As above.
        tries: To empty SQLite's log after an erasure, > 0; each takes up to a tenth of a second.
    """

    def __init__(self, engine: AsyncEngine, *, tries: int = 200) -> None:
        self._engine = engine
        self._tries = tries
        self._sqlite = engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A connection to read with.

        Raises:
            StorageError: As above.
        """
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._engine.connect())
            except Exception as error:  # the driver's own classes; it may not be installed
                raise StorageError(
                    f"The database of conversations cannot be reached: {type(error).__name__}."
                ) from error
            try:
                yield connection
            except DBAPIError as error:
                # SQLAlchemy's own text quotes the parameters, and these are what people said.
                raise StorageError(_refusal(error.orig or error)) from error.orig
            except (OSError, PoolTimeoutError) as error:
                raise StorageError(_refusal(error)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction; what raises inside undoes all of it, and so does ``rollback``."""
        async with turn_to_write(self._engine), self.reading() as connection:
            await connection.begin()
            if self._sqlite:
                # The lock first: a transaction that began as a reader cannot wait for it later.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            await connection.commit()

    @asynccontextmanager
    async def erasing(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that removes content.

        SQLite overwrites what it frees and empties its log afterwards, so that the files no longer
        hold it. Postgres does so by itself, when it vacuums.
        """
        async with self.writing() as connection:
            if self._sqlite:
                await connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection
        if self._sqlite:
            await self._empty_log()

    async def _empty_log(self) -> None:
        """Empty SQLite's log, a moment at a time: it holds every writer up and waits for readers.

        Source: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint

        Raises:
            StorageError: Somebody reads all the time.
        """
        for _ in range(self._tries):
            if await self._is_emptied():
                return
            await asyncio.sleep(_HOLD_UP_MS / 1000)
        raise StorageError(
            "It is deleted, but the database's log still holds it: somebody reads all the time.",
            hint="Delete it once more when less is going on.",
        )

    async def _is_emptied(self) -> bool:
        async with self.reading() as connection:
            kept = await connection.exec_driver_sql("PRAGMA busy_timeout")
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={_HOLD_UP_MS}")
            done = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={kept.scalar_one()}")
            return not done.scalar_one()  # the first column: whether it was held up


def _refusal(error: BaseException) -> str:
    return f"The database of conversations did not answer: {type(error).__name__}."
