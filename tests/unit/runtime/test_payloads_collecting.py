"""Nothing referred to is ever removed, and nothing else stays for ever: any order of events."""

import asyncio
import hashlib
import itertools
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import event, example, given, strategies as st
from temporalio.converter import StorageDriverClaim

from segue.errors.storage import StorageError
from segue.errors.sync import RunNotFoundError
from segue.runtime.payloads.collecting import collect
from segue.runtime.payloads.marking import Holder, find_unreferenced
from segue.runtime.payloads.sql_store import METADATA, SqlPayloads
from segue.runtime.payloads.stores import Blob
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.payloads import READING, Clock, WrittenHistories, payload, storing

HOUR = 3_600.0
DAY = 24 * HOUR
IN_HAND_S = 0.5 * HOUR  # what was stored is on record after so long, or never
CONTENTS = 4  # few, so that runs share them

# What may happen, each with a number to choose whom it happens to.
EVENTS = (
    "client_starts",
    "client_stores",
    "client_starts_later",
    "child_starts",
    "child_ends",
    "result_reaches_parent",
    "worker_stores_result",
    "run_closes",
    "server_retries",
    "run_is_deleted",
    "run_is_read",
    "schedule_is_made",
    "schedule_fires",
    "schedule_is_deleted",
)
Step = tuple[str, int]
STEPS = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 7)), max_size=10)
# Before a collection: events and a wait. During it: events, while records are read and removed.
CHAPTERS = st.lists(
    st.tuples(STEPS, st.sampled_from([HOUR / 2, HOUR, DAY, 3 * DAY]), STEPS), min_size=1, max_size=5
)


@dataclass
class Run:
    """An execution as the server knows it."""

    refers: list[str] = field(default_factory=list[str])
    closed: bool = False
    parent: str | None = None
    result: str | None = None  # on its way to the parent


