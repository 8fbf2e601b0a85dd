"""One SQL database: SQLite in a file by default, Postgres by ``DATABASE_URL``."""

import fcntl
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from segue.errors.settings import SettingsError
from segue.errors.storage import StorageError

SQLITE_FILE = "segue.db"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
EXPECTED = "expected postgresql://… or sqlite:///…"
BUSY_SECONDS = 30  # several worker processes share the file; a writer holds it for milliseconds
MIGRATION_LOCK = (
    0x5E9_0E  # any number, the same in every process: the key of Postgres' advisory lock
)


def database_url(url: str | None, directory: Path) -> URL:
    """The async SQLAlchemy address for what the user wrote, or for the file in ``directory``.

    Raises:
        SettingsError: Not an address of a SQLite file or of Postgres. It never quotes the address,
            which may hold a password.
    """
    if not url:
        return URL.create(DRIVERS["sqlite"], database=str(directory / SQLITE_FILE))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(f"DATABASE_URL is not a database address; {EXPECTED}.") from None
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise SettingsError(f"DATABASE_URL names {backend!r}; {EXPECTED}.")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SettingsError(f"DATABASE_URL names no file for all processes to share; {EXPECTED}.")
    # Providers hand out libpq's word for it, and asyncpg knows the same values by another.
    query = {"ssl" if key == "sslmode" else key: value for key, value in parsed.query.items()}
    return parsed.set(drivername=DRIVERS[backend], query=query)


def open_engine(url: URL) -> AsyncEngine:
    """An engine for ``url``; nothing is connected yet. Dispose of it when done.

    Raises:
        SettingsError: It is an address of Postgres, whose driver is an extra that is not installed.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url, connect_args={"timeout": BUSY_SECONDS, "factory": _SQLiteConnection}
        )
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
        return engine
    try:
        return create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
    except ModuleNotFoundError:
        raise SettingsError(
            "DATABASE_URL names Postgres, and its driver is not installed.",
            hint="Install it: pip install 'segue[postgres]'.",
        ) from None


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest version; safe when several processes start at once.

    Raises:
        StorageError: The database cannot be reached, a migration failed, or a newer Segue made the
            schema.
    """
    try:
        async with _migration_turn(engine), engine.begin() as connection:
            await _advisory_lock(connection)
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError, CommandError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise StorageError(
            f"The database at {shown(engine.url)} could not be prepared: {reason}."
        ) from error


def shown(url: URL) -> str:
    """Where the database is, without anything that may hold a password.

    An unescaped ``@`` in a password spills the rest of it into what follows.
    """
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}".rpartition("@")[2]


class _SQLiteConnection(sqlite3.Connection):
    """A connection that lets go of its locks when it is closed.

    SQLAlchemy closes the connection of a cancelled task without a rollback. SQLite keeps a closed
    connection, with its transaction and its lock on the whole file, for as long as a statement of
    it is referred to, and the traceback of the cancellation does.
    Source: https://www.sqlite.org/c3ref/close.html
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):  # closed already, or the file is gone
            self.rollback()
        super().close()


def _tune_sqlite(connection: object, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - DBAPI connection, untyped by SQLAlchemy
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@asynccontextmanager
async def _migration_turn(engine: AsyncEngine) -> AsyncGenerator[None]:
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
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK}
        )


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "segue.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
