"""Addresses, connections and migrations of the one database."""

import asyncio
import sys
import traceback

import pytest
from sqlalchemy import make_url, text

from segue.errors.settings import SettingsError
from segue.errors.storage import SchemaError, StorageError
from segue.storage.address import database_url
from segue.storage.database import Database

HIDDEN = "hunter2"


@pytest.mark.parametrize(
    ("written", "driver", "rest"),
    [
        ("sqlite:////var/lib/x.db", "sqlite+aiosqlite", "/var/lib/x.db"),
        ("sqlite:///x.db", "sqlite+aiosqlite", "x.db"),
        ("sqlite+pysqlite:///x.db", "sqlite+aiosqlite", "x.db"),
        ("postgresql://u:p@host:6543/name", "postgresql+asyncpg", "name"),
        ("postgres://u:p@host/name", "postgresql+asyncpg", "name"),
        ("postgresql+psycopg://u:p@host/name", "postgresql+asyncpg", "name"),
    ],
)
def test_every_usual_spelling_of_an_address_gets_our_driver(written, driver, rest, tmp_path):
    url = database_url(written, tmp_path)

    assert (url.drivername, url.database) == (driver, rest)


def test_an_address_keeps_its_login_host_and_port(tmp_path):
    url = database_url(f"postgresql://u:{HIDDEN}@host:6543/name", tmp_path)

    assert (url.username, url.password, url.host, url.port) == ("u", HIDDEN, "host", 6543)


@pytest.mark.parametrize("unset", [None, ""])
def test_without_an_address_it_is_a_file_in_the_data_folder(unset, tmp_path):
    assert database_url(unset, tmp_path).database == str(tmp_path / "segue.db")


async def test_any_name_of_a_data_folder_will_do(tmp_path):
    folder = tmp_path / "50 % sure? #1 & more" / "not there yet"
    database = Database(database_url(None, folder))

    await database.migrate()
    await database.aclose()

    assert (folder / "segue.db").stat().st_size > 0


@pytest.mark.parametrize(
    "wrong",
    [
        f"u:{HIDDEN}@host/name",
        f"postgresql://u:{HIDDEN}",
        f"postgresql://u:x@host:{HIDDEN}/name",
        f"mysql://u:{HIDDEN}@host/name",
        "sqlite://",
        "sqlite:///:memory:",
        "://",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(wrong, tmp_path):
    with pytest.raises(SettingsError, match="expected postgresql://") as refused:
        database_url(wrong, tmp_path)

    assert HIDDEN not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{HIDDEN}@127.0.0.1:1/name",
        f"postgresql://u:at@{HIDDEN}@127.0.0.1:1/name",
        f"postgresql://127.0.0.1:1/name?user=u&password={HIDDEN}",
    ],
)
async def test_an_unreachable_server_is_named_without_the_password(address, tmp_path):
    database = Database(database_url(address, tmp_path))

    with pytest.raises(StorageError, match="/name could not be prepared") as failed:
        await database.migrate()

    assert HIDDEN not in str(failed.value)


async def test_a_login_that_the_server_refuses_is_told_without_the_password(postgres_url, tmp_path):
    url = make_url(postgres_url).set(username="nobody", password=HIDDEN)
    database = Database(database_url(url.render_as_string(hide_password=False), tmp_path))

    with pytest.raises(StorageError, match="nobody") as failed:
        await database.migrate()

    assert HIDDEN not in str(failed.value)


async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    (tmp_path / "segue.db").write_bytes(b"no database" * 500)
    database = Database(database_url(None, tmp_path))

    with pytest.raises(StorageError, match=r"segue\.db could not be prepared: .*not a database"):
        await database.migrate()


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    database = Database(database_url(None, tmp_path / "taken"))

    with pytest.raises(StorageError, match="could not be prepared"):
        await database.migrate()


async def made_by_a_newer_segue(database, *, oldest="0012"):
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(
            text("UPDATE installation SET oldest_revision = :oldest"), {"oldest": oldest}
        )


async def test_a_newer_schema_that_old_code_cannot_live_with_is_refused(database):
    await made_by_a_newer_segue(database, oldest="9998")

    for step in (database.migrate, database.check_schema):
        with pytest.raises(SchemaError, match=r"9999.* 9998 or newer") as refused:
            await step()
        assert not refused.value.retryable


async def test_on_a_newer_schema_that_only_adds_a_segue_that_was_rolled_back_works(database):
    await made_by_a_newer_segue(database)

    await database.migrate()
    await database.check_schema()

    assert (await database.schema()).current == "9999"


async def test_an_older_schema_is_refused_without_changing_it(any_database):
    database = Database(any_database)

    with pytest.raises(SchemaError, match="revision none"):
        await database.check_schema()
    schema = await database.schema()
    await database.migrate()
    upgraded = await database.schema()
    await database.aclose()

    assert (schema.current, schema.is_older) == (None, True)
    assert (upgraded.current, upgraded.is_older) == (schema.newest, False)


async def test_a_database_has_a_name_that_it_keeps(database):
    name = await database.identity()

    assert len(name) == 32
    assert await database.identity() == name


def test_a_missing_driver_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    with pytest.raises(SettingsError) as refused:
        Database(database_url("postgresql://host/name", tmp_path))

    assert "segue[postgres]" in refused.value.hint


async def test_every_connection_to_a_file_waits_for_writers_and_keeps_references(tmp_path):
    database = Database(database_url(None, tmp_path))
    pragmas = {}
    async with database.reading() as first, database.reading() as second:
        for connection in (first, second):
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
                found = await connection.execute(text(f"PRAGMA {name}"))
                pragmas.setdefault(name, set()).add(found.scalar_one())
    await database.aclose()

    assert pragmas == {
        "journal_mode": {"wal"},
        "synchronous": {1},
        "foreign_keys": {1},
        "busy_timeout": {30_000},
    }


async def test_several_processes_may_migrate_one_database_at_once(any_database):
    databases = [Database(any_database) for _ in range(4)]

    await asyncio.gather(*(database.migrate() for database in databases))

    async with databases[0].reading() as connection:
        versions = await connection.execute(text("SELECT version_num FROM alembic_version"))
        assert len(versions.all()) == 1
    await asyncio.gather(*(database.aclose() for database in databases))


async def test_migrating_again_keeps_what_is_there(database):
    row = "INSERT INTO music_runs (id, import_id, created_at) VALUES ('r', 'i', 0)"
    async with database.writing() as connection:
        await connection.execute(text(row))

    await database.migrate()

    async with database.reading() as connection:
        kept = await connection.execute(text("SELECT id FROM music_runs"))
        assert kept.scalars().all() == ["r"]


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_a_writer_that_was_cancelled_holds_up_nobody(tmp_path):
    database = Database(database_url(None, tmp_path))
    async with database.writing() as connection:
        await connection.exec_driver_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)")
    written = asyncio.Event()

    async def write() -> None:
        async with database.reading() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            await connection.exec_driver_sql("INSERT INTO t VALUES (1) RETURNING x")
            written.set()
            await connection.exec_driver_sql(SLOW.replace("FROM n)", "FROM n WHERE i < 2000000)"))

    task = asyncio.create_task(write())
    await written.wait()
    task.cancel()
    # Its traceback is kept, and with it the statement: as in a log, or until garbage is collected.
    with pytest.raises(asyncio.CancelledError) as _kept:
        await task
    async with database.writing() as connection:
        await connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        found = await connection.exec_driver_sql("SELECT count(*) FROM t")
        assert found.scalar_one() == 1
    await database.aclose()
