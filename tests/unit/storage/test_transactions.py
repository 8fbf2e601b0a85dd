"""Transactions: who waits for whom, what is undone, and failures that are ours and quote nobody."""

import asyncio
import traceback
from contextlib import suppress
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from segue.errors.storage import StorageError
from segue.sessions.store import ConversationStore
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.conversations import CANARY, say


@pytest.fixture
async def file(tmp_path):
    database = Database(database_url(None, tmp_path))
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    yield database
    await database.aclose()


async def test_writers_of_a_file_come_one_after_the_other_in_their_order(file):
    inside, came = [], []

    async def write(number):
        async with file.of("things").writing():
            inside.append(number)
            await asyncio.sleep(0)
            came.append((number, list(inside)))
            inside.remove(number)

    await asyncio.gather(*(write(number) for number in range(5)))

    assert came == [(number, [number]) for number in range(5)]


async def test_writers_of_two_files_do_not_wait_for_each_other(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = (Database(database_url(None, folder)) for folder in (tmp_path, tmp_path / "other"))

    async with one.writing(), asyncio.timeout(10), other.writing():
        pass

    await one.aclose()
    await other.aclose()


async def test_writers_of_postgres_do_not_wait(postgres_url, tmp_path):
    database = Database(database_url(postgres_url, tmp_path))

    async def write():
        async with database.writing():
            pass

    async with database.writing(), asyncio.timeout(10):
        await asyncio.create_task(write())

    await database.aclose()


async def test_what_several_stores_write_in_one_transaction_is_stored_together(file):
    insert, select = sa.text("INSERT INTO t VALUES (:n)"), sa.text("SELECT n FROM t ORDER BY n")

    async def stored():
        async with file.reading() as connection:
            return list(await connection.scalars(select))

    async def write_two(reason=None):
        async with file.writing():
            for number in (1, 2):
                async with file.of("things").writing() as connection:
                    await connection.execute(insert, {"n": number})
            inside, outside = await stored(), await asyncio.create_task(stored())
            if reason:
                raise reason
        return inside, outside

    with pytest.raises(KeyError):
        await write_two(KeyError())
    assert await stored() == []
    assert await write_two() == ([1, 2], [])
    assert await stored() == [1, 2]


async def test_a_transaction_of_which_a_part_failed_is_not_stored_whoever_catches_that(database):
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))

    async def write():
        async with database.writing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
            with suppress(KeyError):
                async with database.of("things").writing():
                    await connection.execute(sa.text("INSERT INTO t VALUES (2)"))
                    raise KeyError

    with pytest.raises(StorageError, match="A part of a transaction failed"):
        await write()

    async with database.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 0


async def test_a_transaction_that_is_cancelled_in_a_part_of_it_is_undone_and_lets_others_in(
    database,
):
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    inside = asyncio.Event()

    async def write():
        async with database.writing() as outer:
            await outer.execute(sa.text("INSERT INTO t VALUES (1)"))
            async with database.of("things").writing() as connection:
                await connection.execute(sa.text("INSERT INTO t VALUES (2)"))
                inside.set()
                await asyncio.Event().wait()

    async with asyncio.timeout(20):
        task = asyncio.create_task(write())
        await inside.wait()
        task.cancel()
        await asyncio.wait([task])
        async with database.writing() as connection:
            assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 0

    assert task.cancelled()


async def test_what_is_added_up_in_a_transaction_is_written_once_at_its_end(file):
    written = []

    async def write(connection, sums):
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 2
        written.append(sums)

    async with file.writing() as connection:
        for key in ("a", "b"):
            async with file.of("things").writing():
                file.add_up(write, {key: 1, "both": 1})
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
        file.add_up(write, {})

    assert written == [{"a": 1, "b": 1, "both": 2}]


async def test_what_raises_inside_a_transaction_undoes_it(file):
    async def fail():
        async with file.writing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
            raise KeyError("defect")

    with pytest.raises(KeyError):
        await fail()

    async with file.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 0


async def test_erasing_waits_for_readers_a_moment_at_a_time_and_says_when_one_never_ends(
    file, tmp_path
):
    impatient = Database(file.url, tries=2)

    async def erase():
        async with impatient.erasing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    async with file.reading() as reader:
        await reader.exec_driver_sql("BEGIN")
        await reader.execute(sa.text("SELECT count(*) FROM t"))
        with pytest.raises(StorageError, match="still holds it"):
            await erase()
        async with asyncio.timeout(10), impatient.writing() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (2)"))
        await reader.rollback()
    await erase()

    async with file.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM t")) == 3
    assert not (tmp_path / "segue.db-wal").read_bytes()
    await impatient.aclose()


async def test_a_database_that_is_not_there_can_be_tried_again(tmp_path):
    database = Database(make_url(f"postgresql+asyncpg://u@/db?host={tmp_path}"))

    with pytest.raises(StorageError, match="of conversations did not answer: File") as failed:
        await ConversationStore(database).append("c", "one", [say("hello")])

    assert failed.value.retryable
    await database.aclose()


async def test_a_refused_login_quotes_no_password(postgres_url, tmp_path):
    url = make_url(postgres_url).set(username="nobody", password=CANARY)
    database = Database(database_url(url.render_as_string(hide_password=False), tmp_path))

    with pytest.raises(StorageError) as failed:
        await ConversationStore(database).open("c")

    assert CANARY not in "".join(traceback.format_exception(failed.value))
    await database.aclose()


