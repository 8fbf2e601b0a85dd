"""Who can read the content of conversations, and what is left of it, on every database."""

import asyncio

import pytest
import sqlalchemy as sa

from segue.errors.conversation import ConversationNotFoundError, ConversationUnreadableError
from segue.sessions.compaction import compact
from segue.sessions.store import ConversationStore
from segue.sessions.tables import CONVERSATIONS, DELETIONS, ITEMS, METADATA, OPERATIONS, TURNS
from segue.sessions.turns import TurnRecord
from tests.fakes.data.conversations import CANARY, Clock, damaged, say, seal, stored_bytes


@pytest.fixture
def keyed(database):
    """A store with the given master keys on the same database."""
    return lambda *names: ConversationStore(
        database, seal=seal(*names) if names else None, clock=Clock()
    )


async def fill(store, conversation="c", *, parent=None):
    """Content in every place that can hold some."""
    await store.open(conversation, title=f"{CANARY} title", parent=parent)
    stored = await store.append(
        conversation, "one", [say(f"{CANARY} one"), say(f"{CANARY} two")], note=f"{CANARY} note"
    )
    turn = TurnRecord(spans=((stored.first, stored.last),), note={"why": f"{CANARY} why"})
    await store.close_turn(conversation, "one", turn)


async def summary_of(_items):
    return f"{CANARY} summary"


async def change(database, statement):
    async with database.writing() as connection:
        await connection.execute(statement)


async def test_plain_content_is_found_in_the_database_and_sealed_content_is_not(database, keyed):
    sealed = keyed("k1")
    await fill(sealed)
    await compact(sealed, "c", "summary", upto_turn=1, summarise=summary_of)
    await sealed.fork("c", "copy")
    await sealed.pop("copy", "pop")

    assert CANARY.encode() not in await stored_bytes(database)
    shown = await sealed.show("copy")
    assert shown.head.title == f"{CANARY} title"
    assert (shown.head.encrypted, shown.head.readable) == (True, True)
    assert shown.turns[0].note == {"why": f"{CANARY} why"}

    await fill(keyed(), "plain")
    assert CANARY.encode() in await stored_bytes(database)


async def test_tokens_are_counted_alike_with_and_without_encryption(keyed):
    await fill(keyed("k1"), "sealed")
    await fill(keyed(), "plain")

    [[one], [other]] = [await keyed("k1").turns(name) for name in ("sealed", "plain")]

    assert one.tokens == other.tokens > 0


@pytest.mark.parametrize("names", [(), ("k2",), ("k2", "k3")])
async def test_without_the_key_nothing_is_read_or_written(keyed, names):
    await fill(keyed("k1"))
    stranger = keyed(*names)

    for reading in (
        stranger.read("c", [(1, 1)]),
        stranger.prompt("c"),
        stranger.turns("c"),
        stranger.show("c"),
        stranger.append_result("c", "one"),
        stranger.append("c", "two", [say("more")]),
        stranger.data_key("c", purpose="x"),
        stranger.fork("c", "copy"),
    ):
        with pytest.raises(ConversationUnreadableError, match="'k1'"):
            await reading
    [head] = (await stranger.conversations()).heads
    assert (head.title, head.encrypted, head.readable) == ("", True, False)
    assert (await keyed("k1").show("c")).head.items == 2


async def test_a_key_of_the_same_name_and_other_bytes_opens_nothing(keyed, database):
    await fill(keyed("k1"))
    await change(database, sa.update(CONVERSATIONS).values(key_id="k2"))

    with pytest.raises(ConversationUnreadableError, match="does not open"):
        await keyed("k2").prompt("c")


async def test_plain_conversations_stay_readable_when_keys_come(keyed):
    await fill(keyed())

    assert (await keyed("k1").prompt("c"))[0] == say(f"{CANARY} one")
    assert await keyed("k1").data_key("c", purpose="x") is None


