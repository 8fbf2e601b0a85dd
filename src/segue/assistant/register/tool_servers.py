"""The MCP servers whose tools the assistant uses, as the settings and the installation say."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from segue.assistant.agents.names import OWN_TOOLS
from segue.assistant.tool_servers import ToolServers
from segue.platform.feature import ToolServer
from segue.platform.mcp.client import ToolServerClient, http_tool_server, own_tool_server
from segue.platform.platform import Platform
from segue.settings.assistant import AssistantSettings

NAMES = ("finance", "it")


@asynccontextmanager
async def open_tool_servers(platform: Platform) -> AsyncGenerator[ToolServers]:
    """Those of the features that this installation has; nobody is asked yet.

    One that has an address is asked there. Any other is held by this process, so that a chat works
    with nothing configured.
    """
    servers = [
        server
        for feature in platform.features
        for server in feature.tool_servers
        if server.name in NAMES and not server.off(platform.settings)
    ]
    ask_before = platform.settings.of(AssistantSettings).ask_before.split(",")
    async with AsyncExitStack() as stack:
        yield ToolServers(
            [await _client(server, platform, stack) for server in servers],
            own=OWN_TOOLS,
            ask_before=[name.strip() for name in ask_before if name.strip()],
        )


async def _client(
    server: ToolServer, platform: Platform, stack: AsyncExitStack
) -> ToolServerClient:
    settings = platform.settings
    if url := server.url(settings):
        token = settings.mcp.token
        return await stack.enter_async_context(
            http_tool_server(
                server.name, url, token=token.get_secret_value() if token is not None else None
            )
        )

    async def here() -> Platform:
        return platform

    own = await stack.enter_async_context(server.open(settings, here))
    return own_tool_server(server.name, own)
