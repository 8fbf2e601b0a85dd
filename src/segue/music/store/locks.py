"""One writer of a playlist at a time, over all servers on one database.

A server that dies lets go at once: its lock is one of the system's (a file's, or a connection's).
"""

import asyncio
import fcntl
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import anyio
import sqlalchemy as sa

from segue.errors.catalogue import CatalogueUnavailableError
from segue.storage.database import Database

LOCK_WITHIN = timedelta(seconds=60)  # two of the slowest catalogue answers
_LOOK_EVERY_S = 0.02
_FILES = 64  # lock files; two playlists that share one wait for each other, nothing else

Locks = Callable[[str], AbstractAsyncContextManager[None]]


def database_locks(database: Database, *, within: timedelta = LOCK_WITHIN) -> Locks:
    """Locks by name among all processes that share a database.

    Args:
        database: SQLite in a file, or Postgres.
        within: Longest wait for others; then CatalogueUnavailableError, with nothing done.
    """
    hold = _advisory if database.dialect == "postgresql" else _file

    @asynccontextmanager
    async def lock(name: str) -> AsyncGenerator[None]:
        digest = hashlib.sha256(name.encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        async with hold(database, number, within.total_seconds()):
            yield

    return lock


@asynccontextmanager
async def _file(database: Database, number: int, within_s: float) -> AsyncGenerator[None]:
    # Opened for each lock: it belongs to the open file, also between tasks of one process.
    name = f"{database.url.database}.turn{number % _FILES}"
    async with await anyio.open_file(name, "w", encoding="ascii") as file:

        async def try_lock() -> bool:
            try:
                fcntl.flock(file.wrapped, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        await _wait(try_lock, within_s)
        yield


@asynccontextmanager
async def _advisory(database: Database, number: int, within_s: float) -> AsyncGenerator[None]:
    # Apart: what is written under the lock is committed on its own, before the lock goes.
    async with database.apart() as connection:

        async def try_lock() -> bool:
            statement = sa.text("SELECT pg_try_advisory_xact_lock(:number)")
            return bool(await connection.scalar(statement, {"number": number}))

        await _wait(try_lock, within_s)
        yield  # the transaction's end gives the lock back


async def _wait(try_lock: Callable[[], Awaitable[bool]], within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            while True:
                if await try_lock():
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise CatalogueUnavailableError(
            f"Another call has been writing the same playlist for {within_s:g} s; nothing was done."
        ) from None
