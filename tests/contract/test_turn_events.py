"""What the event table promises to those who write a turn and those who follow it."""

import asyncio
import sys
from asyncio import subprocess

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from segue.errors.storage import StorageError
from segue.sessions.events.bell import bell_for
from segue.sessions.events.contracts import Batch, Draft, folded_text
from segue.sessions.events.expiries import event_expiries
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.events.store import TurnEventStore
from segue.sessions.events.tables import METADATA
from segue.sessions.events.writer import TurnWriter
from segue.storage.pruning import prune
from tests.fakes.waiting import until

TURN = "chat-1/turn-1"
WRITER_PROGRAM = """
import asyncio, sys
from sqlalchemy.engine import make_url
from segue.sessions.events.store import TurnEventStore
from segue.sessions.events.writer import TurnWriter
from segue.storage.database import Database

async def main():
    database = Database(make_url(sys.argv[1]))
    store = TurnEventStore(database)
    async with TurnWriter(store, sys.argv[2], 1, patience_s=20) as writer:
        await writer.started("gpt-test")
        for number in range(300):
            await writer.delta(f"{number} ")
            await asyncio.sleep(0.001)
    await store.announce(sys.argv[2], "turn.completed", {})
    await database.aclose()

asyncio.run(main())
"""


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Upside:
    """A seal that anybody can open, but nobody takes for plain text."""

    def seal(self, turn, content):
        return turn.encode() + bytes(255 - byte for byte in content)

    def open(self, turn, ciphertext):
        assert ciphertext.startswith(turn.encode())
        return bytes(255 - byte for byte in ciphertext.removeprefix(turn.encode()))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(database, clock):
    return TurnEventStore(database, clock=clock)


@pytest.fixture
async def hub(database, store):
    made = TurnEvents(store, bell=bell_for(database))
    yield made
    await made.aclose()


def words(number, *texts, call=1, attempt=1):
    drafts = tuple(Draft("text.delta", {"text": said}) for said in texts)
    return Batch(turn=TURN, call=call, attempt=attempt, number=number, drafts=drafts)


async def collected(hub, after=0):
    return [e async for e in hub.follow(TURN, after) if e is not None]


async def told(store):
    return await store.read(TURN, 0, 10_000)


def brief(events):
    return [(e.kind, e.call, e.attempt, e.data.get("text", "")) for e in events]


async def test_the_migrated_schema_is_the_one_the_code_uses(database):
    def ours(item, name, kind, _reflected, _other):
        return kind != "table" or name in METADATA.tables

    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(
                    sync, opts={"compare_type": True, "include_object": ours}
                ),
                METADATA,
            )
        )

    assert differences == []


async def test_what_was_said_comes_back_in_order_whatever_it_is(store, clock):
    odd = ["plain", "line\nbreak\r\n", "nul \x00", "half \ud83d", "\ude00 other half", "🎵\u2028"]
    await store.write(words(1, *odd))

    events = await told(store)

    assert [e.data["text"] for e in events] == odd
    assert [e.seq for e in events] == [1, 2, 3, 4, 5, 6]
    assert {e.at for e in events} == {clock.now}
    assert [e.seq for e in await store.read(TURN, 2, 3)] == [3, 4, 5]


async def test_many_who_write_at_once_leave_no_gap_and_no_duplicate(store):
    async def announce_some(name):
        for number in range(10):
            await store.announce(TURN, "usage", {"who": name, "number": number})

    async def write_some():
        for number in range(1, 21):
            assert await store.write(words(number, "a", "b"))

    await asyncio.gather(write_some(), *(announce_some(name) for name in "pqrs"))

    events = await told(store)
    assert [e.seq for e in events] == list(range(1, 81))
    assert folded_text(e for e in events if e.kind != "usage") == "ab" * 20


