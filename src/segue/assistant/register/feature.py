"""The assistant as one value."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from segue.assistant.wire.names import DURABLE_AGENT, ORCHESTRATOR_QUEUE
from segue.platform.feature import AGENTS_PANEL, Command, Feature, Queue
from segue.settings.assistant import AssistantSettings

if TYPE_CHECKING:
    from segue.assistant.service.assistant import AssistantService
    from segue.llm.offline.rules import AgentRules
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.assistant.activities import AssistantActivities
    from segue.assistant.register.tool_servers import open_tool_servers
    from segue.assistant.register.weather import open_weather
    from segue.assistant.tool_activities import ToolServerActivities
    from segue.assistant.workflows.list_of_tools import AssistantToolsWorkflow
    from segue.assistant.workflows.orchestrator import DurableAgentWorkflow
    from segue.runtime.worker import WorkerParts

    async with (
        open_weather(platform.settings) as weather,
        open_tool_servers(platform) as servers,
    ):
        tools, server_tools = AssistantActivities(weather), ToolServerActivities(servers)
        yield [
            WorkerParts(
                task_queue=ORCHESTRATOR_QUEUE,
                workflows=[DurableAgentWorkflow, AssistantToolsWorkflow],
                activities=[
                    tools.calculate,
                    tools.current_weather,
                    server_tools.refresh_tools,
                    server_tools.call_tool,
                ],
            )
        ]


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[AssistantService]":
    import time

    from segue.assistant.service.assistant import AssistantService
    from segue.assistant.store import ThreadStore

    service = AssistantService(
        await platform.client(),
        ThreadStore(await platform.database(), time.time),
        await platform.records(),
        await platform.turn_events(),
        most_characters=platform.settings.of(AssistantSettings).message_characters,
    )
    try:
        yield service
    finally:
        await service.aclose()


def _rules() -> "Sequence[AgentRules]":
    from segue.assistant.agents.rules import assistant_rules

    return assistant_rules()


ASSISTANT = Feature(
    name="assistant",
    queues=(Queue(ORCHESTRATOR_QUEUE),),
    parts=_parts,
    open_service=_open_service,
    rules=_rules,
    standing=(DURABLE_AGENT,),
    settings=(AssistantSettings,),
    routes=("segue.web.routes.threads:router",),
    commands=(Command("segue.cli.chat:chat", AGENTS_PANEL),),
)
