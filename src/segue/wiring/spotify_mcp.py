"""The Spotify MCP server as a process.

What it works with is imported when it is opened: a client that waits for the handshake gives up
after a few seconds on a busy machine.
"""

import asyncio
from collections.abc import Callable

from segue.music.contracts.mcp_server import McpServerOptions
from segue.music.register.feature import SPOTIFY_SERVER
from segue.music.register.terms import check_terms
from segue.music.register.tool_server import open_spotify_mcp
from segue.observability.logs import configure
from segue.settings.load import Settings, load_settings
from segue.wiring.mcp_serving import open_late, serve_mcp
from segue.wiring.tool_servers import address_of


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
    async with open_late(settings) as platform, open_spotify_mcp(settings, platform, how) as server:
        address = address_of(SPOTIFY_SERVER, settings, how)
        await serve_mcp(server, settings, address, how, announce, stateful=how.stateful)


def main() -> None:
    """Entry of the child that an agent's worker starts: over stdio, without jobs and removals."""
    settings = load_settings()
    configure(settings.log.level, json=settings.log.form == "json")
    how = McpServerOptions(removals=False, jobs=False)
    asyncio.run(serve_spotify_mcp(settings, how, lambda _: None))


if __name__ == "__main__":
    main()