async def test_a_batch_that_comes_again_is_stored_once(store):
    first = words(1, "Hello")
    await store.write(first)

    assert await store.write(first)
    assert await store.write(words(2, " you"))
    assert await store.write(first)
    assert folded_text(await told(store)) == "Hello you"


async def test_a_batch_whose_acknowledgement_was_lost_is_stored_once(store):
    class Lossy:
        losses = 2

        async def write(self, batch):
            stored = await store.write(batch)
            if self.losses:
                self.losses -= 1
                raise StorageError("The answer was lost.")
            return stored

    async with TurnWriter(Lossy(), TURN, 1, patience_s=20) as writer:
        await writer.delta("Hello")
        await writer.delta(" you")

    assert folded_text(await told(store)) == "Hello you"


async def test_a_newer_attempt_takes_back_the_text_and_shuts_the_older_one_out(store):
    await store.write(words(1, "Once upon"))
    newer = await store.write(words(1, "The answer", attempt=2))
    older = await store.write(words(2, " a time"))

    assert (newer, older) == (True, False)
    assert brief(await told(store)) == [
        ("text.delta", 1, 1, "Once upon"),
        ("text.reset", 1, 2, ""),
        ("text.delta", 1, 2, "The answer"),
    ]


@pytest.mark.parametrize(
    "said", [(), (Draft("text.delta", {"text": "x"}), Draft("text.reset", {}))]
)
async def test_where_no_text_stands_nothing_is_taken_back(store, said):
    started = Draft("attempt.started", {"model": "m"})
    await store.write(Batch(turn=TURN, call=1, attempt=1, number=1, drafts=(started, *said)))
    await store.write(words(1, "The answer", attempt=2))

    assert [e.kind for e in await told(store) if e.attempt == 2] == ["text.delta"]


async def test_the_next_model_call_leaves_the_text_before_it_and_shuts_its_writers_out(store):
    await store.write(words(1, "Let me look.", attempt=3))
    later = await store.write(words(1, "It is sunny.", call=2))
    late = await store.write(words(2, "…", attempt=4))

    events = await told(store)
    assert (later, late) == (True, False)
    assert [e.kind for e in events] == ["text.delta", "text.delta"]
    assert folded_text(events) == "It is sunny."


async def test_the_writer_of_a_killed_attempt_that_lives_on_spoils_nothing(store):
    async with TurnWriter(store, TURN, 1, patience_s=20) as old, asyncio.TaskGroup() as group:
        going_on = True

        async def babble():
            while going_on:
                await old.delta("old ")
                await asyncio.sleep(0.005)

        group.create_task(babble())
        await until(lambda: told(store), "the old attempt's first words")
        async with TurnWriter(store, TURN, 2, patience_s=20) as new:
            await new.started("m")
            for number in range(20):
                await new.delta(f"{number} ")
                await asyncio.sleep(0.01)
        going_on = False

    events = await told(store)
    attempts = [e.attempt for e in events]
    assert attempts == sorted(attempts)
    assert [e.kind for e in events if e.attempt == 2][:2] == ["text.reset", "attempt.started"]
    assert folded_text(events) == "".join(f"{number} " for number in range(20))


async def test_nothing_is_stored_after_the_end(store):
    done, more = Draft("turn.completed", {}), Draft("usage", {})
    await store.announce(TURN, "turn.started", {})
    again = await store.announce(TURN, "turn.started", {})
    await store.write(Batch(turn=TURN, call=1, attempt=2, number=1, drafts=(more, done, more)))
    late = await store.announce(TURN, "turn.failed", {})

    assert (again, late, await store.write(words(2, "late", attempt=2))) == (False, False, False)
    assert [(e.kind, e.attempt) for e in await told(store)] == [
        ("turn.started", 0),
        ("usage", 2),
        ("turn.completed", 2),
    ]


async def test_an_announcement_belongs_to_the_attempt_that_writes(store):
    await store.write(words(1, "Hi", call=2, attempt=3))
    await store.announce(TURN, "approval.requested", {"tool": "pay"})

    assert brief(await told(store))[-1] == ("approval.requested", 2, 3, "")


