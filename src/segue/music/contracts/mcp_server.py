"""How the Spotify MCP server is to be served; plain values, so that commands load nothing."""

from dataclasses import dataclass

from segue.platform.mcp.options import ServingOptions


@dataclass(frozen=True)
class McpServerOptions(ServingOptions):
    """What the command line decides; None leaves it to the settings.

    Attributes:
        removals: Offer ``remove_from_playlist``.
        jobs: Offer durable jobs.
        stateful: Offer baskets, and keep sessions for clients of the older protocol.
    """

    removals: bool | None = None
    jobs: bool = True
    stateful: bool = False
