"""Encryption against a real server: nothing said can be found, and deletion is for good."""

import base64
import logging
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from segue.errors.base import SegueError
from segue.errors.conversation import ConversationNotFoundError, ConversationUnreadableError
from segue.gallery.catalogue import Row
from segue.gallery.register.parts import gallery_parts
from segue.gallery.tools.images import Images
from segue.gallery.tools.toolbox import Toolbox
from segue.observability.logs import _TextFormatter
from segue.observability.tracing.setup import configure_tracing
from segue.runs.register import plugins_for
from segue.runs.service.client import send_message
from segue.runs.worker.plugin import agent_plugins
from segue.runs.workflow.thread_state import ThreadState
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.faults import from_failure
from segue.runtime.payloads.drivers import PayloadPath
from segue.runtime.payloads.sql_store import BLOBS
from segue.runtime.worker import build_replayer, build_worker
from segue.sessions.histories.keys import HistoryKeys
from segue.sessions.histories.tables import BINDINGS
from segue.sessions.tables import CONVERSATIONS, ITEMS
from segue.settings.load import load_settings
from segue.storage.address import database_url
from segue.storage.database import Database
from segue.wiring.agents import open_agent_ports
from segue.wiring.encryption import end_unreadable, history_keys
from segue.wiring.payloads import open_payloads
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.faults import http_error
from tests.fakes.programs.openai_server.steps import text, tool_calls
from tests.fakes.workflows.encrypted import CANARIES, LARGE_BYTES, TOOLS, Confidant, Setup
from tests.fakes.workflows.threads import say
from tests.fakes.worlds.agents import AgentWorld
from tests.fakes.worlds.databases import prepare

