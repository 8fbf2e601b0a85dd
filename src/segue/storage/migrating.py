"""Bringing the schema to the newest version, one process at a time."""

import fcntl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from segue.errors.storage import StorageError
from segue.storage.address import without_password

LOCK = 0x5E9_0E  # any number, the same in every process: the key of Postgres' advisory lock


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest version; safe when several processes start at once.

    Raises:
        StorageError: The database cannot be reached, a migration failed, or a newer Segue made the
            schema.
    """
    try:
        async with _file_lock(engine), engine.begin() as connection:
            await _advisory_lock(connection)
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError, CommandError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise StorageError(
            f"The database at {without_password(engine.url)} could not be prepared: {reason}."
        ) from None


@asynccontextmanager
async def _file_lock(engine: AsyncEngine) -> AsyncGenerator[None]:
    """SQLite has no advisory lock: a lock file beside the database takes its place."""
    file = engine.url.database
    if engine.url.get_backend_name() != "sqlite" or not file:
        yield
        return
    await anyio.Path(file).parent.mkdir(parents=True, exist_ok=True)
    async with await anyio.open_file(f"{file}.migrating", "w") as lock:
        await anyio.to_thread.run_sync(fcntl.flock, lock.wrapped, fcntl.LOCK_EX)
        yield


async def _advisory_lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "segue.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
