"""A session inside workflows: remembered by later runs, replayed cleanly, written once."""

import uuid
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.worker import Replayer

from segue.errors.conversation import ConversationNotFoundError
from segue.errors.storage import StorageError
from segue.runtime.faults import from_failure
from segue.runtime.worker import WorkerParts, build_worker
from segue.sessions.activities import SessionActivities
from segue.sessions.rows import UNNAMED
from segue.sessions.store import ConversationStore
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.waiting import until
from tests.fakes.workflows.sessions import (
    SESSION_WORKFLOWS,
    CancelledSessionWorkflow,
    RememberWorkflow,
    SessionWorkflow,
    session_plugin,
    with_agents,
)
from tests.fakes.worlds.databases import prepare


class ForgetfulStore(ConversationStore):
    """Does what it is asked and loses its first answer to each operation."""

    def __init__(self, database):
        super().__init__(database)
        self.lost = set()

    async def append(self, conversation, operation, items, *, note="", opening=UNNAMED):
        stored = await super().append(conversation, operation, items, note=note, opening=opening)
        return self._answer("append", operation, stored)

    async def close_turn(self, conversation, operation, turn):
        return self._answer(
            "turn", operation, await super().close_turn(conversation, operation, turn)
        )

    async def pop(self, conversation, operation):
        return self._answer("pop", operation, await super().pop(conversation, operation))

    async def clear(self, conversation, operation):
        self._answer("clear", operation, await super().clear(conversation, operation))

    def _answer(self, *call):
        *key, answer = call
        if tuple(key) in self.lost:
            return answer
        self.lost.add(tuple(key))
        raise StorageError("the answer was lost")


@pytest.fixture
async def database(tmp_path: Path):
    made = Database(database_url(None, tmp_path))
    await prepare(made)
    yield made
    await made.aclose()


@pytest.fixture
def queue() -> str:
    return f"session-{uuid.uuid4()}"


@pytest.fixture
def client(temporal_client: Client) -> Client:
    return with_agents(temporal_client)


def worker(client, queue, *stores):
    activities = [one for store in stores for one in SessionActivities(store).all()]
    parts = WorkerParts(task_queue=queue, workflows=SESSION_WORKFLOWS, activities=activities)
    return build_worker(client, parts)


async def replay(handle):
    replayer = Replayer(workflows=SESSION_WORKFLOWS, plugins=[session_plugin()])
    await replayer.replay_workflow(await handle.fetch_history())


async def test_runs_remember_what_earlier_runs_said_and_replay_cleanly(client, queue, database):
    store = ConversationStore(database)
    async with worker(client, queue, store):
        first = await client.start_workflow(
            RememberWorkflow.run, args=["c", ["one", "two"]], id=queue, task_queue=queue
        )
        assert await first.result() == ["3 items", "7 items"]
        later = await client.start_workflow(
            RememberWorkflow.run, args=["c", ["three"]], id=f"{queue}-2", task_queue=queue
        )
        assert await later.result() == ["11 items"]

    items = await store.prompt("c")
    kinds = [item.get("type", item.get("role")) for item in items]
    assert kinds == ["user", "function_call", "function_call_output", "message"] * 3
    assert [item["content"] for item in items if item.get("role") == "user"] == [
        "one",
        "two",
        "three",
    ]
    assert items[2]["output"] == "moon weighs 4"
    assert {turn.kind for turn in await store.turns("c")} == {"items"}
    await replay(first)
    await replay(later)


@pytest.mark.parametrize("kind", [ConversationStore, ForgetfulStore])
async def test_each_method_does_its_work_once_also_when_answers_are_lost(
    client, queue, database, kind
):
    async with worker(client, queue, kind(database)):
        handle = await client.start_workflow(
            SessionWorkflow.run, "c", id=queue, task_queue=queue, result_type=list
        )
        popped, newest, none, rest, gone, nothing = await handle.result()

    assert (popped["content"], [item["content"] for item in newest]) == ("c", ["b"])
    assert (none, [item["content"] for item in rest]) == ([], ["a", "b"])
    assert (gone, nothing) == (None, [])
    assert (await ConversationStore(database).show("c")).items == ()
    await replay(handle)


async def test_a_deleted_conversation_fails_the_run_with_the_stores_error(client, queue, database):
    store = ConversationStore(database)
    await store.open("c")
    await store.delete("c")
    async with worker(client, queue, store):
        with pytest.raises(WorkflowFailureError) as failed:
            await client.execute_workflow(
                RememberWorkflow.run, args=["c", ["one"]], id=queue, task_queue=queue
            )

    assert isinstance(from_failure(failed.value), ConversationNotFoundError)


async def test_a_cancelled_run_ends_cancelled_though_the_session_never_answered(client, queue):
    async with worker(client, queue):
        handle = await client.start_workflow(
            CancelledSessionWorkflow.run, "c", id=queue, task_queue=queue
        )

        async def is_waiting():
            return (await handle.describe()).raw_description.pending_activities

        await until(is_waiting, "the session is asked")
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()

    assert isinstance(failed.value.cause, CancelledError)
