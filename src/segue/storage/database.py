"""One SQL database: SQLite in a file by default, Postgres by ``DATABASE_URL``."""

import fcntl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from segue.errors import SettingsError, StorageError

SQLITE_FILE = "segue.db"
BUSY_SECONDS = 30  # several worker processes share the file; a writer holds it for milliseconds
MIGRATION_LOCK = (
    0x5E9_0E  # any number, the same in every process: the key of Postgres' advisory lock
)


def database_url(url: str | None, directory: Path) -> URL:
    """The async SQLAlchemy address for what the user wrote, or for the file in ``directory``.

    Raises:
        SettingsError: Not an address of SQLite or Postgres.
    """
    try:
        parsed = make_url(url or f"sqlite:///{directory / SQLITE_FILE}")
    except ArgumentError as error:
        raise SettingsError(f"DATABASE_URL is not a database address: {error}.") from None
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    drivers["postgres"] = drivers["postgresql"]
    backend = parsed.get_backend_name()
    if backend not in drivers:
        raise SettingsError(
            f"DATABASE_URL names {backend!r}; expected postgresql://… or sqlite:///…."
        )
    return parsed.set(drivername=drivers[backend])


def open_engine(url: URL) -> AsyncEngine:
    """An engine for ``url``; nothing is connected yet. Dispose of it when done."""
    if url.get_backend_name() == "sqlite":
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
        return engine
    return create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest version; safe when several processes start at once.

    Raises:
        StorageError: The database cannot be reached, or a migration failed.
    """
    try:
        async with _migration_turn(engine), engine.begin() as connection:
            await _advisory_lock(connection)
            await connection.run_sync(_upgrade)
    except (DBAPIError, OSError) as error:
        raise StorageError(
            f"The database at {engine.url.render_as_string()} could not be prepared: {error}."
        ) from error


def _tune_sqlite(connection: object, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - DBAPI connection, untyped by SQLAlchemy
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@asynccontextmanager
async def _migration_turn(engine: AsyncEngine) -> AsyncGenerator[None]:
    """SQLite has no advisory lock: a lock file beside the database takes its place."""
    if engine.url.get_backend_name() != "sqlite" or not engine.url.database:
        yield
        return
    async with await anyio.open_file(f"{engine.url.database}.migrating", "w") as lock:
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
