"""Bringing the schema to the newest version, one process at a time, and telling whether it is."""

import fcntl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from segue.errors.storage import SchemaError, StorageError
from segue.storage.address import without_password
from segue.storage.causes import storage_error
from segue.storage.file_causes import file_error
from segue.storage.private_files import make_private_file

LOCK = 0x5E9_0E  # any number, the same in every process: the key of Postgres' advisory lock


@dataclass(frozen=True)
class Schema:
    """The revisions of a database and of this Segue; they sort as texts.

    Attributes:
        current: Of the database; None: nothing was ever made there.
        newest: That this Segue knows.
        oldest: A Segue whose newest revision is older cannot work on the database.
    """

    current: str | None
    newest: str
    oldest: str

    @property
    def is_older(self) -> bool:
        """Whether the database lacks what this Segue needs."""
        return self.current is None or self.current < self.newest

    def check(self) -> None:
        """Refuse a database that a newer Segue has changed so that this one would do harm.

        Raises:
            SchemaError: It is one.
        """
        if self.newest < self.oldest:
            raise SchemaError(
                f"A newer Segue made the database's schema ({self.current}): it works with a Segue"
                f" of revision {self.oldest} or newer, and this one is {self.newest}.",
                hint="Run the newer Segue, or restore the database from a backup made before it.",
            )


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest version; safe when several processes start at once.

    The schema of a newer Segue stays as it is, where this one can work on it.

    Raises:
        SchemaError: A newer Segue made the schema, and this one cannot work on it.
        StorageError: The database cannot be reached, or a migration failed.
    """
    try:
        async with _file_lock(engine), engine.begin() as connection:
            await _advisory_lock(connection)
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError, CommandError) as error:
        raise _storage_error(engine, error) from None


async def schema_of(engine: AsyncEngine) -> Schema:
    """The revisions of the database and of this Segue; changes nothing.

    Raises:
        StorageError: The database cannot be reached.
    """
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_schema)
    except (DBAPIError, OSError) as error:
        raise _storage_error(engine, error) from None


def _storage_error(engine: AsyncEngine, error: DBAPIError | OSError | CommandError) -> StorageError:
    reason = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(reason, OSError) and (refusal := file_error(reason)):
        return refusal
    cause = str(reason) or type(reason).__name__
    kind = type(storage_error(error, ""))
    return kind(f"The database at {without_password(engine.url)} could not be prepared: {cause}.")


@asynccontextmanager
async def _file_lock(engine: AsyncEngine) -> AsyncGenerator[None]:
    """SQLite has no advisory lock: a lock file beside the database takes its place."""
    file = engine.url.database
    if engine.url.get_backend_name() != "sqlite" or not file:
        yield
        return
    await anyio.to_thread.run_sync(make_private_file, Path(file))
    async with await anyio.open_file(f"{file}.migrating", "w") as lock:
        await anyio.to_thread.run_sync(fcntl.flock, lock.wrapped, fcntl.LOCK_EX)
        yield


async def _advisory_lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _upgrade(connection: Connection) -> None:
    schema = _schema(connection)
    schema.check()
    if schema.is_older:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _schema(connection: Connection) -> Schema:
    newest = ScriptDirectory.from_config(_config()).get_current_head() or ""
    current = MigrationContext.configure(connection).get_current_revision()
    oldest = current or newest
    if inspect(connection).has_table("installation"):
        oldest = str(connection.scalar(text("SELECT oldest_revision FROM installation")))
    return Schema(current, newest, oldest)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "segue.storage:migrations")
    return config