async def test_a_refused_statement_quotes_nothing_that_was_said(tmp_path):
    database = Database(database_url(None, tmp_path))

    with pytest.raises(StorageError, match="OperationalError, SQLITE_ERROR") as failed:
        await ConversationStore(database).open("c", title=CANARY)
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE conversations (id TEXT PRIMARY KEY)"))
    with pytest.raises(StorageError) as later:
        await ConversationStore(database).append("c", "one", [say(CANARY)], note=CANARY)

    for error in (failed.value, later.value):
        assert CANARY not in "".join(traceback.format_exception(error))
    await database.aclose()


@pytest.mark.parametrize(
    "refused",
    [
        "INSERT INTO quoted VALUES (:said)",  # twice the same: Postgres quotes the value
        "SELECT CAST(:said AS integer) + length(name) FROM quoted",  # asyncpg quotes the argument
        "INSERT INTO late (name) VALUES (:said)",  # refused at the commit
    ],
)
async def test_what_a_driver_quotes_is_not_told(database, refused):
    constraint = "late REFERENCES quoted (name) DEFERRABLE INITIALLY DEFERRED"
    async with database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE quoted (name TEXT PRIMARY KEY)"))
        await connection.execute(sa.text(f"CREATE TABLE late (name TEXT {constraint[5:]})"))
        await connection.execute(sa.text("INSERT INTO quoted VALUES (:name)"), {"name": CANARY})
    said = CANARY + "?" if "late" in refused else CANARY

    async def write():
        async with database.of("things").writing() as connection:
            await connection.execute(sa.text(refused), {"said": said})
            if "SELECT" in refused and database.dialect == "sqlite":
                await connection.execute(sa.text("SELECT :said FROM nowhere"), {"said": said})

    with pytest.raises(StorageError, match="The database of things did not answer: ") as failed:
        await write()

    assert failed.value.__cause__ is None
    assert CANARY not in "".join(traceback.format_exception(failed.value))


async def test_a_refusal_is_told_by_the_code_that_the_database_has_for_it(database):
    code = {"sqlite": "OperationalError, SQLITE_ERROR", "postgresql": "ProgrammingError, 42P01"}

    with pytest.raises(StorageError, match=f": {code[database.dialect]}."):
        async with database.reading() as connection:
            await connection.execute(sa.text("SELECT * FROM nowhere"))


async def test_a_lost_connection_is_an_error_of_ours(file):
    async def reset():
        async with file.reading():
            raise ConnectionResetError

    with pytest.raises(StorageError, match="ConnectionResetError"):
        await reset()


async def test_who_waits_too_long_for_a_connection_is_told_so(postgres_url, tmp_path):
    database = Database(database_url(postgres_url, tmp_path))
    cast(Any, database._engine.sync_engine.pool)._timeout = 0.01
    async with asyncio.timeout(60):
        held = [database.reading() for _ in range(15)]
        for one in held:
            await one.__aenter__()
        with pytest.raises(StorageError, match="did not answer: TimeoutError"):
            async with database.reading():
                pass
        for one in held:
            await one.__aexit__(None, None, None)
    await database.aclose()


async def test_a_single_read_of_postgres_costs_no_transaction_and_no_ping(postgres_url, tmp_path):
    database = Database(database_url(postgres_url, tmp_path))
    async with database.reading() as connection:
        first = await connection.scalar(sa.text("SELECT pg_backend_pid()"))
    logged = []  # what is sent beside the statements themselves, which are prepared

    async with database.reading() as connection:
        driver = cast(Any, (await connection.get_raw_connection()).driver_connection)
        driver.add_query_logger(lambda record: logged.append(record.query))
        assert await connection.scalar(sa.text("SELECT pg_backend_pid()")) == first
    async with database.reading() as connection:
        assert await connection.scalar(sa.text("SELECT pg_backend_pid()")) == first
    assert logged == []

    async with database.writing() as connection:
        assert await connection.scalar(sa.text("SELECT pg_backend_pid()")) == first
    assert [query.split()[0].strip(";") for query in logged] == ["BEGIN", "COMMIT"]
    await database.aclose()


async def test_an_idle_connection_that_is_gone_is_made_again(postgres_url, tmp_path, monkeypatch):
    monkeypatch.setattr("segue.storage.engine.PING_AFTER_S", 0.0)
    database = Database(database_url(postgres_url, tmp_path))
    other = Database(database.url)
    async with database.reading() as connection:
        gone = await connection.scalar(sa.text("SELECT pg_backend_pid()"))
    async with other.reading() as connection:
        await connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": gone})

    async with database.reading() as connection:
        assert await connection.scalar(sa.text("SELECT pg_backend_pid()")) != gone

    await database.aclose()
    await other.aclose()


@pytest.mark.parametrize(
    ("address", "there"),
    [
        (None, True),
        ("sqlite:///no/folder/x.db", False),
        ("postgresql://u:p@127.0.0.1:1/x", False),
    ],
)
async def test_a_database_says_whether_it_answers(tmp_path, address, there):
    database = Database(database_url(address, tmp_path))

    assert await database.answers() is there

    await database.aclose()