async def test_old_turns_are_forgotten_only_when_they_are_over(store, clock, database):
    for turn, last in (("old", "turn.completed"), ("open", "usage")):
        await store.announce(turn, "turn.started", {})
        await store.announce(turn, last, {})
    clock.now += 100
    await store.announce("new", "turn.failed", {})

    expiries = event_expiries(clock.now - 50)
    forgotten = [(await prune(database, expiries, dry_run=False))[1].rows for _ in range(2)]
    left = {turn: len(await store.read(turn, 0)) for turn in ("old", "open", "new")}
    await store.drop(["open", "new", "never was"])

    assert forgotten == [1, 0]
    assert left == {"old": 0, "open": 2, "new": 1}
    async with database.reading() as connection:
        counts = await connection.execute(
            text("SELECT (SELECT count(*) FROM turn_events) + (SELECT count(*) FROM turn_streams)")
        )
    assert counts.scalar() == 0


async def test_with_a_seal_the_table_holds_nothing_to_read(database):
    store = TurnEventStore(database, seal=Upside())
    await store.write(words(1, "my secret"))

    async with database.reading() as connection:
        raw = (await connection.execute(text("SELECT data FROM turn_events"))).scalar()
    assert b"secret" not in bytes(raw)
    assert folded_text(await told(store)) == "my secret"


async def test_twelve_who_follow_5000_deltas_as_they_come_all_see_everything(store, hub):
    following = [asyncio.create_task(collected(hub)) for _ in range(12)]
    await store.announce(TURN, "turn.started", {})
    async with TurnWriter(store, TURN, 1, patience_s=20) as writer:
        await writer.started("m")
        for number in range(5000):
            await writer.delta(f"{number} ")
            if number % 10 == 0:
                await asyncio.sleep(0)
    await store.announce(TURN, "turn.completed", {})

    seen = await asyncio.gather(*following)
    assert all(events == seen[0] for events in seen)
    assert [e.seq for e in seen[0]] == list(range(1, len(seen[0]) + 1))
    assert folded_text(seen[0][:-1]) == "".join(f"{number} " for number in range(5000))


async def test_the_database_is_asked_as_often_for_twelve_followers_as_for_one(database, store, hub):
    for number in range(1, 11):
        await store.write(words(number, *(f"{n} " for n in range(500))))
    await store.announce(TURN, "turn.completed", {})
    asked = []

    def note(_connection, _cursor, statement, *_):
        if "FROM turn_events" in statement:
            asked.append(statement)

    event.listen(database._engine.sync_engine, "before_cursor_execute", note)
    alone = await collected(hub)
    for_one = len(asked)
    seen = await asyncio.gather(*(collected(hub) for _ in range(12)))

    assert len(alone) == 5001
    assert all(events == alone for events in seen)
    assert len(asked) - for_one == for_one


async def test_a_follower_resumes_after_any_event(store, hub):
    await store.write(words(1, *(f"{number} " for number in range(40))))
    await store.announce(TURN, "turn.completed", {})

    for position in range(45):
        events = await collected(hub, position)
        assert [e.seq for e in events] == list(range(position + 1, 42))


async def test_a_turn_is_followed_in_another_process_than_it_is_written_in(database, hub):
    following = [asyncio.create_task(collected(hub, after)) for after in (0, 0, 3)]
    url = database.url.render_as_string(hide_password=False)
    writer = await subprocess.create_subprocess_exec(
        sys.executable, "-c", WRITER_PROGRAM, url, TURN
    )

    seen = await asyncio.gather(*following)
    assert await writer.wait() == 0
    assert folded_text(seen[0]) == "".join(f"{number} " for number in range(300))
    assert len(seen[0]) > 4  # in pieces, not at the end
    assert (seen[1], seen[2]) == (seen[0], seen[0][3:])
