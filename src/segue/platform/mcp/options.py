"""How an MCP server is to be served; plain values, so that commands load nothing for them."""

from dataclasses import dataclass, field
from typing import Literal

Transport = Literal["stdio", "http"]

PATH = "/mcp"  # where a server answers over HTTP


@dataclass(frozen=True)
class ServingOptions:
    """What the command line decides; None leaves it to the settings.

    Attributes:
        host: Address to listen on, for HTTP.
        port: 0 takes any free one.
        allowed_hosts: Further names by which HTTP clients reach it.
    """

    transport: Transport = "stdio"
    host: str | None = None
    port: int | None = None
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClientCommand:
    """The command by which a client starts the server, and what it needs from the environment.

    Attributes:
        environment: Paths only, no secrets.
    """

    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict[str, str])