async def test_changed_moved_and_cut_content_is_refused(keyed, database):
    store = keyed("k1")
    await fill(store)
    async with database.reading() as connection:
        found = await connection.execute(sa.select(ITEMS.c.seq, ITEMS.c.item))
        blobs = {row.seq: row.item for row in found}
    for blob in (damaged(blobs[1]), blobs[2], b"", blobs[1][:5]):
        await change(database, sa.update(ITEMS).where(ITEMS.c.seq == 1).values(item=blob))
        with pytest.raises(ConversationUnreadableError, match=r"item 1 .*changed"):
            await store.read("c", [(1, 1)])

    await change(database, sa.update(TURNS).values(note=blobs[1]))
    with pytest.raises(ConversationUnreadableError):
        await store.turns("c")
    await change(database, sa.update(OPERATIONS).values(note=blobs[1]))
    with pytest.raises(ConversationUnreadableError):
        await store.append_result("c", "one")


async def test_changed_plain_content_is_refused_where_it_is_no_longer_json(keyed, database):
    store = keyed()
    await fill(store)
    for blob in (b"{", b"\xff"):
        await change(database, sa.update(ITEMS).where(ITEMS.c.seq == 2).values(item=blob))
        with pytest.raises(ConversationUnreadableError):
            await store.show("c")


async def test_a_rotation_makes_the_old_key_dispensable(keyed):
    for number in range(3):
        await fill(keyed("k1"), f"c{number}")
    await fill(keyed(), "plain")
    await fill(keyed("k3"), "lost")
    before = await keyed("k1").data_key("c0", purpose="x")

    rotated = await keyed("k2", "k1").rewrap()
    again = await keyed("k2", "k1").rewrap()

    assert (rotated.done, rotated.unreadable) == (3, ("lost",))
    assert (again.done, again.unreadable) == (0, ("lost",))
    assert len(await keyed("k2").prompt("c1")) == 2
    assert await keyed("k2").data_key("c0", purpose="x") == before
    with pytest.raises(ConversationUnreadableError):
        await keyed("k1").prompt("c1")
    assert (await keyed().rewrap()).done == 0


async def test_a_rotation_goes_through_all_conversations(keyed):
    for number in range(205):
        await keyed("k1").open(f"c{number}")

    assert (await keyed("k2", "k1").rewrap()).done == 205


async def test_other_rooms_get_a_key_for_each_conversation_and_use(keyed):
    store = keyed("k1")
    await fill(store, "a")
    await fill(store, "b")

    keys = [
        await store.data_key(name, purpose=use) for name in ("a", "b") for use in ("one", "two")
    ]

    assert len(set(keys)) == 4
    assert {len(key) for key in keys if key} == {32}
    assert await store.data_key("a", purpose="one") == keys[0]
    await store.delete("a")
    with pytest.raises(ConversationNotFoundError):
        await store.data_key("a", purpose="one")


@pytest.mark.parametrize("names", [(), ("k1",)])
async def test_deleting_leaves_nothing_of_it_and_of_what_is_nested(database, keyed, names):
    store = keyed(*names)
    await fill(store, "keep me")
    await fill(store, "top")
    await fill(store, "child", parent="top")
    await fill(store, "grandchild", parent="child")
    async with database.reading() as connection:
        wrapped = await connection.scalar(
            sa.select(CONVERSATIONS.c.wrapped_key).where(CONVERSATIONS.c.id == "top")
        )

    assert await store.delete("top") is True
    assert await store.delete("top") is False

    async with database.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in await connection.execute(sa.select(table)):
                assert not {"top", "child", "grandchild"} & set(row)
        assert len((await connection.execute(sa.select(DELETIONS))).all()) == 3
    assert len(await store.prompt("keep me")) == 2
    await store.delete("keep me")
    left = await stored_bytes(database)
    assert CANARY.encode() not in left
    assert wrapped is None or wrapped not in left


