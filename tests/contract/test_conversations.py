"""What the store of conversations promises, on every database, plain and sealed."""

import asyncio
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segue.errors.conversation import (
    ConversationError,
    ConversationFullError,
    ConversationNotFoundError,
    ConversationUnreadableError,
)
from segue.errors.input import InputError
from segue.sessions.compaction import compact, summary_item
from segue.sessions.rows import Opening
from segue.sessions.store import ConversationStore
from segue.sessions.tables import ITEMS, METADATA
from segue.sessions.turns import TurnRecord
from tests.fakes.data.conversations import Clock, assert_written, say, seal, write_in_a_process

WRITERS = 8


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["plain", "sealed"])
def store(request, database, clock):
    keys = seal("k1") if request.param == "sealed" else None
    return ConversationStore(database, seal=keys, clock=clock)


async def talk(store, conversation, turns, *, note=None):
    """So many turns of a question and an answer; what a prompt then holds."""
    said = []
    for number in range(1, turns + 1):
        pair = [say(f"question {number}"), say(f"answer {number}", "assistant")]
        stored = await store.append(conversation, f"turn {number}", pair)
        turn = TurnRecord(spans=((stored.first, stored.last),), agent="A", note=note or {})
        await store.close_turn(conversation, f"turn {number}", turn)
        said += pair
    return said


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    ours = set(METADATA.tables)

    def differences(sync):
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _parents: kind != "table" or name in ours,
        }
        return compare_metadata(MigrationContext.configure(sync, opts=options), METADATA)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_items_come_back_in_order_and_exactly_as_given(store):
    odd = {"z": 1, "a": [None, True, 1.5, 10**20], "": "\x00\ud83d é 中", "o": {"b": {}, "a": []}}

    first = await store.append("c", "one", [say("hello"), odd])
    second = await store.append("c", "two", [say("more")], note="why")

    assert (first.first, first.last, first.new) == (1, 2, True)
    assert (second.first, second.last, second.note) == (3, 3, "why")
    found = await store.read("c", [(3, 3), (1, 2), (2, 1)])
    assert json.dumps(found) == json.dumps([say("more"), say("hello"), odd])


async def test_a_repeated_append_stores_nothing_and_says_what_the_first_did(store):
    await store.append("c", "one", [say("a"), say("b")], note="kept")

    again = await store.append("c", "one", [say("other")], note="lost")

    assert (again.first, again.last, again.note, again.new) == (1, 2, "kept", False)
    assert await store.append_result("c", "one") == again
    empty = await store.append("c", "two", [])
    assert (empty.first, empty.last) == (3, 2)
    assert (await store.append("c", "two", [say("late")])).last == 2
    assert [item for _, item in (await store.show("c")).items] == [say("a"), say("b")]


async def test_what_was_never_appended_is_not_known(store):
    assert await store.append_result("nobody", "one") is None
    await store.open("c")
    assert await store.append_result("c", "one") is None
    with pytest.raises(ConversationNotFoundError):
        await store.read("nobody", [(1, 1)])


async def test_the_same_operation_at_the_same_time_stores_once(store):
    tries = [store.append("c", "one", [say("once"), say("only")]) for _ in range(10)]

    done = await asyncio.gather(*tries)

    assert sorted(one.new for one in done) == [False] * 9 + [True]
    assert {(one.first, one.last) for one in done} == {(1, 2)}
    assert (await store.conversations()).heads[0].items == 2


async def test_writers_in_several_processes_lose_and_mix_nothing(database):
    url = database.url.render_as_string(hide_password=False)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        await asyncio.gather(
            *(
                loop.run_in_executor(pool, write_in_a_process, url, ["k1"], writers, 10)
                for writers in (range(4), range(4, WRITERS))
            )
        )

    store = ConversationStore(database, seal=seal("k1"))
    assert_written((await store.show("c")).items, [10] * WRITERS)


