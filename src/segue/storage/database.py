"""The one door to SQL: transactions whose failures are ours and tell no content."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    StatementError,
    TimeoutError as PoolTimeoutError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from segue.errors.storage import SchemaError, StorageDamagedError, StorageError
from segue.storage.address import without_password
from segue.storage.causes import describe, storage_error
from segue.storage.engine import Pool, open_engine
from segue.storage.migrating import Schema, migrate, schema_of
from segue.storage.outages import OutageLog
from segue.storage.postgres import is_pooled

_HOLD_UP_MS = 50  # milliseconds; too short for a writer to notice

# Writes the sums of what one transaction counts, by key.
WriteSums = Callable[[AsyncConnection, Mapping[Any, float]], Awaitable[None]]


class Database:
    """One SQL database, SQLite in a file or Postgres; close it when done.

    Nothing is connected before the first use. Whatever the driver does not do, in time or at all,
    is a ``StorageError``, which may be tried again and quotes neither statements nor values.

    Attributes:
        url: Where it is; may hold a password.
        dialect: ``sqlite`` or ``postgresql``.

    Args:
        url: Of ``segue.storage.address``.
        pool: Of connections to Postgres.
        tries: To empty SQLite's log after an erasure, > 0; each takes up to a tenth of a second.

    Raises:
        SettingsError: It is an address of Postgres, whose driver is an extra that is not installed,
            or a parameter of it has a value that cannot work.
    """

    def __init__(self, url: URL, *, pool: Pool | None = None, tries: int = 200) -> None:
        engine = open_engine(url, pool or Pool())
        self.url = url
        self.dialect = engine.dialect.name
        self._engine = engine
        self._tries = tries
        self._subject = ""
        self._sqlite = self.dialect == "sqlite"
        # Each statement alone sees what is committed, as in a transaction of READ COMMITTED; this
        # saves the round trips of BEGIN and ROLLBACK. SQLite's driver begins none for a SELECT, and
        # behind a pooler only a transaction keeps a statement and its preparation together.
        self._reader = (
            engine
            if self._sqlite or is_pooled(url)
            else engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._outages = OutageLog(without_password(url))
        self._failures = (StatementError, PoolTimeoutError, OSError, *_driver_errors(engine))
        # SQLite lets one writer in at a time and keeps no line: those who wait look again now and
        # then, and of a dozen some waited for seconds. Here they stand in line, and what is left
        # for SQLite to settle is one writer of each process. Postgres needs none of this.
        self._writers: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self._sqlite else nullcontext()
        )

    def of(self, subject: str) -> "Database":
        """This database for one subject, which its failures name (what it holds, in the plural)."""
        part = copy(self)
        part._subject = f" of {subject}"  # noqa: SLF001 - its own kind
        return part

    async def migrate(self) -> None:
        """Bring the schema to the newest version; safe when several processes start at once.

        The schema of a newer Segue stays as it is, where this one can work on it.

        Raises:
            SchemaError: A newer Segue made the schema, and this one cannot work on it.
            StorageError: The database cannot be reached, or a migration failed.
        """
        await migrate(self._engine)

    async def schema(self) -> Schema:
        """The revisions of the database and of this Segue.

        Raises:
            StorageError: The database cannot be reached.
        """
        return await schema_of(self._engine)

    async def check_schema(self) -> None:
        """Refuse a database on which this Segue cannot work; changes nothing.

        Raises:
            SchemaError: It is older than this Segue needs, or a newer one made it.
            StorageError: The database cannot be reached.
        """
        schema = await self.schema()
        schema.check()
        if schema.is_older:
            raise SchemaError(
                f"The schema of the database at {without_password(self.url)} is at revision"
                f" {schema.current or 'none'}; expected {schema.newest}.",
                hint="Run `segue db upgrade`, or start a worker of this Segue, which does it too.",
            )

    async def identity(self) -> str:
        """The name that this database was given when it was made; its copies have the same.

        Raises:
            StorageError: The database did not answer.
        """
        async with self.reading() as connection:
            return str(await connection.scalar(sa.text("SELECT id FROM installation")))

    async def check_pages(self) -> None:
        """Look for damaged pages in a file; a server looks after its own.

        Raises:
            StorageDamagedError: There are some.
            StorageError: The database did not answer.
        """
        if not self._sqlite:
            return
        async with self.reading() as connection:
            result = await connection.exec_driver_sql("PRAGMA quick_check(1)")
            finding = str(result.scalar_one())
        if finding != "ok":
            raise StorageDamagedError(f"The database at {self.url.database} is damaged: {finding}.")

    def connections(self) -> dict[str, int]:
        """How many connections this process has: ``used``, and ``idle`` ones that are kept."""
        pool = cast("QueuePool", self._engine.pool)
        return {"used": pool.checkedout(), "idle": pool.checkedin()}

    async def answers(self) -> bool:
        """Whether the database runs a statement."""
        try:
            async with self.reading() as connection:
                await connection.execute(sa.select(1))
        except StorageError:
            return False
        return True

    async def aclose(self) -> None:
        """Close all connections, for every subject."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A connection to read with; each statement sees what is committed when it begins.

        Inside a transaction of the same task it is that one's, and sees what was written there.

        Raises:
            StorageError: The database did not answer.
        """
        outer = self._transaction()
        async with self._join(outer) if outer else self._connect(self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction; what raises inside undoes all of it.

        Inside another one of the same task, for whichever subject, it is a part of that one: what
        several stores write there is stored together or not at all, also where somebody catches
        what a part raises.

        Raises:
            StorageError: The database did not answer; whether all is done or nothing is unknown
                when that happened at the end. Or a part failed, and all is undone.
        """
        if outer := self._transaction():
            with outer.part():
                async with self._join(outer) as connection:
                    yield connection
            return
        async with self._writers, self._connect(self._engine) as connection:
            await connection.begin()
            if self._sqlite:
                # The lock first: a transaction that began as a reader cannot wait for it later.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _at_hand(_Transaction(self._engine, connection)) as transaction:
                yield connection
            await transaction.finish()
            await connection.commit()

    def add_up(self, write: WriteSums, amounts: Mapping[Any, float]) -> None:
        """Have ``write`` called once, at the end of this transaction, with the sums of all amounts.

        For rows that every transaction changes: they are locked for the moment of the commit only,
        and in one order, so that nobody waits for long or in a circle.
        """
        transaction = self._transaction()
        assert transaction is not None  # noqa: S101 - whoever counts is writing
        for key, amount in amounts.items():
            sums = transaction.sums.setdefault(write, {})
            sums[key] = sums.get(key, 0.0) + amount

    @asynccontextmanager
    async def apart(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that nothing inside becomes a part of: for a lock while others are written.

        Raises:
            StorageError: The database did not answer.
        """
        async with self._connect(self._engine) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def erasing(self) -> AsyncGenerator[AsyncConnection]:
        """One transaction that removes content.

        SQLite overwrites what it frees and empties its log afterwards, so that the files no longer
        hold it. Postgres does so by itself, when it vacuums. Never inside another transaction: the
        log is emptied after the commit.

        Raises:
            StorageError: The database did not answer, or its log could not be emptied.
        """
        async with self.writing() as connection:
            if self._sqlite:
                await connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection
        if self._sqlite:
            await self._empty_log()

    @asynccontextmanager
    async def driver_connection(self) -> AsyncGenerator[Any]:
        """A connection of the driver's own, for what SQL has no word for; thrown away afterwards.

        Raises:
            StorageError: The database did not answer.
        """
        async with self._connect(self._engine) as connection:
            try:
                yield (await connection.get_raw_connection()).driver_connection
            finally:
                await connection.invalidate()

    def _transaction(self) -> "_Transaction | None":
        """The transaction that this task has open on this database; None: there is none."""
        transaction = _OPEN.get()
        if transaction is None or transaction.engine is not self._engine:
            return None
        # A task that was started inside inherits the context, not the transaction.
        return transaction if transaction.task is asyncio.current_task() else None

    def _join(self, transaction: "_Transaction") -> AbstractAsyncContextManager[AsyncConnection]:
        return self._translate(nullcontext(transaction.connection))

    def _connect(self, engine: AsyncEngine) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._translate(engine.connect())

    @asynccontextmanager
    async def _translate(
        self, connecting: AbstractAsyncContextManager[AsyncConnection]
    ) -> AsyncGenerator[AsyncConnection]:
        try:
            async with connecting as connection:
                yield connection
            self._outages.note_answer()
        except self._failures as failure:
            if _is_outage(failure):
                self._outages.note_failure(describe(failure))
            # Its text and its causes quote statements and values, and these are what people said.
            raise storage_error(failure, self._subject) from None

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
            timeout = await connection.exec_driver_sql("PRAGMA busy_timeout")
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={_HOLD_UP_MS}")
            result = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={timeout.scalar_one()}")
            return not result.scalar_one()  # the first column: whether it was held up


@dataclass
class _Transaction:
    """An open transaction.

    Attributes:
        task: Whose it is.
        sums: What is written at its end, by who writes it.
        failed: A part of it has raised, so it is undone whatever follows.
    """

    engine: AsyncEngine
    connection: AsyncConnection
    task: asyncio.Task[object] | None = field(default_factory=asyncio.current_task)
    sums: dict[WriteSums, dict[Any, float]] = field(
        default_factory=dict[WriteSums, dict[Any, float]]
    )
    failed: bool = False

    @contextmanager
    def part(self) -> Generator[None]:
        """A transaction inside this one."""
        try:
            yield
        except BaseException:
            self.failed = True
            raise

    async def finish(self) -> None:
        """Write what is written last.

        Raises:
            StorageError: A part has failed.
        """
        if self.failed:
            raise StorageError("A part of a transaction failed, so all of it was undone.")
        for write, sums in self.sums.items():
            await write(self.connection, sums)


_OPEN: ContextVar[_Transaction | None] = ContextVar("segue_open_transaction", default=None)


@contextmanager
def _at_hand(transaction: _Transaction) -> Generator[_Transaction]:
    """Let what is written in this task meanwhile become a part of the transaction."""
    before = _OPEN.get()
    _OPEN.set(transaction)
    try:
        yield transaction
    finally:
        _OPEN.set(before)  # not by a token: a generator may be closed from another context


def _driver_errors(engine: AsyncEngine) -> tuple[type[Exception], ...]:
    """What SQLAlchemy passes on as it is: asyncpg's failures while it prepares a connection."""
    asyncpg = getattr(engine.dialect.loaded_dbapi, "asyncpg", None)
    if asyncpg is None:
        return ()
    return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def _is_outage(failure: BaseException) -> bool:
    """Whether the database failed, and not one statement alone."""
    if not isinstance(failure, DBAPIError):
        return True  # there was no connection to be had
    return failure.connection_invalidated or isinstance(failure, OperationalError | InterfaceError)
