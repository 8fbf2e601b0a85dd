"""The music feature as one value."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from segue.music.wire.names import MUSIC_QUEUE, SEARCH_QUEUE
from segue.platform.feature import (
    AGENTS_PANEL,
    SEGUE_PANEL,
    Check,
    Command,
    Companion,
    Feature,
    Measure,
    OpenPlatform,
    Queue,
    ToolServer,
)

if TYPE_CHECKING:
    from agents.mcp import MCPServer
    from mcp.server.mcpserver import MCPServer as OfferedServer

    from segue.llm.offline.rules import AgentRules
    from segue.music.service.music import MusicService
    from segue.platform.platform import Platform
    from segue.runtime.worker import WorkerParts
    from segue.settings.load import Settings
    from segue.storage.database import Database
    from segue.storage.pruning import Expiry

_PANELS = {
    "Playlists": (
        "sync:sync",
        "demo:demo",
        "review:review",
        "playlists:export",
        "running:formats",
        "runs:runs",
        "playlists:playlist",
        "imports:imports",
        "mapping:mapping",
    ),
    AGENTS_PANEL: ("rollout:rollout",),
    SEGUE_PANEL: ("accounts:login", "accounts:logout", "catalogue:catalogue", "mcp:mcp"),
}


@asynccontextmanager
async def _parts(platform: "Platform") -> "AsyncGenerator[Sequence[WorkerParts]]":
    from segue.music.register.values import agent_plan, open_music_ports
    from segue.music.register.worker import music_parts

    async with open_music_ports(platform) as music:
        yield music_parts(
            music.catalogue,
            music.store,
            search_concurrency=platform.settings.sync.search_concurrency,
            agent_plan=agent_plan(platform.settings),
            announce=platform.announce,
        )


@asynccontextmanager
async def _open_service(platform: "Platform") -> "AsyncGenerator[MusicService]":
    from segue.music.register.values import agent_flags, mapping_file, open_music_ports
    from segue.music.service.music import MusicService

    client = await platform.client()
    async with open_music_ports(platform) as music:
        yield MusicService(
            client,
            music.store,
            music.catalogue,
            await platform.ui_url(),
            agent_flags(platform.settings),
            mapping_file(platform.settings),
        )


def _rules() -> "Sequence[AgentRules]":
    from segue.music.agents.rules import music_rules

    return music_rules()


def _mcp_servers(settings: "Settings") -> "Mapping[str, Callable[..., MCPServer]]":
    from segue.music.register.mcp_child import NAME, spotify_mcp_factory

    return {NAME: spotify_mcp_factory(settings)}


@asynccontextmanager
async def _companions(settings: "Settings") -> "AsyncGenerator[Sequence[Companion]]":
    from segue.music.register.local_catalogue import catalogue_companions

    async with catalogue_companions(settings) as companions:
        yield companions


def _checks(settings: "Settings") -> "Mapping[str, Callable[[], Awaitable[Check | str]]]":
    from segue.music.register.checks import music_checks

    return music_checks(settings)


async def _children(database: "Database", workflow_id: str) -> Sequence[str]:
    from segue.music.store.outcomes import run_ids_of

    return [
        f"{kind}-{run_id}-"
        for run_id in await run_ids_of(database, workflow_id)
        for kind in ("song", "doubts", "shadow")
    ]


async def _measures(platform: "Platform") -> "Sequence[Measure]":
    from segue.music.register.measures import music_measures

    return await music_measures(platform)


async def _expiries(platform: "Platform", before: float) -> "Sequence[Expiry]":
    from segue.music.register.expiries import old_rows

    return await old_rows(platform, before)


async def _warnings(settings: "Settings") -> Sequence[str]:
    from segue.music.register.checks import consent_warnings

    return await consent_warnings(settings)


def _open_tool_server(
    settings: "Settings", platform: OpenPlatform
) -> "AbstractAsyncContextManager[OfferedServer[Any]]":
    from segue.music.register.tool_server import open_spotify_mcp

    return open_spotify_mcp(settings, platform)


def _off(settings: "Settings") -> str:
    from segue.music.register.terms import mcp_refusal

    return mcp_refusal(settings)


SPOTIFY_SERVER = ToolServer(
    name="spotify",
    title="Spotify MCP server",
    port=lambda settings: settings.mcp.spotify_port,
    port_setting="SEGUE_SPOTIFY_MCP_PORT",
    url=lambda settings: settings.mcp.spotify_url,
    variable="SEGUE_SPOTIFY_MCP_URL",
    open=_open_tool_server,
    off=_off,
)

MUSIC = Feature(
    name="music",
    queues=(Queue(MUSIC_QUEUE), Queue(SEARCH_QUEUE, activities_only=True)),
    parts=_parts,
    open_service=_open_service,
    rules=_rules,
    mcp_servers=_mcp_servers,
    companions=_companions,
    checks=_checks,
    children=_children,
    warnings=_warnings,
    measures=_measures,
    tool_servers=(SPOTIFY_SERVER,),
    expiries=_expiries,
    routes=(
        "segue.web.routes.syncs:router",
        "segue.web.routes.runs:router",
        "segue.web.routes.reviews:router",
        "segue.web.routes.decisions:router",
        "segue.web.routes.songs:router",
        "segue.web.routes.imports:router",
        "segue.web.routes.playlists:router",
    ),
    commands=tuple(
        Command(f"segue.cli.{source}", panel)
        for panel, sources in _PANELS.items()
        for source in sources
    ),
)