async def test_who_still_writes_to_a_deleted_conversation_does_not_bring_it_back(keyed):
    store = keyed("k1")
    await fill(store, "top")
    await fill(store, "child", parent="top")
    await store.delete("top")

    for writing in (
        store.append("top", "one", [say("late")]),
        store.append("child", "two", [say("late")]),
        store.close_turn("top", "two", TurnRecord()),
        store.open("child", parent=None),
        store.pop("top", "pop"),
        store.clear("top", "clear"),
    ):
        with pytest.raises(ConversationNotFoundError, match="deleted"):
            await writing
    with pytest.raises(ConversationNotFoundError):
        await store.prompt("top")
    assert (await store.conversations(kind=None)).heads == ()


async def test_deleting_while_others_write_leaves_nothing(database, keyed):
    store = keyed()
    writer = keyed()

    async def write(number):
        for step in range(15):
            await writer.append("c", f"{number}-{step}", [say(CANARY)])

    await store.append("c", "first", [say(CANARY)])
    writing = [asyncio.create_task(write(number)) for number in range(4)]
    await store.append("c", "second", [say(CANARY)])
    await store.delete("c")
    outcomes = await asyncio.gather(*writing, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} <= {ConversationNotFoundError, type(None)}
    async with database.reading() as connection:
        for table in (CONVERSATIONS, ITEMS, OPERATIONS, TURNS):
            assert (await connection.execute(sa.select(table))).all() == []


async def test_deleting_a_conversation_with_very_many_inside_takes_all(database, keyed):
    store = keyed()
    await store.open("top")
    names = [f"run {number}" for number in range(600)]
    async with database.writing() as connection:
        row = {"kind": "run", "parent": "top", "title": b"", "next_seq": 1, "next_turn": 1}
        row |= {"item_count": 0, "created_at": 0.0, "updated_at": 0.0}
        await connection.execute(sa.insert(CONVERSATIONS), [row | {"id": name} for name in names])

    await store.delete("top")

    assert (await store.conversations(kind=None)).heads == ()


async def test_the_last_item_is_popped_once_for_each_operation(database, keyed):
    store = keyed("k1")
    await store.append("c", "one", [say("a"), say("b")])
    await store.close_turn("c", "one", TurnRecord(spans=((1, 2),)))
    await store.append("c", "two", [say("c")])
    await store.close_turn("c", "two", TurnRecord(spans=((3, 3),)))

    assert [await store.pop("c", op) for op in ("p1", "p1", "p2")] == [say("c"), say("c"), say("b")]

    assert await store.prompt("c") == [say("a")]
    assert await store.read("c", [(1, 3)]) == [say("a")]
    assert (await store.append("c", "three", [say("d")])).first == 4
    assert (await store.show("c")).head.items == 2


async def test_a_pop_from_nothing_gives_nothing_also_when_there_is_something_later(keyed):
    store = keyed()

    assert await store.pop("c", "p") is None
    await store.append("c", "one", [say("a")])
    await store.close_turn("c", "one", TurnRecord(spans=((1, 1),)))

    assert await store.pop("c", "p") is None
    assert await store.prompt("c") == [say("a")]


@pytest.mark.parametrize("names", [(), ("k1",)])
async def test_clearing_takes_all_content_once(database, keyed, names):
    store = keyed(*names)
    await fill(store)
    await store.pop("c", "pop")

    await store.clear("c", "clear")
    assert await store.prompt("c") == []
    shown = await store.show("c")
    assert (shown.items, shown.turns, shown.head.items) == ((), (), 0)
    assert f"{CANARY} one".encode() not in await stored_bytes(database)

    stored = await store.append("c", "new", [say("new")])
    await store.close_turn("c", "new", TurnRecord(spans=((stored.first, stored.last),)))
    await store.clear("c", "clear")
    assert (stored.first, await store.prompt("c")) == (3, [say("new")])
    assert (await store.append("c", "one", [say("late")])).new is False
