"""SQLAlchemy's engines, tuned: SQLite in a file, Postgres by asyncpg."""

from dataclasses import dataclass
from time import monotonic

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from segue.errors.settings import SettingsError
from segue.storage.postgres import connect_arguments
from segue.storage.sqlite import open_connection

BUSY_SECONDS = 30.0  # several worker processes share the file; a writer holds it for milliseconds
PING_AFTER_S = 1.0  # a connection that was used just now is there; asking costs round trips


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The connections of one process to Postgres.

    Attributes:
        connections: At most, > 0.
        application: Their name, which ``pg_stat_activity`` shows.
    """

    connections: int = 15
    application: str = "segue"

    @property
    def idle(self) -> int:
        """As many stay open when nobody uses them."""
        return max(1, self.connections // 3)


def open_engine(url: URL, pool: Pool) -> AsyncEngine:
    """An engine for ``url``; nothing is connected yet.

    Args:
        url: Of ``segue.storage.address``. Where it says ``timeout``, SQLite waits as many seconds
            for the writer of another process, and not ``BUSY_SECONDS``.
        pool: Of connections to Postgres.

    Raises:
        SettingsError: It is an address of Postgres, whose driver is an extra that is not installed,
            or a parameter of it has a value that cannot work.
    """
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            hide_parameters=True,
            connect_args={
                "timeout": float(str(url.query.get("timeout", BUSY_SECONDS))),
                "async_creator_fn": open_connection,
            },
        )
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
        return engine
    try:
        engine = create_async_engine(
            url.set(query={}),
            hide_parameters=True,
            pool_size=pool.idle,
            max_overflow=pool.connections - pool.idle,
            connect_args=connect_arguments(url, pool.application),
        )
    except ModuleNotFoundError:
        raise SettingsError(
            "DATABASE_URL names Postgres, and its driver is not installed.",
            hint="Install it: pip install 'segue[postgres]'.",
        ) from None
    _ping_when_idle(engine)
    return engine


def _tune_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _ping_when_idle(engine: AsyncEngine) -> None:
    """Try connections that nobody has used for a moment, before they are used.

    SQLAlchemy's own ``pool_pre_ping`` tries every one, at three round trips each (BEGIN, ping,
    ROLLBACK).
    """
    dialect = engine.sync_engine.dialect

    def note_return(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["left_at"] = monotonic()

    def ping_if_stale(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object
    ) -> None:
        left_at = entry.info.get("left_at")
        if left_at is None or monotonic() - left_at < PING_AFTER_S:
            return
        try:
            dialect.do_ping(connection)
        except (dialect.loaded_dbapi.Error, OSError):
            raise InvalidatePoolError from None  # the pool connects anew

    event.listen(engine.sync_engine, "checkin", note_return)
    event.listen(engine.sync_engine, "checkout", ping_if_stale)
