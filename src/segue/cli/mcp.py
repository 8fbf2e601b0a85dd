"""``segue mcp``: servers for clients of the Model Context Protocol, and how clients start them."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen
from segue.cli.session import run, run_blocking
from segue.music.contracts.mcp_server import McpServerOptions
from segue.platform.mcp.options import ClientCommand, ServingOptions

mcp = typer.Typer(help="Servers for Claude, Goose, Cursor and other MCP clients.")


class Transport(StrEnum):
    """How a client talks to a server."""

    STDIO = "stdio"
    HTTP = "http"


class Client(StrEnum):
    """Clients whose configuration we know."""

    CLAUDE = "claude"
    GOOSE = "goose"
    CURSOR = "cursor"


AsTransport = Annotated[
    Transport, typer.Option(help="stdio: a client starts it; http: clients connect to it.")
]
AsHost = Annotated[
    str | None, typer.Option(help="Address to listen on; beyond loopback it needs a token.")
]
AsPort = Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any free one.")]
AsAllowedHosts = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Another name that clients reach it by; repeatable."),
]


@mcp.command("spotify")
def spotify(  # noqa: PLR0913 - each is an option of its own
    context: typer.Context,
    *,
    transport: AsTransport = Transport.STDIO,
    host: AsHost = None,
    port: AsPort = None,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Offer baskets, collected over several calls.")
    ] = False,
    removals: Annotated[
        bool | None, typer.Option("--removals/--no-removals", help="Offer to remove tracks.")
    ] = None,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Offer durable syncs.")] = True,
    allowed_host: AsAllowedHosts = None,
) -> None:
    """Serve the catalogue, playlists and durable syncs to MCP clients."""
    how = McpServerOptions(
        transport=transport.value,
        host=host,
        port=port,
        removals=removals,
        jobs=jobs,
        stateful=stateful,
        allowed_hosts=tuple(allowed_host or ()),
    )

    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(address: str) -> None:
            screen.result(f"The Spotify MCP server answers at {address} until Ctrl-C.")

        await installation.serve_spotify_mcp(how, announce)
        return ExitCode.OK

    run(context, work)


@mcp.command("finance")
def finance(
    context: typer.Context,
    *,
    transport: AsTransport = Transport.STDIO,
    host: AsHost = None,
    port: AsPort = None,
    allowed_host: AsAllowedHosts = None,
) -> None:
    """Serve stock prices and returns on investment to MCP clients."""
    _serve(context, "finance", _options(transport, host, port, allowed_host))


@mcp.command("it")
def it(
    context: typer.Context,
    *,
    transport: AsTransport = Transport.STDIO,
    host: AsHost = None,
    port: AsPort = None,
    allowed_host: AsAllowedHosts = None,
) -> None:
    """Serve Jira metrics and IP addresses, remembered for each user, to MCP clients."""
    _serve(context, "it", _options(transport, host, port, allowed_host))


@mcp.command("config")
def config(
    context: typer.Context,
    client: Annotated[Client, typer.Argument(help="Whose configuration.")],
) -> None:
    """Print what to put into a client's configuration, so that it starts the servers."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        commands = installation.mcp_commands()
        screen.out.file.write(_goose(commands) if client is Client.GOOSE else _json(commands))
        return ExitCode.OK

    run_blocking(context, work)


def _serve(context: typer.Context, name: str, how: ServingOptions) -> None:
    async def work(installation: Installation, screen: Screen) -> ExitCode:
        def announce(address: str) -> None:
            screen.result(f"The {name} MCP server answers at {address} until Ctrl-C.")

        await installation.serve_tool_server(name, how, announce)
        return ExitCode.OK

    run(context, work)


def _options(
    transport: Transport, host: str | None, port: int | None, allowed_hosts: list[str] | None
) -> ServingOptions:
    return ServingOptions(transport.value, host, port, tuple(allowed_hosts or ()))


def _json(commands: Mapping[str, ClientCommand]) -> str:
    servers = {
        name: {
            "command": command.program,
            "args": list(command.arguments),
            "env": command.environment,
        }
        for name, command in commands.items()
    }
    return json.dumps({"mcpServers": servers}, indent=2) + "\n"


def _goose(commands: Mapping[str, ClientCommand]) -> str:
    """YAML; its quoted strings are JSON's."""
    extensions = (_extension(name, command) for name, command in commands.items())
    return "extensions:\n" + "".join(extensions)


def _extension(name: str, command: ClientCommand) -> str:
    environment = "".join(
        f"      {variable}: {json.dumps(value)}\n"
        for variable, value in command.environment.items()
    )
    arguments = "".join(f"      - {json.dumps(argument)}\n" for argument in command.arguments)
    return (
        f"  {name}:\n    name: {name}\n    type: stdio\n    enabled: true\n"
        f"    timeout: 300\n    cmd: {json.dumps(command.program)}\n"
        f"    args:\n{arguments}    envs:\n{environment}"
    )
