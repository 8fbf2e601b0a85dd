"""Agents as in production: real Temporal, real SQL, real HTTP to a scripted model server."""

import dataclasses
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.plugin import SimplePlugin
from temporalio.worker import Worker

from segue.llm.answers import Answer, Listener, ModelRequest
from segue.llm.asking import ask
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.llm.pool import ModelPool
from segue.runs.events import Announce
from segue.runs.ports import AgentPorts
from segue.runs.register import model_parts, plugins_for
from segue.runs.service.stored_records import RecordStores
from segue.runs.store.accounting import Accounts
from segue.runs.store.approvals import ApprovalStore
from segue.runs.store.audit import AuditLog
from segue.runs.store.cards import CardStore
from segue.runs.store.effects import EffectLedger
from segue.runs.worker.plugin import MCPServers
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.worker import WorkerParts, build_worker
from segue.sessions.events.store import TurnEventStore
from segue.sessions.store import ConversationStore
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.worlds.databases import prepare


def agent_ports(database: Database, pool: ModelPool, *, stall_seconds: float = 5.0) -> AgentPorts:
    """Everything that agents stand on, over one database."""

    async def asker(request: ModelRequest, listener: Listener | None) -> Answer:
        return await ask(pool, request, listener=listener, stall_seconds=stall_seconds)

    return AgentPorts(
        database=database,
        ask=asker,
        provider=pool,
        conversations=ConversationStore(database),
        events=TurnEventStore(database),
        accounts=Accounts(database),
        cards=CardStore(database),
        effects=EffectLedger(database),
        audit=AuditLog(database),
        approvals=ApprovalStore(database),
    )


@dataclass
class AgentWorld:
    """A worker that runs agents, and what they stand on."""

    server: Endpoint
    openai: ScriptedOpenAI
    database: Database
    pool: ModelPool
    ports: AgentPorts
    client: Client
    plugins: list[SimplePlugin]
    queue: str = field(default_factory=lambda: f"agents-{uuid4().hex[:8]}")

    @asynccontextmanager
    async def worker(
        self,
        workflows: Sequence[type],
        activities: Sequence[Callable[..., Any]] = (),
        *,
        forgets: bool = False,
    ) -> AsyncGenerator[None]:
        """A worker for workflows, tools and models.

        Args:
            workflows: Classes.
            activities: Tools.
            forgets: Its memory holds no run between two tasks. Where it holds one whose agent is at
                work when the worker ends, the agents' SDK complains to the garbage collector.
        """
        parts = WorkerParts(
            task_queue=self.queue,
            workflows=tuple(workflows),
            activities=tuple(activities),
            max_cached_workflows=0 if forgets else 1_000,
        )
        async with build_worker(self.client, parts), self.models():
            yield

    def records(self) -> RecordStores:
        """The stores that a person's commands go through."""
        ports = self.ports
        return RecordStores(
            conversations=ports.conversations,
            events=ports.events,
            accounts=ports.accounts,
            effects=ports.effects,
            audit=ports.audit,
            approvals=ports.approvals,
        )

    async def announcing(self, announce: Announce) -> "AgentWorld":
        """This world, where activities tell somebody of events."""
        ports = dataclasses.replace(self.ports, announce=announce)
        plugins = plugins_for(ports)
        client = await connect(self.server.address, {}, plugins=plugins)
        return dataclasses.replace(self, ports=ports, plugins=plugins, client=client)

    def models(self) -> Worker:
        """A worker for models alone."""
        return build_worker(self.client, model_parts(self.ports))

    async def start(
        self,
        workflow: Any,
        *args: Any,
        id: str | None = None,  # noqa: A002 - Temporal's name
    ) -> WorkflowHandle[Any, Any]:
        """Start a workflow on the world's queue."""
        return await self.client.start_workflow(
            workflow, args=list(args), id=id or f"test-{uuid4().hex[:12]}", task_queue=self.queue
        )


@asynccontextmanager
async def agent_world(
    server: Endpoint,
    openai: ScriptedOpenAI,
    database: Database,
    *,
    config: LlmConfig | None = None,
    rules: RuleBook | None = None,
    mcp_servers: MCPServers | None = None,
    stall_seconds: float = 5.0,
    compact_after_tokens: int | None = None,
) -> AsyncGenerator[AgentWorld]:
    """A world whose models live on the scripted server."""
    pool = ModelPool(
        config or LlmConfig(openai_base_url=openai.base_url, openai_api_key="test"),
        rules=rules or RuleBook(),
    )
    ports = dataclasses.replace(
        agent_ports(database, pool, stall_seconds=stall_seconds),
        compact_after_tokens=compact_after_tokens,
    )
    plugins = plugins_for(ports, mcp_servers=mcp_servers)
    client = await connect(server.address, {}, plugins=plugins)
    try:
        yield AgentWorld(server, openai, database, pool, ports, client, plugins)
    finally:
        await pool.aclose()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncGenerator[Database]:
    """A migrated database file."""
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield database
    await database.aclose()


@pytest.fixture
async def agents(
    temporal_server: Endpoint, scripted_openai: ScriptedOpenAI, sqlite_database: Database
) -> AsyncGenerator[AgentWorld]:
    """A world over a database file."""
    async with agent_world(temporal_server, scripted_openai, sqlite_database) as world:
        yield world
