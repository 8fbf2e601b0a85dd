"""What the event table promises while its database is locked, stopped or started again."""

import asyncio

import pytest
from sqlalchemy import text

from segue.errors.storage import StorageError
from segue.sessions.events.bell import PostgresBell, bell_for
from segue.sessions.events.contracts import folded_text
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.events.store import TurnEventStore
from segue.sessions.events.writer import TurnWriter, _orphans
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.waiting import until
from tests.fakes.worlds.databases import prepare, running_postgres

TURN = "chat-1/turn-1"


@pytest.fixture
def postgres_to_stop():
    """A server of the test's own."""
    with running_postgres() as server:
        yield server


@pytest.fixture
async def stoppable_database(postgres_to_stop, tmp_path):
    made = Database(database_url(postgres_to_stop.get_uri(), tmp_path))
    await prepare(made)
    yield made
    await made.aclose()


async def collected(hub):
    return [e async for e in hub.follow(TURN) if e is not None]


async def told(store):
    return await store.read(TURN, 0)


async def test_writing_to_a_locked_file_ends_in_time_and_raises_nothing(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    async with database.reading() as holder:
        await holder.exec_driver_sql("BEGIN IMMEDIATE")
        async with (
            asyncio.timeout(10),
            TurnWriter(TurnEventStore(database), TURN, 1, patience_s=0.1) as writer,
        ):
            await writer.delta("Hello")
        await holder.rollback()
    await until(lambda: not _orphans, "the abandoned statement to end")
    async with TurnWriter(TurnEventStore(database), TURN, 2, patience_s=20) as writer:
        await writer.delta("again")

    assert folded_text(await told(TurnEventStore(database))) == "again"
    await database.aclose()


async def test_a_restart_of_postgres_costs_neither_the_answer_nor_a_word(
    stoppable_database, postgres_to_stop, caplog
):
    store = TurnEventStore(stoppable_database)
    hub = TurnEvents(store, bell=bell_for(stoppable_database))
    following = [asyncio.create_task(collected(hub)) for _ in range(3)]
    async with TurnWriter(store, TURN, 1, patience_s=20) as writer:
        await writer.delta("before ")
        await until(lambda: told(store), "the first words")
        await asyncio.to_thread(postgres_to_stop._stop)
        await writer.delta("during ")
        await until(lambda: "falls behind" in caplog.text, "the writer to notice")
        await writer.delta("more ")
        await asyncio.to_thread(postgres_to_stop.ensure_postgres_running)
        await writer.delta("after")
    await store.announce(TURN, "turn.completed", {})

    seen = await asyncio.gather(*following)
    await hub.aclose()
    assert all(folded_text(events[:-1]) == "before during more after" for events in seen)
    assert caplog.text.count("falls behind") == 1
    assert "during" not in caplog.text


async def test_a_postgres_that_stays_away_costs_the_stream_only(
    stoppable_database, postgres_to_stop
):
    store = TurnEventStore(stoppable_database)
    await asyncio.to_thread(postgres_to_stop._stop)

    async with asyncio.timeout(10), TurnWriter(store, TURN, 1, patience_s=0.1) as writer:
        await writer.started("m")
        await writer.delta("Hello")
    with pytest.raises(StorageError, match="database of events"):
        await store.read(TURN, 0)


async def test_the_bell_rings_for_each_turn_with_news_and_again_after_a_lost_connection(
    stoppable_database,
):
    store, rings = TurnEventStore(stoppable_database), []
    bell = PostgresBell(stoppable_database, ping_s=0.05)
    listening = asyncio.create_task(bell.listen(rings.append))
    await until(lambda: bell.connected, "the bell to listen")
    await store.announce(TURN, "turn.started", {})
    await until(lambda: TURN in rings, "a ring")
    async with stoppable_database.reading() as connection:
        pinged = text("SELECT pid FROM pg_stat_activity WHERE query = 'SELECT 1'")

        async def ping():
            await connection.rollback()
            return (await connection.execute(pinged)).scalar()

        await until(ping, "a ping")
        await connection.execute(text(f"SELECT pg_terminate_backend({await ping()})"))
    await until(lambda: not bell.connected, "the bell to notice")
    await until(lambda: bell.connected, "the bell to listen again")
    rings.clear()
    await store.announce(TURN, "turn.completed", {})
    await until(lambda: TURN in rings, "a ring")

    listening.cancel()
    await asyncio.wait({listening})
    assert not bell.connected


async def test_while_postgres_is_away_the_bell_is_not_connected_and_complains_once(
    stoppable_database, postgres_to_stop, caplog
):
    bell = PostgresBell(stoppable_database)
    await asyncio.to_thread(postgres_to_stop._stop)
    listening = asyncio.create_task(bell.listen(lambda _turn: None))
    await until(lambda: "instead of listening" in caplog.text, "a complaint")
    await asyncio.to_thread(postgres_to_stop.ensure_postgres_running)
    await until(lambda: bell.connected, "the bell to listen")

    listening.cancel()
    await asyncio.wait({listening})
    assert caplog.text.count("instead of listening") == 1
