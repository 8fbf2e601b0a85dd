"""The assistant at work: real Temporal, a real database, the offline model."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle

from segue.assistant.activities import AssistantActivities
from segue.assistant.agents.rules import assistant_rules
from segue.assistant.contracts import Caller, ReplyView
from segue.assistant.service.assistant import AssistantService
from segue.assistant.store import ThreadStore
from segue.assistant.tool_activities import ToolServerActivities
from segue.assistant.tool_servers import ToolServers
from segue.assistant.weather import SampleWeather, Weather, WeatherSource
from segue.assistant.wire.names import DURABLE_AGENT, ORCHESTRATOR_QUEUE
from segue.assistant.wire.payloads import (
    AgentInput,
)
from segue.assistant.workflows.list_of_tools import AssistantToolsWorkflow
from segue.assistant.workflows.orchestrator import DurableAgentWorkflow
from segue.llm.config import LlmConfig
from segue.llm.offline.rulebook import RuleBook
from segue.runs.events import Announce
from segue.runs.service.records import AgentRecords
from segue.sessions.events.fanout import TurnEvents
from tests.fakes.worlds.agents import AgentWorld, agent_world

ANN = Caller("ann")
SOON = timedelta(seconds=60)


@dataclass
class HeldWeather:
    """Weather that does not come before the test lets go."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def current(self, city: str) -> Weather:
        self.asked.set()
        await self.free.wait()
        return await SampleWeather().current(city)


def new_thread() -> str:
    """The id of a thread that there is not yet."""
    return f"chat-{uuid4().hex}"


async def told(chats: AssistantService, thread: str, text: str) -> ReplyView:
    """What Ann is answered."""
    accepted = await chats.post(ANN, thread, text)
    return await reply_to(chats, thread, accepted.message_id)


async def reply_to(chats: AssistantService, thread: str, message_id: str) -> ReplyView:
    """The reply to one of Ann's messages."""
    reply = await chats.wait_for_reply(ANN, thread, message_id, within=SOON)
    assert reply is not None
    return reply


@asynccontextmanager
async def chat_world(
    server: Any,
    openai: Any,
    database: Any,
    *,
    config: LlmConfig | None = None,
    weather: WeatherSource | None = None,
    servers: ToolServers | None = None,
    announce: Announce | None = None,
    forgets: bool = False,
) -> AsyncGenerator[AgentWorld]:
    """A worker of the assistant.

    Args:
        server: Temporal's.
        openai: Asked where ``config`` names it.
        database: Migrated.
        config: None: the offline model answers.
        weather: None: samples.
        servers: MCP servers whose tools it has; None: of none.
        announce: Told of what happens; None: nobody is.
        forgets: As of ``AgentWorld.worker``.
    """
    rules = RuleBook(*assistant_rules())
    tools = AssistantActivities(weather or SampleWeather())
    server_tools = ToolServerActivities(servers or ToolServers([]))
    async with agent_world(
        server, openai, database, config=config or LlmConfig(), rules=rules
    ) as made:
        world = await made.announcing(announce) if announce else made
        world.queue = ORCHESTRATOR_QUEUE
        activities = [
            tools.calculate,
            tools.current_weather,
            server_tools.refresh_tools,
            server_tools.call_tool,
        ]
        workflows = [DurableAgentWorkflow, AssistantToolsWorkflow]
        async with world.worker(workflows, activities, forgets=forgets):
            yield world


@asynccontextmanager
async def chat_service(
    world: AgentWorld, *, most_characters: int = 1_000, threads: ThreadStore | None = None
) -> AsyncGenerator[AssistantService]:
    """What faces have of the assistant."""
    events = TurnEvents(world.ports.events)
    service = AssistantService(
        world.client,
        threads or ThreadStore(world.database, time.time),
        AgentRecords(world.records(), world.client),
        events,
        most_characters=most_characters,
    )
    try:
        yield service
    finally:
        await service.aclose()
        await events.aclose()


async def begin(
    world: AgentWorld, *, thread: str | None = None, **more: Any
) -> WorkflowHandle[Any, Any]:
    """A new chat."""
    return await world.client.start_workflow(
        DURABLE_AGENT,
        AgentInput(**more),
        id=thread or f"agent-{uuid4().hex[:8]}",
        task_queue=world.queue,
    )
