"""What ``segue doctor`` finds at the addresses of MCP servers that run elsewhere."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from segue.platform.feature import Feature, ToolServer
from segue.settings.load import Settings


def tool_server_checks(
    features: Sequence[Feature], settings: Settings
) -> Iterator[tuple[str, Callable[[], Awaitable[str]]]]:
    """A look at each server that has an address, by its title."""
    for feature in features:
        for server in feature.tool_servers:
            if url := server.url(settings):
                yield server.title, _look_at(server, url, settings)


def _look_at(server: ToolServer, url: str, settings: Settings) -> Callable[[], Awaitable[str]]:
    async def look() -> str:
        from segue.platform.mcp.client import http_tool_server  # noqa: PLC0415 - loads the agents' packages

        token = settings.mcp.token
        secret = token.get_secret_value() if token is not None else None
        async with http_tool_server(server.name, url, token=secret) as client:
            count = len(await client.tools())
        return f"{count} tools {client.place}"

    return look
