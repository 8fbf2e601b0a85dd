"""Why a database did not do it: by its name, and whether a second try helps."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from segue.errors.storage import (
    StorageDamagedError,
    StorageError,
    StorageFullError,
    StorageLoginError,
    StorageReadOnlyError,
)
from segue.storage.address import SQLITE_FILE, database_url
from segue.storage.causes import storage_error
from segue.storage.database import Database
from tests.fakes.worlds.databases import prepare


class RefusalError(Exception):
    def __init__(self, code):
        super().__init__("a text with content")
        self.sqlstate = code if not code.startswith("SQLITE") else None
        self.sqlite_errorname = code if code.startswith("SQLITE") else None


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("SQLITE_FULL", StorageFullError, True),
        ("53100", StorageFullError, True),
        ("SQLITE_READONLY", StorageReadOnlyError, False),
        ("SQLITE_READONLY_DIRECTORY", StorageReadOnlyError, False),
        ("SQLITE_CANTOPEN", StorageReadOnlyError, False),
        ("42501", StorageReadOnlyError, False),
        ("SQLITE_CORRUPT", StorageDamagedError, False),
        ("SQLITE_CORRUPT_INDEX", StorageDamagedError, False),
        ("SQLITE_NOTADB", StorageDamagedError, False),
        ("XX001", StorageDamagedError, False),
        ("28P01", StorageLoginError, True),
        ("3D000", StorageLoginError, True),
        ("SQLITE_BUSY", StorageError, True),
        ("57P01", StorageError, True),
    ],
)
def test_a_cause_is_named_and_only_what_passes_is_tried_again(code, kind, retryable):
    error = storage_error(OperationalError("SQL", {}, RefusalError(code)), " of syncs")

    assert type(error) is kind
    assert (error.retryable, error.is_outage) == (retryable, retryable)
    assert error.message.startswith("The database of syncs ")
    assert error.message.endswith(f": RefusalError, {code}.")
    assert "content" not in error.message


async def read_all(database):
    async with database.reading() as connection:
        await connection.execute(text("SELECT * FROM conversations"))


async def opened(folder):
    database = Database(database_url(None, folder))
    await prepare(database)
    return database


async def test_a_full_disk_is_named(tmp_path):
    database = await opened(tmp_path)

    async def fill():
        async with database.writing() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            await connection.exec_driver_sql("CREATE TABLE filler (data BLOB)")
            await connection.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(1000000))")

    with pytest.raises(StorageFullError, match="its disk is full"):
        await fill()
    await database.aclose()


async def test_a_damaged_page_is_named_also_by_the_doctor(tmp_path):
    await (await opened(tmp_path)).aclose()
    file = tmp_path / SQLITE_FILE
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
        page = plain.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'conversations'"
        ).fetchone()[0]
        size = plain.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)
    database = Database(database_url(None, tmp_path))

    with pytest.raises(StorageDamagedError):
        await database.check_pages()
    with pytest.raises(StorageDamagedError, match="is damaged"):
        await read_all(database)
    await database.aclose()


async def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    (tmp_path / SQLITE_FILE).mkdir()
    database = Database(database_url(None, tmp_path))

    with pytest.raises(StorageReadOnlyError, match="could not be prepared"):
        await database.migrate()
    await database.aclose()
