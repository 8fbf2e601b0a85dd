"""The Spotify MCP server as an agent's worker starts it: a child over stdio."""

import sys
from collections.abc import Callable

from agents.mcp import MCPServer, MCPServerStdio

from segue.settings.load import Settings

NAME = "spotify"  # what workflows call it: temporal_mcp_server("spotify")
CALL_WITHIN_S = 120.0  # a call may wait for another's turn, and for a slow catalogue twice

# What the child may know. Model keys are not its business.
_SHARED = (
    "SEGUE_DATA_DIR",
    "DATABASE_URL",
    "SEGUE_ALLOW_SQLITE",
    "SEGUE_CATALOGUE",
    "SEGUE_LOCAL_CATALOGUE_URL",
    "SPOTIFY_",
    "SEGUE_LOG_LEVEL",
    "SEGUE_LOG_FORMAT",
    "USE_AGENT_SDK",
    "SEGUE_ENV_FILE",
    "TEMPORAL_ADDRESS",  # only as the sign that nothing needs to be started
)


def spotify_mcp_factory(settings: Settings) -> Callable[[], MCPServer]:
    """For a worker: starts the server as a child that knows no more than it needs.

    It offers no durable jobs and no removals: an agent in a workflow has no use for them.
    """
    environment = child_environment(settings)

    def start() -> MCPServer:
        return MCPServerStdio(
            {
                "command": sys.executable,
                "args": ["-m", "segue.wiring.spotify_mcp"],
                "env": environment,
            },
            name=NAME,
            client_session_timeout_seconds=CALL_WITHIN_S,
        )

    return start


def child_environment(settings: Settings) -> dict[str, str]:
    """The variables that such a child needs; secrets among them are the catalogue's own."""
    return {
        name: value for name, value in settings.environment().items() if name.startswith(_SHARED)
    }
