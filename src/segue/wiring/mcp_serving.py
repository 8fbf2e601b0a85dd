"""MCP servers as processes and within a stack: over stdio to who started one, or over HTTP."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer
from pydantic import SecretStr
from starlette.applications import Starlette

from segue.platform.feature import Feature, OpenPlatform, ToolServer
from segue.platform.mcp.http import mcp_app, user_tokens
from segue.platform.mcp.options import PATH, ServingOptions
from segue.runtime.http_host import Address, Listener, bound, serving
from segue.runtime.lasting import Lasting
from segue.runtime.signals import stop_on_signals
from segue.settings.load import Settings
from segue.wiring.tool_servers import DEFAULTS, address_of

if TYPE_CHECKING:
    from segue.platform.platform import Platform


def app_of(
    server: MCPServer[Any], settings: Settings, host: str, how: ServingOptions, *, stateful: bool
) -> Starlette:
    """A server as a web application, which lets in whom the settings name.

    Raises:
        SettingsError: It would listen beyond loopback without a token, or a token is no token.
    """
    names = (name.strip() for name in settings.mcp.allowed_hosts.split(","))
    return mcp_app(
        server,
        host=host,
        token=_text(settings.mcp.token),
        users=user_tokens(_text(settings.mcp.users) or ""),
        allowed_hosts=(*how.allowed_hosts, *filter(None, names)),
        stateful=stateful,
    )


async def serve_mcp(
    server: MCPServer[Any],
    settings: Settings,
    address: Address,
    how: ServingOptions,
    announce: Callable[[str], None],
    *,
    stateful: bool = False,
) -> None:
    """Serve until the client hangs up (stdio) or a signal comes (HTTP).

    Args:
        server: Open.
        settings: As loaded.
        address: Where it listens, over HTTP.
        how: What the command line decides.
        announce: Gets the address once it answers, over HTTP.
        stateful: Keep sessions for clients of the protocol before 2026-07-28.

    Raises:
        SettingsError: It would listen beyond loopback without a token, or the port is taken.
    """
    if how.transport == "stdio":
        await server.run_stdio_async()
        return
    app = app_of(server, settings, address.host, how, stateful=stateful)
    with bound(address) as listener, stop_on_signals() as stop:
        async with serving(app, listener):
            announce(listener.url + PATH)
            await stop.wait()


@asynccontextmanager
async def open_late(
    settings: Settings, features: Sequence[Feature] | None = None
) -> AsyncGenerator[OpenPlatform]:
    """What gives the platform of this process, at its first call; closed at the end.

    Args:
        settings: As loaded.
        features: All of the process; None: all there are.
    """

    @asynccontextmanager
    async def opening() -> AsyncGenerator["Platform"]:
        # Imported when it is opened: clients wait for the handshake, and for seconds only.
        from segue.wiring.features import FEATURES  # noqa: PLC0415
        from segue.wiring.platform import open_platform  # noqa: PLC0415

        everything = FEATURES if features is None else features
        async with open_platform(settings, features=everything) as platform:
            platform.detach()  # what was started goes on when the client hangs up; idle, it ends
            yield platform

    async with Lasting(opening) as platform:
        yield platform.get


async def serve_tool_server(
    server: ToolServer,
    settings: Settings,
    how: ServingOptions,
    announce: Callable[[str], None],
    features: Sequence[Feature] | None = None,
) -> None:
    """Serve a feature's clients until they hang up (stdio) or a signal comes (HTTP).

    Args:
        server: Of a feature.
        settings: As loaded.
        how: What the command line decides.
        announce: Gets the address once it answers, over HTTP.
        features: All of the process; None: all there are.

    Raises:
        SettingsError: It would listen beyond loopback without a token, or the port is taken.
    """
    async with (
        open_late(settings, features) as platform,
        server.open(settings, platform) as mcp_server,
    ):
        await serve_mcp(mcp_server, settings, address_of(server, settings, how), how, announce)


@asynccontextmanager
async def serving_tool_servers(
    settings: Settings, features: Sequence[Feature], listeners: Mapping[ToolServer, Listener]
) -> AsyncGenerator[None]:
    """Answer the clients of several servers over HTTP while the body runs.

    Args:
        settings: As loaded.
        features: All of the process.
        listeners: Where each listens.

    Raises:
        SettingsError: One would listen beyond loopback without a token.
    """
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(open_late(settings, features))
        for server, listener in listeners.items():
            mcp_server = await stack.enter_async_context(server.open(settings, platform))
            app = app_of(mcp_server, settings, listener.address.host, DEFAULTS, stateful=False)
            await stack.enter_async_context(serving(app, listener))
        yield


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
