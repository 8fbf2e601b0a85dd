"""The ways to hold a long conversation: each is opened, spoken to, and weighed."""

import dataclasses
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from agents import OpenAIProvider
from openai import AsyncOpenAI
from sqlalchemy.engine import URL
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.worker import Worker

from benchmarks.long_conversation_workflows import (
    CALL_WITHIN,
    PlainChat,
    PlainSetup,
    RawChat,
    RawQuestion,
    RawSetup,
    note,
)
from benchmarks.memory_driver import MemoryDriver, Weight
from benchmarks.statements import Statements, counted
from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.config import LlmConfig, OpenAIService
from segue.llm.offline.rulebook import RuleBook
from segue.llm.openai_models import openai_client
from segue.llm.pool import ModelPool
from segue.runs.register import AgentPorts, model_parts, plugins_for
from segue.runs.service.client import send_message
from segue.runtime.client import connect
from segue.runtime.payloads.drivers import PayloadPath, external_storage
from segue.runtime.worker import WorkerParts, build_worker
from segue.sessions.store import ConversationStore
from segue.sessions.turns import Item
from segue.storage.address import SQLITE_FILE, database_url
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.workflows.threads import TOOLS, Chat, chat_setup, say
from tests.fakes.worlds.agents import agent_ports
from tests.fakes.worlds.databases import new_database

THRESHOLD_BYTES = 8 * 1024
REPLY_WITHIN = timedelta(minutes=15)  # 500 calls of tools are one reply
POSTGRES_NAMESPACE = "postgres"
_KEY = "test"


class NoAnswerError(Exception):
    """The agent ended a turn without an answer; the text says why."""


@dataclass(frozen=True)
class Stage:
    """What all variants share.

    Attributes:
        address: Of the Temporal server.
        openai: Who plays the models.
        folder: For databases, empty.
        postgres: Its address; None: there is none.
    """

    address: str
    openai: ScriptedOpenAI
    folder: Path
    postgres: str | None = None

    async def new_postgres(self) -> URL:
        """An empty database on the stage's server."""
        assert self.postgres is not None
        server = database_url(self.postgres, self.folder)
        return await new_database(server)

    def http_client(self) -> AsyncOpenAI:
        """A client of the model server; the caller closes it."""
        return AsyncOpenAI(base_url=self.openai.base_url, api_key=_KEY, max_retries=0)


@dataclass
class Times:
    """Seconds that each turn spent in parts of ours; one entry a turn."""

    turns: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    def add(self, part: str, seconds: float) -> None:
        """Add to the newest turn."""
        if self.turns:
            self.turns[-1][part] = self.turns[-1].get(part, 0.0) + seconds


@dataclass(frozen=True)
class Conversation:
    """One conversation of one variant.

    Attributes:
        say: Puts a message and gives the answer's text.
        handle: Of its workflow; None: there is none.
        weigh: What it left outside of its histories so far.
        times: Of the parts of its turns; empty where they are not looked at.
        statements: That its database was asked; None: it has none.
        begin: Begins another one of the same worker; None: the variant holds one alone.
    """

    say: Callable[[str], Awaitable[str]]
    client: Client | None = None
    handle: WorkflowHandle[Any, Any] | None = None
    weigh: Callable[[], Weight] = Weight
    times: Times = field(default_factory=Times)
    statements: Statements | None = None
    begin: "Callable[[], Awaitable[Conversation]] | None" = None

    def handle_of(self, run: str) -> WorkflowHandle[Any, Any]:
        """One run of its workflow."""
        assert self.client is not None
        assert self.handle is not None
        return self.client.get_workflow_handle(self.handle.id, run_id=run)


@dataclass(frozen=True)
class Variant:
    """One of those compared.

    Attributes:
        open: Given a stage, the script and the number of model calls that a turn may take.
    """

    name: str
    open: Callable[[Stage, str, int], AbstractAsyncContextManager[Conversation]]


