"""Any sequence of steps, with any of them repeated, is what a list in memory would make of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings, strategies as st

from segue.sessions.compaction import compact, summary_item
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.conversations import say, seal
from tests.fakes.worlds.databases import prepare

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["turn", "turn", "loose", "pop", "pop", "summary", "clear"]),
        st.integers(1, 6),
        st.integers(0, 3),
    ),
    max_size=14,
)


class Model:
    """A conversation as plain lists; operations are done once."""

    def __init__(self):
        self.items = []
        self.turns = []
        self.numbers = 0
        self.done = {}
        self.closed = set()

    def append(self, operation, items):
        if operation not in self.done:
            first = len(self.items)
            self.items += items
            self.done[operation] = range(first, len(self.items))
        return self.done[operation]

    def close(self, operation, seqs, covers=0):
        if operation not in self.closed:
            self.closed.add(operation)
            self.numbers += 1
            self.turns.append((self.numbers, seqs, covers))

    def shown(self):
        summaries = [turn for turn in self.turns if turn[2]]
        covers = summaries[-1][2] if summaries else 0
        rest = [turn for turn in self.turns if not turn[2] and turn[0] > covers]
        seqs = [seq for turn in (*summaries[-1:], *rest) for seq in turn[1]]
        return [seq for seq in seqs if self.items[seq] is not None]

    def prompt(self):
        return [self.items[seq] for seq in self.shown()]

    def pop(self, operation):
        if operation not in self.done:
            last = self.shown()[-1:]
            self.done[operation] = self.items[last[0]] if last else None
            for seq in last:
                self.items[seq] = None
        return self.done[operation]

    def clear(self, operation):
        if operation not in self.done:
            self.done = dict.fromkeys(self.done, None) | {
                done: seqs for done, seqs in self.done.items() if isinstance(seqs, range)
            }
            self.done[operation] = None
            self.items = [None] * len(self.items)
            self.turns = []
            self.closed = set()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[asyncio.Runner]:
    """One loop for all examples, so that they share a database."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def store(run, tmp_path_factory) -> Iterator[ConversationStore]:
    folder: Path = tmp_path_factory.mktemp("conversations")
    database = Database(database_url(None, folder))
    run.run(prepare(database))
    yield ConversationStore(database, seal=seal("k1"))
    run.run(database.aclose())


async def step(store, name, model, kind, operation, count):
    items = [say(f"{operation} {number}") for number in range(count)]
    match kind:
        case "turn" | "loose":
            stored = await store.append(name, operation, items)
            seqs = model.append(operation, items)
            assert (stored.first, stored.last) == (seqs.start + 1, seqs.stop)
            if kind == "turn":
                spans = ((stored.first, stored.last),)
                await store.close_turn(name, operation, TurnRecord(spans=spans))
                model.close(operation, seqs)
        case "pop":
            assert await store.pop(name, operation) == model.pop(operation)
        case "clear":
            await store.clear(name, operation)
            model.clear(operation)
        case _:
            covers = max(1, model.numbers - count)

            async def summarise(_items):
                return operation

            await store.open(name)
            await compact(store, name, operation, upto_turn=covers, summarise=summarise)
            model.close(operation, model.append(operation, [summary_item(operation)]), covers)


async def follow(store, script):
    name, model = uuid4().hex, Model()
    await store.open(name)
    for kind, key, count in script:
        await step(store, name, model, kind, f"{kind} {key}", count)
        assert await store.prompt(name) == model.prompt()
    await store.fork(name, f"{name} copy")
    assert await store.prompt(f"{name} copy") == model.prompt()
    head = (await store.show(name)).head
    assert head.items == sum(item is not None for item in model.items)


@settings(max_examples=40)
@given(STEPS)
def test_a_conversation_is_what_its_operations_make_it_however_often_they_run(run, store, script):
    run.run(follow(store, script))
