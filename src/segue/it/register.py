"""IT as one value."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from segue.it.wire.names import IT_NAMESPACE, IT_QUEUE, IT_SESSION
from segue.platform.feature import Check, Feature, OpenPlatform, Queue, ToolServer
from segue.settings.it import ItSettings

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from segue.it.jira.port import Jira
    from segue.it.service import ItService
    from segue.it.store import ItSessionStore
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts
    from segue.settings.load import Settings


async def _sessions(platform: "Platform") -> "ItSessionStore":
    from segue.it.store import ItSessionStore

    return ItSessionStore(await platform.database(), time.time, seal=platform.seal)


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.it.activities import ItActivities
    from segue.it.workflows import IT_WORKFLOWS
    from segue.runtime.worker import WorkerParts

    async with _open_jira(platform.settings.of(ItSettings)) as jira:
        activities = ItActivities(jira, await _sessions(platform))
        yield [
            WorkerParts(
                task_queue=IT_QUEUE,
                namespace=IT_NAMESPACE,
                workflows=IT_WORKFLOWS,
                activities=[
                    activities.fetch_metrics,
                    activities.load_session,
                    activities.save_session,
                ],
            )
        ]


@asynccontextmanager
async def _open_jira(settings: ItSettings) -> "AsyncGenerator[Jira]":
    from segue.errors.settings import SettingsError
    from segue.it.jira.cloud import NAME, CloudJira
    from segue.it.jira.sample import SampleJira
    from segue.platform.json_service import open_json_service

    if settings.jira_url is None:
        yield SampleJira()
        return
    if not settings.jira_email or settings.jira_api_token is None:
        raise SettingsError(
            "SEGUE_JIRA_URL is set, and the login is not.",
            hint="Set SEGUE_JIRA_EMAIL and SEGUE_JIRA_API_TOKEN, or unset SEGUE_JIRA_URL.",
        )
    login = settings.jira_email, settings.jira_api_token.get_secret_value()
    async with open_json_service(NAME, settings.jira_url, login=login) as service:
        yield CloudJira(service)


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[ItService]":
    from segue.it.service import ItService

    yield ItService(await platform.client(IT_NAMESPACE), await _sessions(platform))


@asynccontextmanager
async def _open_server(
    settings: "Settings", platform: OpenPlatform
) -> "AsyncGenerator[MCPServer[Any]]":
    from segue.it.it_mcp import it_mcp_server
    from segue.platform.mcp.state_keys import request_state_security

    async def service() -> "ItService":
        return await (await platform()).service("it")

    yield it_mcp_server(service, request_state_security(settings.data.directory))


def _checks(settings: "Settings") -> Mapping[str, Callable[[], Awaitable[Check | str]]]:
    async def jira() -> Check | str:
        if settings.of(ItSettings).jira_url is None:
            return Check("Jira", ok=None, detail="sample data: SEGUE_JIRA_URL is not set")
        async with _open_jira(settings.of(ItSettings)):
            return f"at {settings.of(ItSettings).jira_url}"

    return {"Jira": jira}


IT = Feature(
    name="it",
    queues=(Queue(IT_QUEUE, IT_NAMESPACE, asks_models=False),),
    parts=_parts,
    open_service=_open_service,
    checks=_checks,
    standing=(IT_SESSION,),
    tool_servers=(
        ToolServer(
            name="it",
            title="IT MCP server",
            port=lambda settings: settings.of(ItSettings).mcp_port,
            port_setting="SEGUE_IT_MCP_PORT",
            url=lambda settings: settings.of(ItSettings).mcp_url,
            variable="SEGUE_IT_MCP_URL",
            open=_open_server,
        ),
    ),
    settings=(ItSettings,),
)