KEYS = {name: f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2")}


@dataclass(frozen=True)
class Site:
    """One installation: a database, and what stands around it."""

    server: Endpoint
    openai: ScriptedOpenAI
    folder: Path
    environment: pytest.MonkeyPatch

    @asynccontextmanager
    async def world(self, *keys: str) -> "AsyncGenerator[World]":
        """A worker process as the settings make it, with these master keys."""
        for name, value in (
            ("SEGUE_ENV_FILE", str(self.folder / "none")),
            ("SEGUE_ENCRYPTION_KEYS", ",".join(KEYS[key] for key in keys)),
            ("OPENAI_BASE_URL", self.openai.base_url),
            ("OPENAI_API_KEY", "test"),
            ("LLM_MODEL", "gpt-scripted:chat"),
        ):
            self.environment.setenv(name, value)
        settings = load_settings()
        tracing = configure_tracing(
            settings.tracing.kind, api_key=None, endpoint=None, with_content=False
        )
        database = Database(database_url(None, self.folder))
        async with AsyncExitStack() as opened:
            opened.callback(tracing.shutdown)
            opened.push_async_callback(database.aclose)
            await prepare(database)
            histories = history_keys(settings, database)
            ports = await opened.enter_async_context(
                open_agent_ports(settings, database, histories, ())
            )
            payloads = await opened.enter_async_context(
                open_payloads(settings, database, ports.histories)
            )
            plugins = plugins_for(ports)
            client = await connect(self.server.address, {}, plugins=plugins, payloads=payloads.path)
            if ports.histories is not None:
                ports.histories.when_deleted(partial(end_unreadable, client))
            yield World(
                self.server,
                self.openai,
                database,
                ports.provider,
                ports,
                client,
                plugins,
                path=payloads.path,
            )


class World(AgentWorld):
    """A worker's world that also knows its payload path."""

    def __init__(self, *parts: Any, path: PayloadPath) -> None:
        super().__init__(*parts, queue="encrypted")
        self.path = path


@pytest.fixture
def site(
    temporal_server: Endpoint,
    scripted_openai: ScriptedOpenAI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    return Site(temporal_server, scripted_openai, tmp_path, monkeypatch)


def tool(name: str) -> Any:
    return tool_calls([(name, {"about": CANARIES["argument"]})])


async def script(site: Site) -> None:
    await site.openai.script(
        "chat",
        [
            tool("recall"),
            tool("refuse"),
            tool("break_down"),
            text(CANARIES["reply"]),
            http_error(400, CANARIES["provider-error"]),
            text("Later.", times=None),
        ],
    )


async def begin(world: AgentWorld) -> WorkflowHandle[Any, Any]:
    setup = Setup(
        model="gpt-scripted:chat",
        state=ThreadState(conversation=uuid4().hex),
        large=CANARIES["large"] + "x" * LARGE_BYTES,
    )
    return await world.client.start_workflow(
        Confidant.run,
        setup,
        id=f"test-{uuid4().hex[:12]}",
        task_queue=world.queue,
        memo={"about": CANARIES["memo"]},
        static_summary=CANARIES["summary"],
    )


async def conversation_of(world: AgentWorld) -> str:
    page = await world.ports.conversations.conversations()
    return page.heads[0].id


async def raw_histories(world: AgentWorld, workflow_id: str) -> bytes:
    """Every event of every run, and the pending state, as the server holds them."""
    request = GetWorkflowExecutionHistoryRequest(
        namespace="default", execution=WorkflowExecution(workflow_id=workflow_id)
    )
    answer = await world.client.workflow_service.get_workflow_execution_history(request)
    assert not answer.next_page_token
    described = await world.client.get_workflow_handle(workflow_id).describe()
    return answer.SerializeToString() + described.raw_description.SerializeToString()


def database(folder: Path) -> bytes:
    """The file, its log and its index."""
    files = sorted(folder.glob("segue.db*"))
    assert [file.name for file in files][:1] == ["segue.db"]
    return b"".join(file.read_bytes() for file in files)


def found(where: bytes | str) -> set[str]:
    content = where.encode() if isinstance(where, str) else where
    return {place for place, canary in CANARIES.items() if canary.encode() in content}


def of_no_workflow(part: Any, name: str = "") -> Iterator[str]:
    """Where in a history payloads stand that no workflow's key opens."""
    if isinstance(part, dict):
        if part.get("metadata", {}).get("segue-workflow-id") == "":
            yield name
        for key, value in part.items():
            yield from of_no_workflow(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from of_no_workflow(value, name)


@contextmanager
def logged(*, sealed: bool) -> Generator[StringIO]:
    """What a worker writes to its log."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_TextFormatter(sealed=sealed))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def keys_of(world: AgentWorld) -> HistoryKeys:
    assert world.ports.histories is not None
    return world.ports.histories


async def decoded(world: AgentWorld, workflow_id: str) -> None:
    """Read what the workflow was started with, as a person with all rights would."""
    history = await world.client.get_workflow_handle(workflow_id).fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    try:
        await world.client.data_converter.decode(started.input.payloads)
    except ApplicationError as failed:
        raise from_failure(failed) from failed


async def large_payloads(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(BLOBS)) or 0


async def confide(site: Site, world: AgentWorld) -> WorkflowHandle[Any, Any]:
    """A chat in which everything was said; it still runs."""
    await script(site)
    chat = await begin(world)
    first = await send_message(chat, say(CANARIES["user"]).model_copy(update={"turn": uuid4().hex}))
    assert first.output == CANARIES["reply"]
    second = await send_message(chat, say("And now?"))
    assert not second.ok
    return chat


async def test_without_the_switch_everything_said_can_be_found(site: Site):
    with logged(sealed=False) as log:
        async with site.world() as world, world.worker([Confidant], TOOLS):
            chat = await confide(site, world)
            history = await raw_histories(world, chat.id)
            stored = database(site.folder)
    assert found(history + stored) == set(CANARIES) - {"provider-error"}  # never kept
    assert {"user", "argument", "own-error", "raised-error", "own-argument"} <= found(history)
    assert {"user", "instructions", "argument", "result", "reply", "large"} <= found(stored)
    assert "raised-error" in found(log.getvalue())


async def test_with_the_switch_nothing_said_can_be_found_anywhere(site: Site):
    with logged(sealed=True) as log:
        async with site.world("k1") as world, world.worker([Confidant], TOOLS):
            chat = await confide(site, world)
            history = await raw_histories(world, chat.id)
            events = (await chat.fetch_history()).to_json_dict()
            stored = database(site.folder)
    assert found(history) == set()
    assert found(stored) == set()
    assert found(log.getvalue()) == set()
    assert "RuntimeError [text not shown" in log.getvalue()
    assert b"segue.sql" in history  # the reference to what lies outside
    assert b"Encoded failure" in history
    # All goes with the workflow's key, but for the ids of traces that clients send along.
    assert set(of_no_workflow(events)) == {"__openai_span"}


async def test_a_client_without_a_key_reads_the_result_of_a_plain_workflow(site: Site):
    await site.openai.script("chat", [text(CANARIES["reply"]), http_error(400, "no")])
    foreign = await Client.connect(site.server.address)
    queue = f"plain-{uuid4().hex[:8]}"
    (parts,) = gallery_parts(Toolbox(images=Images()), [Row("hello_world", queue)])

    async def ask() -> WorkflowHandle[Any, str]:
        run = await foreign.start_workflow(
            "HelloWorldAgent", "Hello.", id=uuid4().hex, task_queue=queue, result_type=str
        )
        with suppress(WorkflowFailureError):
            await run.result()
        return run

    async with site.world("k1") as world, world.models():
        client = await connect(
            site.server.address, {}, plugins=world.plugins, payloads=world.path.writing_plain()
        )
        async with build_worker(client, parts):
            answered, failed = await ask(), await ask()
            history = await raw_histories(world, answered.id)

    assert await answered.result() == CANARIES["reply"]
    assert b"binary/encrypted" in history
    with pytest.raises(WorkflowFailureError) as failure:
        await failed.result()
    assert from_failure(failure.value).code == "model.invalid_request"


async def test_a_deleted_conversation_is_gone_from_database_and_history(site: Site):
    async with site.world("k1") as world:
        async with world.worker([Confidant], TOOLS):
            chat = await confide(site, world)
            conversation = await conversation_of(world)
            assert await world.ports.conversations.delete(conversation)
            assert await keys_of(world).forget(conversation) == (chat.id,)
        # A worker that has to read the history ends the run, instead of trying for ever.
        async with world.worker([Confidant], TOOLS):
            await chat.signal(Confidant.end_chat, "enough")
            with pytest.raises(WorkflowFailureError) as ended:
                await chat.result()
        assert "its conversation was deleted" in from_failure(ended.value).message
        assert await large_payloads(world.database) > 0  # unreadable too, until they are collected
        async with world.database.reading() as connection:
            for table in (CONVERSATIONS, ITEMS):
                rows = sa.select(sa.func.count()).select_from(table)
                assert await connection.scalar(rows) == 0
    async with site.world("k1") as world:
        with pytest.raises(ConversationUnreadableError, match="key was deleted together"):
            await decoded(world, chat.id)


async def test_a_message_to_a_deleted_conversation_is_unreadable_too(site: Site):
    async with site.world("k1") as world, world.worker([Confidant], TOOLS):
        chat = await confide(site, world)
        conversation = await conversation_of(world)
        await world.ports.conversations.delete(conversation)
        await keys_of(world).forget(conversation)
        try:
            reply = await send_message(chat, say("Are you there?"))
        except ConversationUnreadableError:
            reply = None  # the reply was encrypted with the key that is gone by now
        if reply is not None:
            assert reply.failure is not None
            assert reply.failure.code == ConversationNotFoundError.code
        async with world.database.reading() as connection:
            bound = await connection.scalars(sa.select(BINDINGS.c.conversation))
            assert conversation not in set(bound)


async def test_an_encrypted_history_replays_and_stores_nothing_anew(site: Site):
    async with site.world("k1") as world:
        async with world.worker([Confidant], TOOLS):
            chat = await confide(site, world)
            history = await chat.fetch_history()
        before = await large_payloads(world.database)
        replayer = build_replayer([Confidant], plugins=agent_plugins(), payloads=world.path)
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        assert result.replay_failure is None
        assert await large_payloads(world.database) == before > 0


async def test_a_chat_of_before_the_switch_goes_on_encrypted(site: Site):
    async with site.world() as world, world.worker([Confidant], TOOLS):
        chat = await confide(site, world)
        before = len((await chat.fetch_history()).events)
    async with site.world("k1") as world, world.worker([Confidant], TOOLS):
        chat = world.client.get_workflow_handle(chat.id)
        assert (await send_message(chat, say(CANARIES["user"]))).output == "Later."
        later = (await chat.fetch_history()).events[before:]
        assert found(b"".join(event.SerializeToString() for event in later)) == set()
        await chat.signal(Confidant.end_chat, "enough")
        assert await chat.result() > LARGE_BYTES


async def test_after_a_rotation_old_histories_go_on_under_the_new_key_alone(site: Site):
    async with site.world("k1") as world, world.worker([Confidant], TOOLS):
        chat = await confide(site, world)
    async with site.world("k2", "k1") as world:
        assert (await keys_of(world).rewrap()).done == 2  # of the chat, and of no workflow
        assert (await world.ports.conversations.rewrap()).done == 1
        assert await world.ports.cards.rewrap() == 1
    async with site.world("k2") as world, world.worker([Confidant], TOOLS):
        chat = world.client.get_workflow_handle(chat.id)
        assert (await send_message(chat, say("And now?"))).output == "Later."
        await chat.signal(Confidant.end_chat, "enough")
        assert await chat.result() > LARGE_BYTES


async def test_without_its_master_key_a_run_waits_until_somebody_puts_it_back(site: Site):
    async with site.world("k1") as world, world.worker([Confidant], TOOLS):
        chat = await confide(site, world)
    async with site.world("k2") as world, world.worker([Confidant], TOOLS):
        handle = world.client.get_workflow_handle(chat.id)
        with pytest.raises(SegueError) as refused:
            await decoded(world, chat.id)
        assert "'k1'" in refused.value.message
        assert isinstance(refused.value, ConversationUnreadableError)
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    async with site.world("k2", "k1") as world, world.worker([Confidant], TOOLS):
        handle = world.client.get_workflow_handle(chat.id)
        assert (await send_message(handle, say("And now?"))).output == "Later."