async def test_a_full_conversation_takes_no_more_and_still_answers_repetitions(database):
    store = ConversationStore(database, max_items=3)
    await store.append("c", "one", [say("a"), say("b")])

    with pytest.raises(ConversationFullError, match="may hold 3 items; it would hold 4"):
        await store.append("c", "two", [say("c"), say("d")])

    assert (await store.append("c", "one", [say("a"), say("b")])).new is False
    assert (await store.append("c", "three", [say("c")])).first == 3


async def test_what_is_no_json_or_no_name_is_refused(store):
    with pytest.raises(InputError, match="must be JSON"):
        await store.append("c", "one", [{"when": object()}])
    with pytest.raises(InputError, match="conversation's id"):
        await store.append("", "one", [])
    with pytest.raises(InputError, match="operation's name"):
        await store.append("c", "o" * 401, [])
    with pytest.raises(InputError):
        await store.open("nul\x00")
    assert (await store.conversations()).heads == ()


async def test_opening_is_done_once_and_stays_as_it_was(store):
    await store.open("c", title="First", workflow_id="w")
    await store.open("c", title="Second", kind="run")

    [head] = (await store.conversations()).heads
    assert (head.title, head.kind, head.workflow_id) == ("First", "thread", "w")
    with pytest.raises(ConversationNotFoundError, match="no conversation 'nobody'"):
        await store.open("child", parent="nobody")


async def test_two_who_open_at_the_same_time_both_succeed(store):
    await asyncio.gather(*(store.open("c") for _ in range(8)))

    assert [head.id for head in (await store.conversations()).heads] == ["c"]


