"""IT's sessions in every kind of database."""

import sqlalchemy as sa

from segue.it.contracts import TrackedAddress
from segue.it.store import ItSessionStore, handle_session
from segue.it.tables import METADATA, SESSIONS
from segue.it.wire.payloads import SavedSession, SessionState
from segue.storage.database import Database

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
