"""Followers share one reader, and none of them waits for another."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, strategies as st

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.storage import StorageError
from segue.sessions.events.contracts import TurnEvent
from segue.sessions.events.fanout import TurnEvents
from segue.sessions.events.tail import BELL_S, IDLE_S, LIVELY_S, PAGE, Tail
from tests.fakes.waiting import until


class Table:
    """A turn's events in memory; ``troubles`` are raised by the next reads."""

    def __init__(self, count=0, *, over=False):
        self.events = []
        self.reads = []
        self.troubles = []
        self.reading = 0
        self.shared = False  # whether followers may read beside the reader
        for _ in range(count):
            self.tell("text.delta")
        if over:
            self.tell("turn.completed")

    def tell(self, kind):
        seq = len(self.events) + 1
        self.events.append(TurnEvent(turn="t", seq=seq, kind=kind, data={"text": "x"}, at=0))

    async def read(self, turn, after, limit=PAGE):
        self.reads.append(after)
        self.reading += 1
        assert self.shared or self.reading == 1, "two readers of one turn at once"
        await asyncio.sleep(0)
        self.reading -= 1
        if self.troubles:
            raise self.troubles.pop(0)
        return self.events[after : after + limit]


class HandBell:
    """Rung by the test."""

    connected = True

    def __init__(self):
        self.ropes = []
        self.fell_silent = False

    async def listen(self, ring):
        self.ropes.append(ring)
        try:
            await asyncio.Event().wait()
        finally:
            self.fell_silent = True

    async def ring(self, turn):
        await until(lambda: bool(self.ropes), "the bell to be hung")
        self.ropes[0](turn)


async def next_seq(following):
    event = await anext(following)
    return event and event.seq


async def seqs(hub, after=0, turn="t"):
    return [event.seq async for event in hub.follow(turn, after) if event is not None]


@pytest.mark.parametrize("followers", [1, 12])
async def test_the_table_is_read_as_often_for_twelve_as_for_one(followers):
    table = Table(3 * PAGE, over=True)
    hub = TurnEvents(table)

    seen = await asyncio.gather(*(seqs(hub) for _ in range(followers)))

    assert seen == [list(range(1, 3 * PAGE + 2))] * followers
    assert table.reads == [0, PAGE, 2 * PAGE, 3 * PAGE]


@given(
    pieces=st.lists(st.integers(0, 7), max_size=6),
    places=st.lists(st.integers(-2, 50), min_size=1, max_size=5),
    window=st.integers(1, 60),
)
def test_every_follower_sees_all_after_its_place_once_and_in_order(pieces, places, window):
    async def follow_all():
        table, bell = Table(), HandBell()
        table.shared = True
        hub = TurnEvents(table, bell=bell, window=window)
        following = [asyncio.create_task(seqs(hub, place)) for place in places]
        for piece in pieces:
            for _ in range(piece):
                table.tell("text.delta")
            await bell.ring("t")
        table.tell("turn.completed")
        await bell.ring(None)
        seen = await asyncio.gather(*following)
        await hub.aclose()
        return seen

    last = sum(pieces) + 1

    assert asyncio.run(follow_all()) == [
        list(range(max(place, 0) + 1, last + 1)) for place in places
    ]


async def test_a_slow_follower_delays_nobody_and_misses_nothing():
    table = Table(3 * PAGE, over=True)
    table.shared = True
    hub = TurnEvents(table, window=10)
    async with aclosing(hub.follow("t")) as slow:
        first = await next_seq(slow)
        fast = await seqs(hub)
        rest = [event.seq async for event in slow if event is not None]

    assert fast == [first, *rest] == list(range(1, 3 * PAGE + 2))


async def test_a_slow_follower_waits_for_a_table_that_is_away():
    table = Table(20, over=True)
    tail = Tail(table, "t", window=10, has_bell=lambda: False)
    await until(lambda: tail._ended, "the reader to read all")
    table.troubles = [StorageError("The table is away.")]

    assert await tail.after(5, 1) == ()
    assert [event.seq for event in await tail.after(5, 1) or ()] == list(range(6, 22))


async def test_who_falls_behind_events_that_were_forgotten_meanwhile_sees_the_end():
    table = Table(20, over=True)
    tail = Tail(table, "t", window=10, has_bell=lambda: False)
    await until(lambda: tail._ended, "the reader to read all")
    table.events.clear()

    assert await tail.after(5, 1) is None


