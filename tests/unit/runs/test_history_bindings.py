"""Which conversations an activity binds its workflow to."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from segue.errors.conversation import ConversationNotFoundError
from segue.runs.contracts import Log, ToolCall
from segue.runs.worker.history_bindings import HistoryBindings
from segue.runs.workflow.records import Compaction
from segue.runs.workflow.tool_calls import HEADER, to_header
from segue.sessions.contracts import SessionChange, SessionQuestion
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.histories.tables import BINDINGS
from segue.sessions.store import ConversationStore
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.conversations import seal
from tests.fakes.worlds.databases import prepare

CONVERTER = pydantic_data_converter.payload_converter
LOG = Log(id="run", parent="thread", root="root")


class World:
    """An activity behind the interceptor."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.conversations = ConversationStore(database, seal=seal("k1"))
        self.keys = HistoryKeys(database, seal("k1"))
        self.raises: Exception | None = None

    async def runs(self, *args: Any, headers: dict[str, Payload] | None = None) -> Any:
        ports: Any = SimpleNamespace(conversations=self.conversations)
        inbound = HistoryBindings(ports, self.keys).intercept_activity(_Activity(self.raises))
        given = ExecuteActivityInput(fn=print, args=args, executor=None, headers=headers or {})
        environment = ActivityEnvironment()
        environment.payload_converter = CONVERTER
        return await environment.run(inbound.execute_activity, given)

    async def bound(self) -> set[str]:
        async with self.database.reading() as connection:
            found = await connection.scalars(sa.select(BINDINGS.c.conversation))
            return set(found)


class _Activity(ActivityInboundInterceptor):
    def __init__(self, raises: Exception | None) -> None:
        self._raises = raises

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        if self._raises is not None:
            raise self._raises
        return "done"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield World(database)
    await database.aclose()


@pytest.mark.parametrize(
    ("argument", "conversations"),
    [
        (Compaction(log=LOG, operation="o", upto=1), {"run", "thread", "root"}),
        (SessionQuestion(conversation="c"), {"c"}),
        (SessionChange(conversation="c", operation="o"), {"c"}),
        (SimpleNamespace(log="a text"), set()),
        ("a text", set()),
    ],
)
async def test_an_activity_binds_its_workflow_to_what_it_is_told_of(world, argument, conversations):
    assert await world.runs(argument) == "done"

    assert await world.bound() == conversations


async def test_a_tool_binds_by_its_header(world):
    call = ToolCall(key="k", call_id="1", tool="t", agent="a", log=Log(id="thread"))

    await world.runs("Rome", headers={HEADER: to_header(call, CONVERTER)})

    assert await world.bound() == {"thread"}


async def test_who_writes_on_after_a_deletion_is_made_unreadable_again(world):
    await world.conversations.open("thread")
    workflow_id = ActivityEnvironment.default_info().workflow_id or ""
    key = await world.keys.current(workflow_id)
    world.raises = ConversationNotFoundError("It was deleted.")

    with pytest.raises(ConversationNotFoundError):
        await world.runs(Compaction(log=Log(id="thread"), operation="o", upto=1))
    assert await world.keys.by_name(workflow_id, key.name) == key  # another one was not found
    await world.conversations.delete("thread")
    with pytest.raises(ConversationNotFoundError):
        await world.runs(Compaction(log=Log(id="thread"), operation="o", upto=1))

    assert await world.keys.by_name(workflow_id, key.name) is None
    assert await world.bound() == set()
