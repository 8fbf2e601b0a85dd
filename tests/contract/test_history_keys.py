"""Keys of workflows, in every kind of database."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.storage import StorageError
from segue.sessions.histories import keys as keys_module
from segue.sessions.histories.keys import KEPT_S, HistoryKeys
from segue.sessions.histories.tables import BINDINGS, DELETIONS, KEYS, METADATA
from segue.storage.database import Database
from tests.fakes.data.conversations import seal


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(database: Database, clock: Clock) -> HistoryKeys:
    return HistoryKeys(database, seal("k1"), clock=clock)


@pytest.fixture
def elsewhere(database: Database, clock: Clock) -> HistoryKeys:
    """As another process has them."""
    return HistoryKeys(database, seal("k1"), clock=clock)


async def rows(database: Database, table: sa.Table) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(table))).all())


async def test_the_migration_makes_the_tables(database):
    ours = set(METADATA.tables)

    def differences(sync):
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _parents: kind != "table" or name in ours,
        }
        return compare_metadata(MigrationContext.configure(sync, opts=options), METADATA)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_key_is_made_once_whoever_comes_first(database):
    stores = [HistoryKeys(database, seal("k1")) for _ in range(8)]

    made = await asyncio.gather(*(store.current("a") for store in stores))

    assert len(set(made)) == 1
    assert len(await rows(database, KEYS)) == 1
    assert await stores[0].by_name("a", made[0].name) == made[0]
    assert (await stores[0].current("b")).sealing != made[0].sealing


async def test_a_key_does_not_show_itself(database, keys):
    key = await keys.current("a")

    (row,) = await rows(database, KEYS)
    assert key.sealing not in row.wrapped_key
    assert key.naming not in row.wrapped_key
    assert repr(key) == f"HistoryKey(workflow_id='a', name='{key.name}')"


async def test_a_deleted_conversation_takes_the_keys_of_its_workflows_along(database, keys):
    names = [(await keys.current(workflow)).name for workflow in ("a", "b", "other")]
    await keys.bind("a", ["c", "d"])
    await keys.bind("b", ["c"])
    await keys.bind("other", ["d2"])

    assert await keys.forget("c") == ("a", "b")
    assert await keys.forget("c") == ()

    assert [await keys.by_name("a", names[0]), await keys.by_name("b", names[1])] == [None, None]
    assert await keys.by_name("other", names[2]) is not None
    assert {row.conversation for row in await rows(database, BINDINGS)} == {"d", "d2"}
    assert {row.name for row in await rows(database, DELETIONS)} == set(names[:2])


async def test_other_processes_forget_within_a_minute(keys, elsewhere, clock):
    key = await keys.current("a")
    assert await elsewhere.current("a") == key
    await keys.bind("a", ["c"])
    await keys.forget("c")

    clock.now += KEPT_S - 1
    assert await elsewhere.by_name("a", key.name) == key
    clock.now += 1
    assert await elsewhere.by_name("a", key.name) is None
    assert (await elsewhere.current("a")).name != key.name


async def test_a_workflow_id_that_is_used_again_gets_another_key(keys, elsewhere):
    old = await keys.current("a")
    await keys.bind("a", ["c"])
    await keys.forget("c")

    new = await elsewhere.current("a")

    assert await keys.by_name("a", new.name) == new
    assert await keys.by_name("a", old.name) is None
    assert await elsewhere.by_name("a", old.name) is None
    assert await elsewhere.by_name("a", new.name) == new


async def test_binding_again_is_free_for_a_minute_and_holds_after_a_deletion(database, keys, clock):
    await keys.bind("a", ["c"])
    await keys.bind("a", [])
    await keys.bind("a", ["c"])
    assert len(await rows(database, BINDINGS)) == 1

    await keys.forget("c")  # of a workflow without a key
    await keys.bind("a", ["c"])
    assert len(await rows(database, BINDINGS)) == 1
    clock.now += KEPT_S
    await keys.bind("a", ["c"])
    assert len(await rows(database, BINDINGS)) == 1


async def test_a_process_holds_a_bounded_number_of_keys(keys, monkeypatch):
    monkeypatch.setattr(keys_module, "HELD_AT_MOST", 2)
    first = await keys.current("a")
    for workflow in ("b", "c"):
        await keys.current(workflow)

    assert set(keys._held) == {"b", "c"}
    assert await keys.current("a") == first


async def test_after_a_rotation_the_new_master_key_alone_opens_all(database, keys, monkeypatch):
    monkeypatch.setattr(keys_module, "AT_ONCE", 2)
    made = {workflow: await keys.current(workflow) for workflow in ("", "a", "b", "c", "d")}
    both, new = HistoryKeys(database, seal("k2", "k1")), HistoryKeys(database, seal("k2"))

    assert await both.current("a") == made["a"]
    with pytest.raises(ConversationUnreadableError, match=r"workflow 'a' needs .* 'k1'"):
        await new.current("a")
    lost = await new.rewrap()
    assert (lost.done, lost.unreadable) == (0, ("", "a", "b", "c", "d"))
    assert (await both.rewrap()).done == 5
    assert (await both.rewrap()).done == 0

    assert {workflow: await new.current(workflow) for workflow in made} == made


async def test_a_name_that_was_never_here_is_another_database(keys):
    await keys.current("a")

    with pytest.raises(ConversationUnreadableError, match="not in this database"):
        await keys.by_name("a", "f" * 16)
    with pytest.raises(ConversationUnreadableError, match="not in this database"):
        await keys.by_name("b", "f" * 16)


async def test_without_the_database_a_known_key_still_encrypts(database, keys, clock):
    key = await keys.current("a")
    away = Database(database.url.set(database=f"{database.url.database}/not/there"))
    keys._database = HistoryKeys(away, seal("k1"))._database

    clock.now += KEPT_S
    assert await keys.current("a") == key
    with pytest.raises(StorageError):
        await keys.by_name("a", key.name)
    with pytest.raises(StorageError):
        await keys.current("b")
    await away.aclose()