async def test_silence_is_told_after_each_keep_alive():
    table = Table(1)
    hub = TurnEvents(table, keep_alive_s=0.01)
    async with aclosing(hub.follow("t")) as following:
        told = [await next_seq(following) for _ in range(3)]
        table.tell("turn.failed")
        last = [event.seq async for event in following if event is not None]

    assert told == [1, None, None]
    assert last == [2]


async def test_a_place_beyond_the_end_of_a_turn_that_is_over_ends_at_once():
    assert await seqs(TurnEvents(Table(3, over=True)), 99) == []


async def test_a_table_that_is_away_is_silence_and_is_said_once(caplog):
    table = Table(3)
    table.troubles = [StorageError("The table is away.") for _ in range(2)]
    hub = TurnEvents(table, keep_alive_s=0.01)
    async with aclosing(hub.follow("t")) as following:
        silent = await anext(following)
        table.tell("turn.completed")
        seen = [event.seq async for event in following if event is not None]

    assert silent is None
    assert seen == [1, 2, 3, 4]
    assert caplog.text.count("The table is away.") == 1


async def test_events_that_cannot_be_opened_are_an_error_for_all_and_the_next_follower_tries_anew():
    table = Table(2, over=True)
    table.troubles = [ConversationUnreadableError("The key is gone.")]
    hub = TurnEvents(table)
    first, second = await asyncio.gather(seqs(hub), seqs(hub), return_exceptions=True)

    assert isinstance(first, ConversationUnreadableError)
    assert isinstance(second, ConversationUnreadableError)
    assert await seqs(hub) == [1, 2, 3]


async def test_leaving_a_broken_reader_does_not_end_the_one_that_replaced_it():
    table = Table(1)
    hub = TurnEvents(table)
    old, new = hub.follow("t"), hub.follow("t")
    assert (await next_seq(old)) == 1
    table.troubles = [ConversationUnreadableError("The key is gone.")]
    await until(lambda: hub._followed["t"][0].broken, "the reader to break")
    assert (await next_seq(new)) == 1
    with pytest.raises(ConversationUnreadableError):
        await anext(old)
    table.tell("turn.completed")

    assert [event and event.seq async for event in new] == [2]
    assert hub._followed == {}


async def test_reading_stops_when_the_last_follower_leaves():
    table = Table(1)
    hub = TurnEvents(table)
    one, other = hub.follow("t"), hub.follow("t")
    await anext(one)
    await anext(other)
    await one.aclose()
    reading = len(table.reads)
    await until(lambda: len(table.reads) > reading, "the reader to go on for the other")
    await other.aclose()

    assert hub._followed == {}


async def test_closing_ends_all_following_and_the_listening():
    bell = HandBell()
    hub = TurnEvents(Table(1), bell=bell)
    following = [asyncio.create_task(seqs(hub)) for _ in range(2)]
    await until(lambda: bool(bell.ropes), "the bell to be hung")
    await hub.aclose()

    assert await asyncio.gather(*following) == [[1], [1]]
    assert bell.fell_silent


async def test_a_bell_wakes_only_the_reader_of_its_turn():
    table, bell = Table(1), HandBell()
    table.shared = True
    hub = TurnEvents(table, bell=bell)
    async with aclosing(hub.follow("t")) as one, aclosing(hub.follow("other")) as other:
        await anext(one)
        await anext(other)
        reads = len(table.reads)
        await bell.ring("nobody's")
        await bell.ring("t")
        await until(lambda: len(table.reads) > reads, "the reader to look")

    assert len(table.reads) == reads + 1


@pytest.mark.parametrize(
    ("last", "quiet_s", "rest_s"),
    [
        (None, 9, LIVELY_S),
        (None, 11, IDLE_S),
        ("tool.call", 11, IDLE_S),
        ("attempt.started", 119, LIVELY_S),
        ("text.delta", 121, IDLE_S),
    ],
)
async def test_a_turn_is_looked_at_often_while_words_may_come(last, quiet_s, rest_s):
    now = [0.0]
    table = Table()
    if last:
        table.tell(last)
    tail = Tail(table, "t", window=9, has_bell=lambda: False, clock=lambda: now[0])
    await until(lambda: tail._last == len(table.events), "the reader to read")
    now[0] = quiet_s

    assert tail._rest_s() == rest_s
    await tail.stop()


async def test_with_a_bell_the_table_is_hardly_looked_at():
    tail = Tail(Table(), "t", window=9, has_bell=lambda: True)

    assert tail._rest_s() == BELL_S
    await tail.stop()
