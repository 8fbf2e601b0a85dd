"""The music feature with agents: real Temporal, a real database, a catalogue in memory.

Who answers is the plan's affair: without a model the offline rules, with ``gpt-scripted:NAME`` the
scripted server of ``tests.fakes.programs.openai``.
"""

import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle

from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.music.agents.rules import music_rules
from segue.music.register.worker import music_parts
from segue.music.store.music_store import MusicStore, music_store
from segue.music.wire.agents import AgentPlan
from segue.music.wire.names import MUSIC_QUEUE
from segue.runs.worker.plugin import MCPServers
from segue.runtime.embedded import Endpoint
from segue.storage.database import Database
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import Step, text, tool_calls
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.fakes.worlds.music import AT_ONCE
from tests.fakes.worlds.temporal import serving

OFFLINE = AgentPlan(enabled=True)
OFF = AgentPlan()


@dataclass(frozen=True)
class MusicAgentWorld:
    """A worker for music and models, and what it works on.

    Attributes:
        plan: What the worker's settings say.
    """

    agents: AgentWorld
    catalogue: InMemoryCatalogue
    store: MusicStore
    plan: AgentPlan

    async def start(self, workflow: Any, *args: Any) -> WorkflowHandle[Any, Any]:
        """Start a workflow on the music queue."""
        return await self.agents.client.start_workflow(
            workflow, args=list(args), id=f"music-{uuid4().hex[:12]}", task_queue=MUSIC_QUEUE
        )

    async def run(self, workflow: Any, *args: Any) -> Any:
        """Start a workflow and wait for its result."""
        return await (await self.start(workflow, *args)).result()


@asynccontextmanager
async def music_agent_world(
    server: Endpoint,
    openai: ScriptedOpenAI,
    database: Database,
    catalogue: InMemoryCatalogue,
    *,
    plan: AgentPlan = OFFLINE,
    mcp_servers: MCPServers | None = None,
    config: LlmConfig | None = None,
    stall_seconds: float = 5.0,
) -> AsyncGenerator[MusicAgentWorld]:
    """Serve music and models while the body runs.

    Args:
        server: Temporal.
        openai: Whom a plan with a scripted model asks.
        database: Migrated.
        catalogue: Where songs are.
        plan: What the worker's settings say.
        mcp_servers: By name; the MCP strategy asks for ``spotify``.
        config: Who answers for agents; None: ``openai``, where a model is named.
        stall_seconds: The longest silence of a model.
    """
    store = music_store(database, catalogue=catalogue.name, rules="test", clock=time.time)
    async with (
        agent_world(
            server,
            openai,
            database,
            config=config,
            rules=RuleBook(*music_rules()),
            mcp_servers=mcp_servers,
            stall_seconds=stall_seconds,
        ) as agents,
        serving(
            agents.client,
            music_parts(catalogue, store, search_concurrency=4, settle=AT_ONCE, agent_plan=plan),
        ),
        agents.models(),
    ):
        yield MusicAgentWorld(agents, catalogue, store, plan)


def scripted(name: str, **more: Any) -> AgentPlan:
    """A plan whose model plays a script."""
    return AgentPlan(enabled=True, model=f"gpt-scripted:{name}", **more)


def says(data: dict[str, Any]) -> Step:
    """A structured answer."""
    return text(json.dumps(data))


def calls(tool: str, **arguments: Any) -> Step:
    """One call of a tool, or a handoff."""
    return tool_calls([(tool, arguments)])
