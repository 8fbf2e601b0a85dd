"""The Spotify MCP server, opened over the platform of a process."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from mcp.server.mcpserver import MCPServer

from segue.music.contracts.mcp_server import McpServerOptions
from segue.music.spotify_mcp.desk import SpotifyDesk, spotify_desk
from segue.music.spotify_mcp.jobs import Jobs
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.platform.feature import OpenPlatform
from segue.platform.mcp.state_keys import request_state_security
from segue.runtime.lasting import Lasting
from segue.settings.load import Settings

DEFAULTS = McpServerOptions()


@asynccontextmanager
async def open_spotify_mcp(
    settings: Settings, platform: OpenPlatform, how: McpServerOptions = DEFAULTS
) -> AsyncGenerator[MCPServer[Any]]:
    """The server, over what the settings name; what it opened is closed at the end.

    Args:
        settings: As loaded.
        platform: Asked for by the first call of a tool.
        how: Which tools it offers.
    """
    async with Lasting(partial(_open_desk, platform, jobs=how.jobs)) as desk:
        removals = settings.mcp.allow_removals if how.removals is None else how.removals
        offer = Offered(removals=removals, jobs=how.jobs, baskets=how.stateful)
        state = request_state_security(settings.data.directory)
        yield spotify_mcp_server(desk.get, offer, state)


@asynccontextmanager
async def _open_desk(platform: OpenPlatform, *, jobs: bool) -> AsyncGenerator[SpotifyDesk]:
    from segue.music.register.values import open_music_ports  # noqa: PLC0415 - imported when it is opened

    open_parts = await platform()
    async with open_music_ports(open_parts) as ports:

        async def music() -> Jobs:
            return await open_parts.service("music")

        database = await open_parts.database()
        yield spotify_desk(ports.catalogue, database, clock=time.time, jobs=music if jobs else None)
