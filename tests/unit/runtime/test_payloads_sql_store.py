"""The store of payloads in the database, at its narrowest moment."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from segue.runtime.payloads.sql_store import METADATA, SqlPayloads
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.payloads import READING, Clock, payload, storing


async def test_what_is_removed_between_looking_for_it_and_using_it_is_stored_anew(
    tmp_path: Path,
) -> None:
    url = database_url(None, tmp_path)
    database = Database(url)
    async with database.writing() as connection:
        await connection.run_sync(METADATA.create_all)
    clock = Clock()
    store = SqlPayloads(database, clock=clock)
    await store.store(storing(), [payload(b"data")])
    clock.passes(86_400)
    removed: list[str] = []

    def remove_first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE" and not removed:  # of the touch, once it was found
            removed.append(statement)
            with closing(sqlite3.connect(str(url.database))) as other, other:
                other.execute("DELETE FROM payload_blobs")

    event.listen(database._engine.sync_engine, "before_cursor_execute", remove_first)
    claims = await store.store(storing(), [payload(b"data")])
    assert removed
    assert await store.retrieve(READING, claims) == [payload(b"data")]
    await database.aclose()
