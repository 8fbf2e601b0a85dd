"""Lists that may be very long: a page costs the same wherever it is."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import MusicStore, music_store
from segue.music.store.verdicts import wish_key
from segue.storage.database import Database
from tests.fakes.worlds.databases import migrate_to

DOUBT = Verdict(decision="review", reason="two recordings")
PLACE = "1800000000.0_key"


def store_in(database: Database) -> MusicStore:
    return music_store(database, catalogue="local", rules="1", clock=time.time)


@asynccontextmanager
async def statements(database: Database) -> AsyncGenerator[list[tuple[str, object]]]:
    """What is asked of the database meanwhile, with its parameters."""
    found = list[tuple[str, object]]()

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        found.append((statement, parameters))

    async with database.reading() as connection:
        engine = connection.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


LISTS = {
    "reviews": lambda store: store.verdicts.open_questions(limit=10, after=PLACE),
    "one review": lambda store: store.verdicts.open_question("k"),
    "reviews counted": lambda store: store.verdicts.count_open(),
    "decisions": lambda store: store.verdicts.decisions(limit=10, after=PLACE),
    "newest syncs": lambda store: store.outcomes.newest(limit=10),
    "a sync": lambda store: store.outcomes.newest_of("w"),
    "some syncs": lambda store: store.outcomes.of_runs(["a", "b"]),
    "rows of a sync": lambda store: store.runs.at("r", range(10)),
    "songs of an import": lambda store: store.imports.rows("i", range(10)),
}


@pytest.mark.parametrize("ask", LISTS.values(), ids=LISTS.keys())
async def test_no_list_is_read_whole_or_sorted_for_a_page_of_it(sqlite_database, ask):
    async with statements(sqlite_database) as found:
        await ask(store_in(sqlite_database))

    async with sqlite_database.reading() as connection:
        for statement, parameters in found:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan]
            assert not [step for step in steps if step.startswith("SCAN")], steps
            # Within the same moment at most.
            assert "USE TEMP B-TREE FOR ORDER BY" not in steps, steps


async def test_doubts_from_before_an_upgrade_are_settled_with_their_whole_song(empty_database):
    await migrate_to(empty_database, "0021")
    store = store_in(empty_database)
    song = SongMetadata(title="Ärger ", artist="Die Ärzte", album="Bäst of", duration_ms=1)
    async with empty_database.writing() as connection:
        for number in range(3):
            wish = song.model_copy(update={"duration_ms": number})
            await connection.execute(
                sa.text(
                    "INSERT INTO music_reviews VALUES (:catalogue, :key, :song, :verdict, 1.0)"
                ),
                {
                    "catalogue": "local",
                    "key": wish_key(wish),
                    "song": wish.model_dump_json(exclude_defaults=True),
                    "verdict": DOUBT.model_dump_json(exclude_defaults=True),
                },
            )

    await empty_database.migrate()
    waiting = await store.verdicts.count_open()
    bare = SongMetadata(title="ärger", artist="die ärzte")
    await store.verdicts.decide(bare, None, origin="mapping")

    assert (waiting, await store.verdicts.count_open()) == (3, 0)
