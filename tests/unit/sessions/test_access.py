"""A database that is away is an error of ours, to be tried again, that quotes nobody."""

import asyncio
import traceback

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from segue.errors.storage import StorageError
from segue.sessions.access import Access
from segue.sessions.store import ConversationStore
from segue.storage.database import database_url, open_engine
from tests.fakes.conversations import CANARY, say


async def test_a_database_that_is_not_there_can_be_tried_again(tmp_path):
    engine = open_engine(make_url(f"postgresql+asyncpg://u@/db?host={tmp_path}"))

    with pytest.raises(StorageError, match="cannot be reached") as failed:
        await ConversationStore(engine).append("c", "one", [say("hello")])

    assert failed.value.retryable
    await engine.dispose()


async def test_a_refused_statement_quotes_nothing_that_was_said(tmp_path):
    engine = open_engine(database_url(None, tmp_path))

    with pytest.raises(StorageError, match="OperationalError") as failed:
        await ConversationStore(engine).open("c", title=CANARY)
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE conversations (id TEXT PRIMARY KEY)"))
    with pytest.raises(StorageError) as later:
        await ConversationStore(engine).append("c", "one", [say(CANARY)], note=CANARY)

    for error in (failed.value, later.value):
        assert CANARY not in "".join(traceback.format_exception(error))
    await engine.dispose()


async def test_a_lost_connection_is_an_error_of_ours(tmp_path):
    engine = open_engine(database_url(None, tmp_path))

    async def reset():
        async with Access(engine).reading():
            raise ConnectionResetError

    with pytest.raises(StorageError, match="ConnectionResetError"):
        await reset()

    await engine.dispose()


async def test_what_raises_inside_a_transaction_undoes_it(tmp_path):
    engine = open_engine(database_url(None, tmp_path))
    access = Access(engine)
    async with access.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))

    async def fail():
        async with access.writing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
            raise KeyError("defect")

    with pytest.raises(KeyError):
        await fail()

    async with access.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 0
    await engine.dispose()


async def test_erasing_waits_for_readers_a_moment_at_a_time_and_says_when_one_never_ends(tmp_path):
    engine = open_engine(database_url(None, tmp_path))
    access = Access(engine, tries=2)
    async with access.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))

    async def erase():
        async with access.erasing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    async with access.reading() as reader:
        await reader.exec_driver_sql("BEGIN")
        await reader.execute(sa.text("SELECT count(*) FROM t"))
        with pytest.raises(StorageError, match="still holds it"):
            await erase()
        async with asyncio.timeout(10), access.writing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (2)"))
        await reader.rollback()
    await erase()

    async with access.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 3
    assert not (tmp_path / "segue.db-wal").read_bytes()
    await engine.dispose()
