"""The MCP servers that features offer: which there are, where they listen, how clients start them.

It loads none of MCP's packages.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from segue.errors.settings import SettingsError
from segue.platform.feature import Feature, ToolServer
from segue.platform.mcp.options import ClientCommand, ServingOptions
from segue.runtime.http_host import Address
from segue.settings.base import ENV_FILE
from segue.settings.load import Settings

DEFAULTS = ServingOptions()
HINT = "Name another with {setting} (0 takes any free one), or stop what listens there."


def address_of(server: ToolServer, settings: Settings, how: ServingOptions = DEFAULTS) -> Address:
    """Where a server is to listen over HTTP."""
    return Address(
        f"The {server.title}",
        HINT.format(setting=server.port_setting),
        how.host or settings.mcp.host,
        server.port(settings) if how.port is None else how.port,
    )


def tool_servers_of(features: Sequence[Feature], settings: Settings) -> list[ToolServer]:
    """The servers that a stack runs: of all features, but those that may not or are elsewhere."""
    return [
        server
        for feature in features
        for server in feature.tool_servers
        if not server.url(settings) and not server.off(settings)
    ]


def tool_server_named(name: str, features: Sequence[Feature]) -> ToolServer:
    """The server of a name.

    Raises:
        SettingsError: No feature that runs here has it.
    """
    for feature in features:
        for server in feature.tool_servers:
            if server.name == name:
                return server
    raise SettingsError(
        f"No feature that runs here has an MCP server named {name!r}.",
        hint="Add its feature to SEGUE_FEATURES, or unset that.",
    )


def client_commands(settings: Settings, features: Sequence[Feature]) -> dict[str, ClientCommand]:
    """How a client on this machine starts each server, from whatever folder it runs in.

    Returns:
        The commands by the names that the client shows; one that people have in their clients
        since there was only that one is just ``segue``.
    """
    environment = {"SEGUE_DATA_DIR": str(settings.data.directory.resolve())}
    env_file = Path(ENV_FILE).resolve()
    if env_file.exists():
        environment["SEGUE_ENV_FILE"] = str(env_file)
    servers = [server for feature in features for server in feature.tool_servers]
    return {
        "segue" if server.name == "spotify" else f"segue-{server.name}": ClientCommand(
            sys.executable,
            ("-m", "segue", "mcp", server.name, "--transport", "stdio"),
            environment,
        )
        for server in servers
    }
