"""Connections to the run ledger, whose failures are ours and tell no content."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from segue.errors.storage import StorageError
from segue.storage.turns import turn_to_write

REFUSED = "The database of runs did not answer: "


class LedgerAccess:
    """Transactions on ``engine`` (migrated; the caller disposes of it).

    All of them raise ``StorageError``, which may be tried again, when the database is away, or busy
    for longer than the driver waits.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A connection to read with.

        Raises:
            StorageError: The database did not answer.
        """
        try:
            async with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            # SQLAlchemy's own text quotes the parameters, and these hold what people said.
            raise StorageError(REFUSED + type(error.orig or error).__name__) from error.orig
        except (OSError, PoolTimeoutError) as error:
            raise StorageError(REFUSED + type(error).__name__) from error

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction; what raises inside undoes all of it."""
        async with turn_to_write(self._engine), self.reading() as connection:
            await connection.begin()
            if self._sqlite:
                # The lock first: a transaction that began as a reader cannot wait for it later.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            await connection.commit()


def as_bytes(text: str) -> bytes:
    """``text`` for a column of bytes; a model may have cut an emoji in half."""
    return text.encode("utf-8", "surrogatepass")


def as_text(blob: bytes) -> str:
    """What ``as_bytes`` was given."""
    return blob.decode("utf-8", "surrogatepass")
