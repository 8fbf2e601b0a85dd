"""How a worker reaches the gallery's MCP servers: a child over stdio, or a port of the loopback."""

import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from agents.mcp import MCPServer, MCPServerSse, MCPServerStdio, MCPServerStreamableHttp
from starlette.types import ASGIApp

import segue
from segue.gallery.tools.tool_servers.files import SAMPLE_FILES
from segue.gallery.tools.tool_servers.notebooks import FILE
from segue.gallery.tools.tool_servers.samples import prompts_server, tools_server
from segue.platform.mcp.http import mcp_app
from segue.platform.mcp.options import PATH
from segue.runtime.http_host import Address, bound, serving

HOST = "127.0.0.1"
SSE_PATH = "/sse"
ANSWER_WITHIN_S = 20.0  # a child imports the SDK first

_HERE = "segue.gallery.tools.tool_servers"
_CODE = Path(str(segue.__file__)).parents[1]  # the child runs the code that its worker runs


def sample_servers(folder: Path) -> Mapping[str, Callable[[], MCPServer]]:
    """Makes each server anew, by the name that workflows know.

    Args:
        folder: Of the worker's machine, for what servers keep; made where there is none.
    """

    def notebooks() -> MCPServer:
        folder.mkdir(parents=True, exist_ok=True)
        return _child("MemoryServer", "notebooks", folder / FILE)

    return {
        "FileSystemServer": lambda: _child("FileSystemServer", "files", SAMPLE_FILES),
        "StreamableHttpServer": lambda: _OverHttp("StreamableHttpServer", _tools_app),
        "StreamableHttpV2Server": lambda: _OverHttp("StreamableHttpV2Server", _tools_app),
        "SseServer": lambda: _OverSse("SseServer"),
        "PromptServer": lambda: _OverHttp("PromptServer", _prompts_app),
        "MemoryServer": notebooks,
    }


def _child(name: str, module: str, place: Path) -> MCPServer:
    """A child process; it is given nothing of the worker's environment but what stdio needs."""
    return MCPServerStdio(
        {
            "command": sys.executable,
            "args": ["-m", f"{_HERE}.{module}", str(place.resolve())],
            "cwd": _CODE,
        },
        name=name,
        client_session_timeout_seconds=ANSWER_WITHIN_S,
    )


def _tools_app() -> ASGIApp:
    return mcp_app(tools_server(), host=HOST, token=None)


def _prompts_app() -> ASGIApp:
    return mcp_app(prompts_server(), host=HOST, token=None)


@asynccontextmanager
async def _on_loopback(app: ASGIApp) -> AsyncGenerator[str]:
    """Serve an application on a free port; its address."""
    with bound(Address("A sample MCP server", "", HOST)) as listener:
        async with serving(app, listener):
            yield listener.url


class _OverHttp(MCPServerStreamableHttp):
    """A server over Streamable HTTP that is served for as long as it is connected to."""

    def __init__(self, name: str, app: Callable[[], ASGIApp]) -> None:
        super().__init__({"url": PATH}, name=name, client_session_timeout_seconds=ANSWER_WITHIN_S)
        self._app = app
        self._serving = AsyncExitStack()

    async def connect(self) -> None:
        url = await self._serving.enter_async_context(_on_loopback(self._app()))
        self.params["url"] = f"{url}{PATH}"
        await super().connect()

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._serving.aclose()


class _OverSse(MCPServerSse):
    """The server of tools over HTTP with server-sent events, served while it is connected to."""

    def __init__(self, name: str) -> None:
        super().__init__(
            {"url": SSE_PATH}, name=name, client_session_timeout_seconds=ANSWER_WITHIN_S
        )
        self._serving = AsyncExitStack()

    async def connect(self) -> None:
        app = tools_server().sse_app(sse_path=SSE_PATH, host=HOST)
        url = await self._serving.enter_async_context(_on_loopback(app))
        self.params["url"] = f"{url}{SSE_PATH}"
        await super().connect()

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._serving.aclose()
