"""How the server is to be served; plain values, so that commands load nothing for them."""

from dataclasses import dataclass, field
from typing import Literal

Transport = Literal["stdio", "http"]


@dataclass(frozen=True)
class McpServerOptions:
    """What the command line decides; None leaves it to the settings.

    Attributes:
        host: Address to listen on, for HTTP.
        port: 0 takes any free one.
        removals: Offer ``remove_from_playlist``.
        jobs: Offer durable jobs.
        stateful: Offer baskets, and keep sessions for clients of the older protocol.
        allowed_hosts: Further names by which HTTP clients reach it.
    """

    transport: Transport = "stdio"
    host: str | None = None
    port: int | None = None
    removals: bool | None = None
    jobs: bool = True
    stateful: bool = False
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
