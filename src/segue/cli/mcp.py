"""``segue mcp``: servers for clients of the Model Context Protocol, and how clients start them."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from segue.cli.exit_codes import ExitCode
from segue.cli.installation import Installation
from segue.cli.screen import Screen
from segue.cli.session import run, run_blocking
from segue.music.contracts.mcp_server import ClientCommand, McpServerOptions

mcp = typer.Typer(help="Servers for Claude, Goose, Cursor and other MCP clients.")
_NAME = "segue"


class Transport(StrEnum):
    """How a client talks to a server."""

    STDIO = "stdio"
    HTTP = "http"


class Client(StrEnum):
    """Clients whose configuration we know."""

    CLAUDE = "claude"
    GOOSE = "goose"
    CURSOR = "cursor"


@mcp.command("spotify")
def spotify(  # noqa: PLR0913 - each is an option of its own
    context: typer.Context,
    *,
    transport: Annotated[
        Transport, typer.Option(help="stdio: a client starts it; http: clients connect to it.")
    ] = Transport.STDIO,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback it needs a token.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 takes any free one.")
    ] = None,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Offer baskets, collected over several calls.")
    ] = False,
    removals: Annotated[
        bool | None, typer.Option("--removals/--no-removals", help="Offer to remove tracks.")
    ] = None,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Offer durable syncs.")] = True,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another name that clients reach it by; repeatable."),
    ] = None,
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


@mcp.command("config")
def config(
    context: typer.Context,
    client: Annotated[Client, typer.Argument(help="Whose configuration.")],
) -> None:
    """Print what to put into a client's configuration, so that it starts the server."""

    def work(installation: Installation, screen: Screen) -> ExitCode:
        command = installation.mcp_command()
        screen.out.file.write(_goose(command) if client is Client.GOOSE else _json(command))
        return ExitCode.OK

    run_blocking(context, work)


def _json(command: ClientCommand) -> str:
    server = {
        "command": command.program,
        "args": list(command.arguments),
        "env": command.environment,
    }
    return json.dumps({"mcpServers": {_NAME: server}}, indent=2) + "\n"


def _goose(command: ClientCommand) -> str:
    """YAML; its quoted strings are JSON's."""
    environment = "".join(
        f"      {name}: {json.dumps(value)}\n" for name, value in command.environment.items()
    )
    arguments = "".join(f"      - {json.dumps(argument)}\n" for argument in command.arguments)
    return (
        f"extensions:\n  {_NAME}:\n    name: {_NAME}\n    type: stdio\n    enabled: true\n"
        f"    timeout: 300\n    cmd: {json.dumps(command.program)}\n"
        f"    args:\n{arguments}    envs:\n{environment}"
    )
