"""The Spotify MCP server as a process.

What it works with is imported when it is opened: a client that waits for the handshake gives up
after a few seconds on a busy machine.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer
from pydantic import SecretStr

from segue.errors.settings import SettingsError
from segue.music.contracts.mcp_server import ClientCommand, McpServerOptions
from segue.music.spotify_mcp.desk import SpotifyDesk, spotify_desk
from segue.music.spotify_mcp.http import PATH, spotify_mcp_app
from segue.music.spotify_mcp.jobs import Jobs
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.observability.logs import configure
from segue.runtime.http_host import Address, bound, serving
from segue.runtime.signals import stop_on_signals
from segue.settings.base import ENV_FILE
from segue.settings.load import Settings, load_settings
from segue.wiring.lasting import Lasting

if TYPE_CHECKING:
    from segue.wiring.platform import OpenPlatform

HINT = "Name another with --port, or 0 for any free one."
_COMMAND = ("-m", "segue", "mcp", "spotify", "--transport", "stdio")


async def serve_spotify_mcp(
    settings: Settings, how: McpServerOptions, announce: Callable[[str], None]
) -> None:
    """Serve until the client hangs up (stdio) or a signal comes (HTTP).

    What it works with is opened at the first call, so that clients need not wait for the handshake;
    what cannot be opened is told as that call's error.

    Args:
        settings: As loaded.
        how: What the command line decides.
        announce: Gets the address once it answers, over HTTP.

    Raises:
        SettingsError: Models may not be given the catalogue's content, it would listen beyond
            loopback without a token, or the port is taken.
    """
    check_terms(settings)
    async with open_spotify_mcp(settings, how) as server:
        if how.transport == "stdio":
            await server.run_stdio_async()
        else:
            await _serve_http(settings, how, server, announce)


@asynccontextmanager
async def open_spotify_mcp(
    settings: Settings, how: McpServerOptions
) -> AsyncGenerator[MCPServer[Any]]:
    """The server, over what the settings name; what it opened is closed at the end."""
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(Lasting(partial(_open_platform, settings)))
        desk = await stack.enter_async_context(
            Lasting(partial(_open_desk, platform, jobs=how.jobs))
        )
        removals = settings.mcp.allow_removals if how.removals is None else how.removals
        offer = Offered(removals=removals, jobs=how.jobs, baskets=how.stateful)
        yield spotify_mcp_server(desk.get, offer)


def client_command(settings: Settings) -> ClientCommand:
    """How a client on this machine starts the server, from whatever folder it runs in."""
    environment = {"SEGUE_DATA_DIR": str(settings.data.directory.resolve())}
    env_file = Path(ENV_FILE).resolve()
    if env_file.exists():
        environment["SEGUE_ENV_FILE"] = str(env_file)
    return ClientCommand(sys.executable, _COMMAND, environment)


def check_terms(settings: Settings) -> None:
    """Keep Spotify's content from models until the user has decided that they may see it.

    Raises:
        SettingsError: The catalogue is Spotify's and agents are not turned on.
    """
    if settings.catalogue_name == "spotify" and not settings.agents.use_agent_sdk:
        raise SettingsError(
            "MCP clients give what they read to models, and Spotify's terms restrict that for its"
            " content; with Spotify's catalogue the server stays off until you turn agents on.",
            hint="Read the terms, then set USE_AGENT_SDK=true; or use SEGUE_CATALOGUE=local.",
        )


@asynccontextmanager
async def _open_platform(settings: Settings) -> AsyncGenerator["OpenPlatform"]:
    from segue.wiring.platform import open_platform  # noqa: PLC0415 - imported when it is opened

    async with open_platform(settings) as platform:
        platform.detach()  # what was started goes on when the client hangs up; idle, it ends
        yield platform


@asynccontextmanager
async def _open_desk(
    platform: Lasting["OpenPlatform"], *, jobs: bool
) -> AsyncGenerator[SpotifyDesk]:
    from segue.music.register.values import open_music_ports  # noqa: PLC0415 - imported when it is opened

    open_parts = await platform.get()
    async with open_music_ports(open_parts) as ports:

        async def music() -> Jobs:
            return await open_parts.service("music")

        database = await open_parts.database()
        yield spotify_desk(ports.catalogue, database, clock=time.time, jobs=music if jobs else None)


async def _serve_http(
    settings: Settings,
    how: McpServerOptions,
    server: MCPServer[Any],
    announce: Callable[[str], None],
) -> None:
    host = how.host or settings.mcp.host
    app = spotify_mcp_app(
        server,
        host=host,
        token=_text(settings.mcp.token),
        allowed_hosts=how.allowed_hosts,
        stateful=how.stateful,
    )
    port = settings.mcp.spotify_port if how.port is None else how.port
    with bound(Address("The MCP server", HINT, host, port)) as listener, stop_on_signals() as stop:
        async with serving(app, listener):
            announce(listener.url + PATH)
            await stop.wait()


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def main() -> None:
    """Entry of the child that an agent's worker starts: over stdio, without jobs and removals."""
    settings = load_settings()
    configure(settings.log.level, json=settings.log.form == "json")
    how = McpServerOptions(removals=False, jobs=False)
    asyncio.run(serve_spotify_mcp(settings, how, lambda _: None))


if __name__ == "__main__":
    main()