def plain(*, renews: bool = False, stores: bool = False) -> Callable[..., Any]:
    """The plugin alone, with its defaults.

    Args:
        renews: Go on as a new run when Temporal suggests it, as the sample does.
        stores: Put larger payloads into external storage.
    """

    @asynccontextmanager
    async def opened(stage: Stage, script: str, max_turns: int) -> AsyncGenerator[Conversation]:
        driver = MemoryDriver()
        storage = external_storage(driver, threshold_bytes=THRESHOLD_BYTES) if stores else None
        async with stage.http_client() as http:
            plugin = OpenAIAgentsPlugin(
                model_params=ModelActivityParameters(start_to_close_timeout=CALL_WITHIN),
                model_provider=OpenAIProvider(openai_client=http),
            )
            client = await connect(
                stage.address, {}, plugins=[plugin], payloads=PayloadPath(storage=storage)
            )
            queue = f"plain-{uuid4().hex[:8]}"
            parts = WorkerParts(task_queue=queue, workflows=[PlainChat], activities=TOOLS)
            setup = PlainSetup(model=f"gpt-scripted:{script}", renews=renews, max_turns=max_turns)
            async with build_worker(client, parts):
                handle = await client.start_workflow(
                    PlainChat.run, setup, id=f"{queue}-chat", task_queue=queue
                )
                follow = client.get_workflow_handle(handle.id)

                async def tell(text: str) -> str:
                    return await follow.execute_update(PlainChat.say, text)

                yield Conversation(tell, client, handle, driver.weigh)

    return opened


def ours(*, postgres: bool = False) -> Callable[..., Any]:
    """Segue's threads, over a database of their own.

    Args:
        postgres: On the stage's server, and in a namespace of its own, so that both may be open.
    """

    @asynccontextmanager
    async def opened(stage: Stage, script: str, max_turns: int) -> AsyncGenerator[Conversation]:
        folder = stage.folder / uuid4().hex
        folder.mkdir()
        url = await stage.new_postgres() if postgres else database_url(None, folder)
        database = Database(url)
        await database.migrate()
        empty = 0 if postgres else _file_bytes(folder)
        pool = ModelPool(
            LlmConfig(openai_base_url=stage.openai.base_url, openai_api_key=_KEY), rules=RuleBook()
        )
        times = Times()
        ports = _timed(agent_ports(database, pool), database, times)
        client = await connect(
            stage.address,
            {},
            namespace=POSTGRES_NAMESPACE if postgres else None,
            plugins=plugins_for(ports),
        )
        queue = f"ours-{uuid4().hex[:8]}"
        parts = WorkerParts(task_queue=queue, workflows=[Chat], activities=TOOLS)

        def weigh() -> Weight:
            if postgres:
                return Weight()
            return Weight(_value_bytes(folder), _file_bytes(folder) - empty)

        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.aclose)
            stack.push_async_callback(pool.aclose)
            await stack.enter_async_context(build_worker(client, parts))
            await stack.enter_async_context(build_worker(client, model_parts(ports)))
            statements = stack.enter_context(counted(database.url))

            async def begin() -> Conversation:
                handle = await client.start_workflow(
                    Chat.run,
                    chat_setup(script, max_turns=max_turns),
                    id=f"{queue}-{uuid4().hex[:8]}",
                    task_queue=queue,
                )
                follow = client.get_workflow_handle(handle.id)

                async def tell(text: str) -> str:
                    outcome = await send_message(follow, say(text), within=REPLY_WITHIN)
                    if outcome.failure is not None:
                        raise NoAnswerError(f"{outcome.failure.code}: {outcome.failure.message}")
                    return str(outcome.output)

                return Conversation(tell, client, handle, weigh, times, statements, begin)

            yield await begin()

    return opened


