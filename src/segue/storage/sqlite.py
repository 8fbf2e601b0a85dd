"""Connections to SQLite by aiosqlite, with one visit to the connection's thread a statement."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import aiosqlite

_ROWS_AT_ONCE = 64  # of aiosqlite's own cursors, which nobody uses; ours give all rows


class SQLiteConnection(sqlite3.Connection):
    """A connection that lets go of its locks when it is closed.

    SQLAlchemy closes the connection of a cancelled task without a rollback. SQLite keeps a closed
    connection, with its transaction and its lock on the whole file, for as long as a statement of
    it is referred to, and the traceback of the cancellation does.
    Source: https://www.sqlite.org/c3ref/close.html
    """

    def close(self) -> None:
        """Undo what is not committed, and close."""
        with suppress(sqlite3.Error):  # closed already, or the file is gone
            self.rollback()
        super().close()


def open_connection(*path: str, **options: Any) -> aiosqlite.Connection:  # noqa: ANN401 - of sqlite3
    """A connection that its caller awaits, with the arguments of ``sqlite3.connect``."""
    connector = partial(sqlite3.connect, *path, factory=SQLiteConnection, **options)
    connection = _Connection(connector, _ROWS_AT_ONCE)
    connection._thread.daemon = True  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as SQLAlchemy does: who leaves a connection open can still end
    return connection


class _Connection(aiosqlite.Connection):
    """Goes to its thread once a statement.

    aiosqlite goes there to make a cursor, to execute, to fetch and to close, and each time two
    threads change places twice, which takes longer than most statements do.
    """

    def cursor(self) -> "_Cursor":  # pyright: ignore[reportIncompatibleMethodOverride] - as SQLAlchemy enters it
        return _Cursor(self)

    async def run(self, statement: Callable[[sqlite3.Cursor], object]) -> "_Outcome":
        """What a statement came to."""

        def visit() -> _Outcome:
            with closing(self._conn.cursor()) as cursor:
                statement(cursor)
                rows = cursor.fetchall() if cursor.description else ()
                return _Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)

        return await self._execute(visit)


@dataclass(frozen=True)
class _Outcome:
    description: Any = None
    rows: Sequence[Any] = ()
    rowcount: int = -1
    lastrowid: int | None = None


class _Cursor:
    """A statement and all of its rows, as SQLAlchemy's adapter reads them."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._outcome = _Outcome()
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:  # noqa: ANN401 - of sqlite3
        """Of the columns; None: the statement gives no rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """Of the rows that the statement changed."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Of the row that the statement inserted."""
        return self._outcome.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement and fetch its rows."""
        self._outcome = await self._connection.run(lambda cursor: cursor.execute(sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute a statement for each of ``parameters``."""
        self._outcome = await self._connection.run(
            lambda cursor: cursor.executemany(sql, parameters)
        )
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows of the statement."""
        return self._outcome.rows

    async def close(self) -> None:
        """Nothing is open: the statement ended in its visit."""