async def test_turns_are_numbered_and_closed_once(store):
    await store.append("c", "one", [say("x" * 400)])
    turn = TurnRecord(spans=((1, 1),), agent="A", model="m", text_seq=1, note={"secret": "é"})

    first, again, second = [await store.close_turn("c", op, turn) for op in ("one", "one", "two")]
    assert [first.number, again.number, second.number] == [1, 1, 2]

    closed = await store.turns("c")
    size = len(json.dumps(say("x" * 400), separators=(",", ":")))
    assert [one.number for one in closed] == [1, 2]
    assert closed[0] == turn.model_copy(
        update={"number": 1, "created_at": closed[0].created_at, "tokens": -(-size // 4)}
    )
    assert closed[0].created_at > 1_800_000_000
    assert [one.number for one in await store.turns("c", upto=1)] == [1]


async def test_who_writes_is_told_the_newest_closed_turn(store):
    first = await store.append("c", "one", [say("under way")])
    await store.append("other", "one", [say("hello")])
    assert first.last_turn == 0

    for operation in ("one", "two", "two"):
        await store.close_turn("c", operation, TurnRecord(spans=((1, 1),)))
    await store.close_turn("c", "short", TurnRecord(kind="summary", covers=1))
    await store.close_turn("other", "one", TurnRecord(spans=((1, 1),)))

    again = await store.append("c", "one", [say("under way")])
    assert (again.new, again.last_turn) == (False, 3)
    assert (await store.append("c", "two", [])).last_turn == (await store.turns("c"))[-1].number
    assert (await store.append("other", "two", [])).last_turn == 1


async def test_a_conversation_is_what_its_first_write_says(store):
    opening = Opening(kind="run", parent="c", workflow_id="flow", title="Trip")
    await store.append("c", "one", [])
    await store.append("inner", "one", [say("hello")], opening=opening)
    await store.append("inner", "two", [say("more")], opening=Opening(title="Another"))

    head = (await store.show("inner")).head
    assert (head.kind, head.parent, head.workflow_id, head.title) == ("run", "c", "flow", "Trip")


async def test_what_was_stored_just_now_is_prompted_without_a_read(store, database):
    for number in (1, 2):
        await store.append("c", f"op {number}", [say(f"text {number}")])
        closed = await store.close_turn("c", f"op {number}", TurnRecord(spans=((number, number),)))
    await store.prompt("c", upto_turn=1)
    store.remember("c", closed.number, [say("text 2")])

    async with database.erasing() as connection:
        await connection.execute(sa.update(ITEMS).values(item=None))  # nobody may look
    known = await store.prompt("c", upto_turn=2, removals=0)

    assert known == [say("text 1"), say("text 2")]


async def test_the_same_turn_closed_at_the_same_time_gets_one_number(store):
    closing = [store.close_turn("c", "one", TurnRecord()) for _ in range(8)]

    assert [turn.number for turn in await asyncio.gather(*closing)] == [1] * 8
    assert len(await store.turns("c")) == 1


async def test_a_prompt_is_what_the_finished_turns_say_in_their_order(store):
    said = await talk(store, "c", 3)
    await store.append("c", "under way", [say("not yet")])
    await store.append("c", "picked", [say("tool result"), say("tool call")])
    await store.close_turn("c", "picked", TurnRecord(spans=((9, 9), (8, 8))))

    assert await store.prompt("c") == [*said, say("tool call"), say("tool result")]
    assert await store.prompt("c", upto_turn=2) == said[:4]
    assert await store.prompt("c", upto_turn=0) == []


async def test_a_prompt_read_before_is_the_one_that_is_read_anew(database, store, clock):
    keys = store._seal
    said = await talk(store, "c", 3)
    first = await store.prompt("c")
    first[0]["content"] = "changed by who was given it"

    async def summarise(items):
        return f"of {len(items)}"

    async def read():
        anew = await ConversationStore(database, seal=keys, clock=clock).prompt("c")
        assert await store.prompt("c") == anew
        return anew

    assert await read() == said
    await talk(ConversationStore(database, seal=keys, clock=clock), "c", 5)
    assert len(await read()) == 10
    assert await store.prompt("c", upto_turn=2) == said[:4]
    await store.pop("c", "pop")
    assert len(await read()) == 9
    await compact(store, "c", "sum", upto_turn=4, summarise=summarise)
    assert (await read())[0] == summary_item("of 8")
    await store.clear("c", "clear")
    assert await read() == []
    await store.delete("c")
    with pytest.raises(ConversationNotFoundError):
        await store.prompt("c")


async def test_a_long_prompt_in_many_pieces_is_read_whole(store):
    items = [say(str(number)) for number in range(1, 1302)]
    await store.append("c", "many", items)
    odd = tuple((seq, seq) for seq in range(1, 1302, 2))
    await store.close_turn("c", "many", TurnRecord(spans=(*odd, (2, 1300))))

    prompt = await store.prompt("c")

    assert prompt == [*items[::2], *items[1:1300]]


async def test_a_summary_stands_for_the_turns_it_covers_and_they_stay(store):
    said = await talk(store, "c", 4)
    asked = []

    async def summarise(items):
        asked.append(items)
        return f"{len(items)} items"

    for _ in range(2):
        number = await compact(store, "c", "s1", upto_turn=2, summarise=summarise)
        assert number == 5

    assert asked == [said[:4]]
    assert await store.prompt("c") == [summary_item("4 items"), *said[4:]]
    assert await store.prompt("c", upto_turn=4) == said
    assert (await store.turns("c"))[-1].covers == 2

    assert await compact(store, "c", "s2", upto_turn=3, summarise=summarise) == 6
    assert asked[1] == [summary_item("4 items"), *said[4:6]]
    assert await store.prompt("c") == [summary_item("3 items"), *said[6:]]
    assert await store.prompt("c", upto_turn=5) == [summary_item("4 items"), *said[4:]]
    assert [item for _, item in (await store.show("c")).items][:8] == said


async def test_lists_come_in_pages_and_leave_inner_talk_out(store):
    for name in ("a", "b", "c", "d", "e"):
        await store.append(name, "one", [say(name)])
    await store.open("inner", kind="run", parent="a")
    await store.append("a", "two", [say("again")])

    names, place = [], None
    while True:
        page = await store.conversations(limit=2, after=place)
        names.append([head.id for head in page.heads])
        if (place := page.next) is None:
            break

    assert names == [["a", "e"], ["d", "c"], ["b"]]
    assert [head.id for head in (await store.conversations(kind="run")).heads] == ["inner"]
    assert len((await store.conversations(kind=None)).heads) == 6
    with pytest.raises(InputError, match="place in the list"):
        await store.conversations(after="nowhere")


async def test_conversations_used_at_the_same_moment_are_all_listed(database):
    store = ConversationStore(database, clock=lambda: 1_800_000_000.5)
    for name in ("a", "b", "c"):
        await store.open(name)

    first = await store.conversations(limit=2)
    rest = await store.conversations(limit=2, after=first.next)

    assert [head.id for head in (*first.heads, *rest.heads)] == ["a", "b", "c"]


async def test_showing_gives_turns_and_items_also_those_of_no_turn(store):
    said = await talk(store, "c", 1)
    await store.append("c", "loose", [say("loose")])

    shown = await store.show("c")

    assert (shown.head.items, shown.head.turns) == (3, 1)
    assert [turn.spans for turn in shown.turns] == [((1, 2),)]
    assert shown.items == ((1, said[0]), (2, said[1]), (3, say("loose")))


async def test_a_fork_goes_its_own_way(store):
    said = await talk(store, "c", 3, note={"why": "because"})
    await store.append("c", "loose", [say("in no turn")])

    for _ in range(2):
        await store.fork("c", "copy", after_turn=2)
    stored = await store.append("copy", "own", [say("other")])
    turn = await store.close_turn("copy", "own", TurnRecord(spans=((stored.first, stored.last),)))

    assert (stored.first, turn.number) == (5, 3)
    assert await store.prompt("copy") == [*said[:4], say("other")]
    assert (await store.turns("copy"))[0].note == {"why": "because"}
    assert await store.prompt("c") == said
    head = (await store.show("copy")).head
    assert (head.origin, head.origin_turn, head.items) == ("c", 2, 5)
    await store.delete("c")
    assert await store.prompt("copy") == [*said[:4], say("other")]


async def test_a_fork_of_everything_copies_popped_items_as_gone(store):
    said = [say(str(number)) for number in range(600)]
    await store.append("c", "one", said)
    await store.close_turn("c", "one", TurnRecord(spans=((1, 600),)))
    await store.pop("c", "pop")

    await store.fork("c", "copy")
    await store.open("empty")
    await store.fork("empty", "empty too")

    assert await store.prompt("copy") == said[:-1]
    assert (await store.show("copy")).head.items == 599
    assert (await store.append("empty too", "one", [say("first")])).first == 1


async def test_a_fork_to_a_taken_id_or_from_a_missing_turn_is_refused(store):
    await talk(store, "c", 2)
    await store.open("taken")

    with pytest.raises(ConversationError, match="'taken' is there already"):
        await store.fork("c", "taken")
    with pytest.raises(ConversationNotFoundError, match="no turn 7"):
        await store.fork("c", "copy", after_turn=7)
    with pytest.raises(ConversationNotFoundError):
        await store.fork("nobody", "copy")
    assert {head.id for head in (await store.conversations()).heads} == {"c", "taken"}


async def test_an_item_that_vanished_is_noticed(database, store):
    await store.append("c", "one", [say("a"), say("b"), say("c")])
    async with database.writing() as connection:
        await connection.execute(sa.delete(ITEMS).where(ITEMS.c.seq == 2))

    with pytest.raises(ConversationUnreadableError, match="not all there"):
        await store.read("c", [(1, 3)])
    with pytest.raises(ConversationUnreadableError):
        await store.read("c", [(3, 9)])