def raw(*, noted: bool) -> Callable[..., Any]:
    """Temporal alone: an update, an activity that asks the model, and no agent.

    Args:
        noted: With a local activity before and after it that does nothing.
    """

    @asynccontextmanager
    async def opened(stage: Stage, script: str, max_turns: int) -> AsyncGenerator[Conversation]:
        items: list[Any] = []
        client = await connect(stage.address, {})
        queue = f"raw-{uuid4().hex[:8]}"
        async with openai_client(
            OpenAIService(api_key=_KEY, base_url=stage.openai.base_url)
        ) as http:

            @activity.defn(name="raw-ask")
            async def ask(question: RawQuestion) -> str:
                items.append({"role": "user", "content": question.text})
                response = await http.responses.create(model=question.model, input=items)
                items.extend(item.model_dump(exclude_unset=True) for item in response.output)
                return response.output_text

            setup = RawSetup(model=f"gpt-scripted:{script}", noted=noted)
            async with Worker(
                client, task_queue=queue, workflows=[RawChat], activities=[ask, note]
            ):
                handle = await client.start_workflow(
                    RawChat.run, setup, id=f"{queue}-chat", task_queue=queue
                )

                async def tell(text: str) -> str:
                    return await handle.execute_update(RawChat.say, text)

                yield Conversation(tell, client, handle)

    return opened


@asynccontextmanager
async def bare(stage: Stage, script: str, max_turns: int) -> AsyncGenerator[Conversation]:
    """Our HTTP client in a loop: no agent, nothing kept. What the wire and the service cost."""
    items: list[Any] = []
    async with openai_client(OpenAIService(api_key=_KEY, base_url=stage.openai.base_url)) as http:

        async def tell(text: str) -> str:
            items.append({"role": "user", "content": text})
            response = await http.responses.create(model=f"gpt-scripted:{script}", input=items)
            items.extend(item.model_dump(exclude_unset=True) for item in response.output)
            return response.output_text

        yield Conversation(tell)


def _timed(ports: AgentPorts, database: Database, times: Times) -> AgentPorts:
    class TimedStore(ConversationStore):
        async def prompt(
            self, conversation: str, *, upto_turn: int | None = None, removals: int | None = None
        ) -> list[Item]:
            began = time.perf_counter()
            try:
                return await super().prompt(conversation, upto_turn=upto_turn, removals=removals)
            finally:
                times.add("prompt", time.perf_counter() - began)

    async def ask(request: ModelRequest, listener: Listener | None) -> Answer:
        began = time.perf_counter()
        try:
            return await ports.ask(request, listener)
        finally:
            times.add("model", time.perf_counter() - began)

    return dataclasses.replace(ports, ask=ask, conversations=TimedStore(database))


def _value_bytes(folder: Path) -> int:
    """Bytes of every value in every table: items, notes, turns, effects, accounts, cards."""
    with sqlite3.connect(folder / SQLITE_FILE) as database:
        total = 0
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            columns = database.execute(f'PRAGMA table_info("{table}")').fetchall()
            lengths = " + ".join(
                f'COALESCE(LENGTH(CAST("{column[1]}" AS BLOB)), 0)' for column in columns
            )
            query = f'SELECT COALESCE(SUM({lengths}), 0) FROM "{table}"'  # noqa: S608 - our own names
            total += database.execute(query).fetchone()[0]
    database.close()
    return total


def _file_bytes(folder: Path) -> int:
    database = sqlite3.connect(folder / SQLITE_FILE)
    pages, size = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    database.close()
    return pages * size


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("plugin default", plain()),
        Variant("plugin, continue-as-new", plain(renews=True)),
        Variant("plugin, external storage", plain(stores=True)),
        Variant("Segue", ours()),
        Variant("Segue on Postgres", ours(postgres=True)),
        Variant("raw: update, local activity, activity, local activity", raw(noted=True)),
        Variant("raw: update, activity", raw(noted=False)),
        Variant("bare loop", bare),
    )
}