class World:
    """A server's runs and schedules over the real store of payloads."""

    def __init__(self, store: SqlPayloads, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.runs: dict[str, Run] = {}
        self.schedules: dict[str, str] = {}
        self.in_hand: list[tuple[str, float]] = []
        self.during: list[Step] = []
        self._numbers = itertools.count()

    @property
    def namespace(self) -> str:
        return "default"

    def referred(self) -> set[str]:
        """What somebody may ask for, now or later."""
        held = {digest for run in self.runs.values() for digest in run.refers}
        fresh = {digest for digest, at in self.in_hand if at > self.clock.now - IN_HAND_S}
        return held | set(self.schedules.values()) | fresh

    async def holders(self) -> AsyncIterator[Holder]:
        for name in self.schedules:
            yield Holder("schedule", name)
        await self.goes_on()
        for name, run in list(self.runs.items()):
            yield Holder("run", name, name, final=run.closed)
        await self.goes_on()

    async def records(self, holder: Holder) -> AsyncIterator[bytes]:
        await self.goes_on()
        if holder.kind == "schedule":
            if holder.id not in self.schedules:
                raise RunNotFoundError("gone")
            yield self.schedules[holder.id].encode()
            return
        for index in itertools.count():
            if holder.id not in self.runs:
                raise RunNotFoundError("gone")
            refers = self.runs[holder.id].refers
            if index == len(refers):
                return
            yield b"\x32@" + refers[index].encode() + b"2"
            await self.goes_on()

    async def goes_on(self) -> None:
        """One more of the events that happen during a collection."""
        if self.during:
            await self.happens(self.during.pop(0))

    async def happens(self, step: Step) -> None:
        name, number = step
        await getattr(self, name)(number)

    async def stored(self, number: int) -> str:
        content = payload(f"content {number % CONTENTS}".encode())
        (claim,) = await self.store.store(storing(), [content])
        return claim.claim_data["sha256"]

    def chosen(self, number: int, which: Callable[[Run], bool]) -> tuple[str, Run] | None:
        fitting = [(name, run) for name, run in self.runs.items() if which(run)]
        return fitting[number % len(fitting)] if fitting else None

    def begins(self, refers: Sequence[str], parent: str | None = None) -> None:
        self.runs[f"run-{next(self._numbers)}"] = Run(list(refers), parent=parent)

    async def client_starts(self, number: int) -> None:
        self.begins([await self.stored(number)])

    async def client_stores(self, number: int) -> None:
        self.in_hand.append((await self.stored(number), self.clock.now))

    async def client_starts_later(self, number: int) -> None:
        for digest, at in self.in_hand:
            if at > self.clock.now - IN_HAND_S:
                self.begins([digest])
        self.in_hand.clear()

    async def child_starts(self, number: int) -> None:
        if found := self.chosen(number, lambda run: not run.closed):
            name, parent = found
            parent.refers.append(await self.stored(number))
            self.begins([parent.refers[-1]], parent=name)

    async def child_ends(self, number: int) -> None:
        if found := self.chosen(number, lambda run: not run.closed and run.parent is not None):
            _, child = found
            child.result = await self.stored(number + 1)
            child.refers.append(child.result)
            child.closed = True

    async def result_reaches_parent(self, number: int) -> None:
        if found := self.chosen(number, lambda run: run.result is not None):
            _, child = found
            self.hand_over(child)

    def hand_over(self, child: Run) -> None:
        parent = self.runs.get(child.parent or "")
        if parent and child.result and not parent.closed:
            parent.refers.append(child.result)
        child.result = None

    async def worker_stores_result(self, number: int) -> None:
        if found := self.chosen(number, lambda run: not run.closed):
            found[1].refers.append(await self.stored(number + 2))

    async def run_closes(self, number: int) -> None:
        if found := self.chosen(number, lambda run: not run.closed and run.parent is None):
            found[1].closed = True

    async def server_retries(self, number: int) -> None:
        if found := self.chosen(number, lambda run: not run.closed and run.parent is None):
            _, run = found
            run.closed = True
            self.begins(run.refers[:1])

    async def run_is_deleted(self, number: int) -> None:
        if found := self.chosen(number, lambda run: True):
            name, run = found
            self.hand_over(run)  # the server does so before it deletes
            del self.runs[name]

    async def run_is_read(self, number: int) -> None:
        if found := self.chosen(number, lambda run: True):
            claims = [StorageDriverClaim({"sha256": digest}) for digest in found[1].refers]
            await self.store.retrieve(READING, claims)

    async def schedule_is_made(self, number: int) -> None:
        self.schedules[f"schedule-{number % 2}"] = await self.stored(number)

    async def schedule_fires(self, number: int) -> None:
        if digest := self.schedules.get(f"schedule-{number % 2}"):
            self.begins([digest])

    async def schedule_is_deleted(self, number: int) -> None:
        self.schedules.pop(f"schedule-{number % 2}", None)


@dataclass
class BusyStore:
    """The store, with the world going on between any two of its answers."""

    world: World

    async def namespaces(self) -> set[str]:
        return await self.world.store.namespaces()

    async def idle(self, since: float) -> list[Blob]:
        found = await self.world.store.idle(since)
        await self.world.goes_on()
        return found

    async def remove(self, blobs: Sequence[Blob], *, since: float) -> list[Blob]:
        await self.world.goes_on()
        return await self.world.store.remove(blobs, since=since)


@asynccontextmanager
async def new_world() -> AsyncGenerator[World]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(database_url(None, Path(folder)))
        async with database.writing() as connection:
            await connection.run_sync(METADATA.create_all)
        clock = Clock(1e9)
        yield World(SqlPayloads(database, clock=clock), clock)
        await database.aclose()


async def stored_digests(world: World) -> set[str]:
    return {blob.digest for blob in await world.store.idle(world.clock.now + DAY)}


NOTHING: Step = ("schedule_fires", 7)
# A child ended long ago and its parent has not heard; the parent is read, then hears, and the child
# is deleted before it is read.
LATE_RESULT = [
    (
        [("client_starts", 0), ("child_starts", 0), ("child_ends", 0)],
        3 * DAY,
        [*([NOTHING] * 6), ("run_is_deleted", 1)],
    )
]
# A schedule starts a run and is deleted, between the list and the reading.
LAST_START = [
    (
        [("schedule_is_made", 0)],
        3 * DAY,
        [NOTHING, ("schedule_fires", 0), ("schedule_is_deleted", 0)],
    )
]
# A client stores what is about to be removed, and uses it.
LATE_START = [
    (
        [("client_starts", 0), ("run_is_deleted", 0)],
        3 * DAY,
        [*([NOTHING] * 3), ("client_starts", 0)],
    )
]


@given(CHAPTERS)
@example(LATE_RESULT)
@example(LAST_START)
@example(LATE_START)
def test_whatever_happens_what_is_referred_to_stays_and_the_rest_goes(
    chapters: list[tuple[list[Step], float, list[Step]]],
) -> None:
    async def story() -> None:
        async with new_world() as world:
            for before, wait, during in chapters:
                for step in before:
                    await world.happens(step)
                world.clock.passes(wait)
                world.during = list(during)
                counted = await collect([world], BusyStore(world), now=world.clock.now)
                event(f"deleted {counted.deleted > 0}, busy {len(during) > len(world.during)}")
                world.during.clear()
                assert world.referred() <= await stored_digests(world)
            world.clock.passes(2 * DAY)
            await collect([world], world.store, now=world.clock.now)
            assert await stored_digests(world) == world.referred()

    asyncio.run(story())


DIGEST = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    "record",
    [
        f'{{"claimData":{{"sha256":"{DIGEST}"}}}}'.encode(),
        f"\x0a\x402{DIGEST}2\x12".encode(),
        f"abc0{DIGEST}{'0' * 70}".encode(),
    ],
)
async def test_a_reference_is_found_wherever_it_stands(record: bytes) -> None:
    assert await find_unreferenced(WrittenHistories([record]), {DIGEST}) == set()


async def test_a_reference_that_cannot_be_read_stops_everything() -> None:
    histories = WrittenHistories([b"\x0a__temporal_external_storage_reference\x12\x04true"])
    with pytest.raises(StorageError, match="newer"):
        await find_unreferenced(histories, {DIGEST})


class Vanishing(WrittenHistories):
    """Its run is deleted whenever it is about to be read, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__([DIGEST.encode()])
        self.times = times

    async def holders(self) -> AsyncIterator[Holder]:
        yield Holder("run", "closed", "0", final=True)
        yield Holder("run", "vanishing", "1")

    async def records(self, holder: Holder) -> AsyncIterator[bytes]:
        if holder.final:
            self.reads += 1
            return
        if self.times:
            self.times -= 1
            raise RunNotFoundError("gone")
        for record in self.records_of_run:
            yield record


async def test_what_vanishes_while_it_is_read_has_the_rest_read_again_but_closed_runs_once() -> (
    None
):
    histories = Vanishing(3)
    assert await find_unreferenced(histories, {DIGEST}) == set()
    assert histories.reads == 1


async def test_nothing_is_certain_while_runs_go_on_vanishing() -> None:
    with pytest.raises(StorageError, match="vanished"):
        await find_unreferenced(Vanishing(1_000), {DIGEST})


async def test_no_further_history_is_read_once_all_payloads_are_found() -> None:
    first, second = WrittenHistories([DIGEST.encode()]), WrittenHistories()
    left = await find_unreferenced(first, {DIGEST})
    assert await find_unreferenced(second, left) == set()
    assert second.reads == 0
