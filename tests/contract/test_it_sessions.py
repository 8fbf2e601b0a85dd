"""IT's sessions in every kind of database."""

import base64

import pytest
import sqlalchemy as sa

from segue.errors.conversation import ConversationUnreadableError
from segue.it.contracts import TrackedAddress
from segue.it.store import ItSessionStore, handle_session
from segue.it.tables import METADATA, SESSIONS
from segue.it.wire.payloads import SavedSession, SessionState
from segue.sessions.sealing import Seal
from segue.storage.database import Database
from tests.fakes.worlds.databases import migrate_to

KEYS = {name: f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2")}
NOW = 1_800_000_000.0
STATE = SessionState(
    project="DEMO",
    addresses=(TrackedAddress(address="192.0.2.1", at="2027-01-15T08:00:00+00:00", seen=True),),
)


async def test_the_migrated_table_is_the_one_of_the_code(database: Database):
    async with database.reading() as connection:
        columns = await connection.run_sync(
            lambda sync: sa.inspect(sync).get_columns(SESSIONS.name)
        )

    assert list(METADATA.tables) == [SESSIONS.name]
    assert [(each["name"], each["nullable"]) for each in columns] == [
        (column.name, column.nullable) for column in SESSIONS.columns
    ]


async def test_what_was_saved_is_read_back_and_the_newer_state_stays(database: Database):
    store = ItSessionStore(database, lambda: NOW)
    first = SavedSession(session="it-session-1", has_handle=False, state=STATE)
    newer = first.model_copy(update={"state": SessionState(project="NEW")})

    await store.save(first)
    read = await store.load("it-session-1")
    await store.save(newer)

    assert read == STATE
    assert (await store.load("it-session-1")).project == "NEW"
    assert await store.load("it-session-2") == SessionState()


async def test_a_closed_session_does_not_come_back_when_its_workflow_saves(database: Database):
    store = ItSessionStore(database, lambda: NOW)
    handle = (await store.open("ann")).session
    place = await store.find("ann", handle)
    saved = SavedSession(session=place.session, has_handle=True, state=STATE)
    await store.save(saved)
    kept = await store.load(place.session)
    await store.close("ann", handle)
    await store.save(saved)

    assert place.session == handle_session("ann", handle)
    assert kept == STATE
    assert await store.load(place.session) == SessionState()
    assert await store.sessions_of("ann") == []


def store_under(database: Database, *keys: str) -> ItSessionStore:
    seal = Seal(",".join(KEYS[key] for key in keys)) if keys else None
    return ItSessionStore(database, lambda: NOW, seal=seal)


async def stored(database: Database) -> bytes | None:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(SESSIONS.c.state))


async def test_state_is_sealed_and_goes_along_with_a_rotation_of_keys(database: Database):
    saved = SavedSession(session="it-session-1", has_handle=False, state=STATE)
    await store_under(database, "k1").save(saved)
    sealed = await stored(database)
    for keys in ((), ("k2",)):
        with pytest.raises(ConversationUnreadableError, match="'k1'"):
            await store_under(database, *keys).load(saved.session)
        assert await store_under(database, *keys).rewrap() == 0
    both = store_under(database, "k2", "k1")
    counts = [await both.rewrap() for _ in range(2)]

    assert sealed
    assert b"DEMO" not in sealed
    assert b"192.0.2.1" not in sealed
    assert counts == [1, 0]
    assert await store_under(database, "k2").load(saved.session) == STATE


async def test_state_of_before_the_switch_is_read_and_sealed_when_it_is_saved(database: Database):
    saved = SavedSession(session="it-session-1", has_handle=False, state=STATE)
    await store_under(database).save(saved)
    store = store_under(database, "k1")

    assert await store.load(saved.session) == STATE
    assert await store.rewrap() == 0
    await store.save(saved)
    assert b"DEMO" not in (await stored(database) or b"DEMO")


async def test_an_upgrade_keeps_what_sessions_knew_as_text(empty_database: Database):
    await migrate_to(empty_database, "0019")
    async with empty_database.writing() as connection:
        row = {"session": "it-session-1", "state": STATE.model_dump_json()}
        columns = "INSERT INTO it_sessions (session, state) VALUES (:session, :state)"
        await connection.execute(sa.text(columns), row)

    await empty_database.migrate()

    assert await store_under(empty_database, "k1").load("it-session-1") == STATE
