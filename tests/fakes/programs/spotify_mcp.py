"""The Spotify MCP server for tests: in process, over stdio, and over HTTP."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx2
from agents.mcp import MCPServer as AgentsServer
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, GetPromptResult, ListPromptsResult, Tool

from segue.music.catalogues.port import Catalogue
from segue.music.spotify_mcp.desk import Desk, SpotifyDesk, spotify_desk
from segue.music.spotify_mcp.jobs import OpenJobs
from segue.runtime.ports import free_ports
from segue.storage.database import Database
from tests.fakes.waiting import until

NOW = 1_800_000_000.0
AT_ONCE = timedelta()
READ_WITHIN_S = 60.0
CHILD = "segue.wiring.spotify_mcp"  # words of the command line of the agents' server
NOWHERE = "127.0.0.1:1"  # a Temporal that is named and never asked


def desk_over(
    catalogue: Catalogue,
    database: Database,
    *,
    jobs: OpenJobs | None = None,
    clock: Callable[[], float] = lambda: NOW,
) -> Desk:
    """A desk for ``spotify_mcp_server``, ready at once."""
    made = spotify_desk(catalogue, database, clock=clock, settle=AT_ONCE, jobs=jobs)

    async def desk() -> SpotifyDesk:
        return made

    return desk


class InProcessMCP(AgentsServer):
    """The server as an agent sees it, without a process or a port."""

    def __init__(self, server: MCPServer[Any], *, name: str = "spotify") -> None:
        super().__init__()
        self._server = server
        self._name = name
        self._held = AsyncExitStack()
        self._client: Client | None = None

    @property
    def name(self) -> str:
        return self._name

    async def connect(self) -> None:
        self._client = await self._held.enter_async_context(Client(self._server))

    async def cleanup(self) -> None:
        self._client = None
        await self._held.aclose()

    async def list_tools(self, run_context: Any = None, agent: Any = None) -> list[Tool]:
        return (await self._connected().list_tools()).tools

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,
    ) -> CallToolResult:
        return await call(self._connected(), tool_name, arguments, meta)

    async def list_prompts(self) -> ListPromptsResult:
        return ListPromptsResult(prompts=[])

    async def get_prompt(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        return GetPromptResult(messages=[])

    def _connected(self) -> Client:
        assert self._client is not None, "connect first"
        return self._client


class Caller(Protocol):
    """Whoever can call tools."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any] | None = None, *, meta: Any = None
    ) -> CallToolResult: ...


@dataclass(frozen=True)
class Strangers:
    """For every call another client, with a connection of its own."""

    server: MCPServer[Any]

    async def call_tool(
        self, name: str, arguments: dict[str, Any] | None = None, *, meta: Any = None
    ) -> CallToolResult:
        async with Client(self.server) as client:
            return await client.call_tool(name, arguments, meta=meta)

    async def list_tools(self) -> list[Tool]:
        """What the server offers."""
        async with Client(self.server) as client:
            return (await client.list_tools()).tools


async def call(
    client: Caller,
    tool: str,
    arguments: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
) -> CallToolResult:
    """Call a tool, whatever comes of it."""
    return await client.call_tool(tool, arguments or {}, meta=meta)


async def answer(
    client: Caller, tool: str, /, *, once: str | None = None, **arguments: Any
) -> dict[str, Any]:
    """What a tool answers; fails the test when it does not. ``once`` is an idempotency key."""
    result = await call(client, tool, arguments, {"idempotencyKey": once} if once else None)
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content


async def refusal(client: Caller, tool: str, /, **arguments: Any) -> str:
    """What a tool says that will not do it."""
    result = await call(client, tool, arguments)
    assert result.is_error, result.structured_content
    return text_of(result)


def text_of(result: CallToolResult) -> str:
    """The words of a result."""
    return " ".join(part.text for part in result.content if part.type == "text")


@dataclass
class ServerProcess:
    """The command ``segue mcp NAME``, in a process that can be killed.

    Attributes:
        environment: What it reads beside the path.
        options: After ``segue mcp NAME``.
        port: Where it listens on HTTP; 0: any free one.
        name: Of the server.
    """

    environment: dict[str, str]
    options: tuple[str, ...] = ()
    port: int = 0
    name: str = "spotify"
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/mcp"

    def stdio(self) -> StdioServerParameters:
        """For a client that starts it."""
        return StdioServerParameters(
            command=sys.executable,
            args=["-m", "segue", "mcp", self.name, *self.options],
            env=self.environment,
        )

    def child(self) -> StdioServerParameters:
        """For a client that starts it as agents' workers do; it takes no options."""
        return StdioServerParameters(
            command=sys.executable, args=["-m", CHILD], env=self.environment
        )

    async def start(self) -> None:
        """Start it on HTTP; returns once it listens. A restart keeps the port."""
        self.port = self.port or free_ports(1)[0]
        self._process = self._spawn()
        await until(self._answers, "the MCP server's answer")

    def _spawn(self) -> subprocess.Popen[bytes]:
        http = ("--transport", "http", "--port", str(self.port), *self.options)
        return subprocess.Popen(
            [sys.executable, "-m", "segue", "mcp", self.name, *http],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """SIGKILL."""
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """End it; its exit status."""
        if self._process is None:
            return None
        self._process.send_signal(number)
        status = self._process.wait(timeout=READ_WITHIN_S)
        self._process = None
        return status

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the MCP server ended at its start"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


def environment_of(folder: Path, catalogue_url: str) -> dict[str, str]:
    """What a server needs beside a local catalogue that runs: no stack, no Temporal."""
    return {
        "SEGUE_DATA_DIR": str(folder),
        "SEGUE_CATALOGUE": "local",
        "SEGUE_LOCAL_CATALOGUE_URL": catalogue_url,
        "TEMPORAL_ADDRESS": NOWHERE,
        "SEGUE_ALLOW_SQLITE": "true",
        "SEGUE_ENV_FILE": os.devnull,
    }


@asynccontextmanager
async def http_client_of(
    url: str, *, token: str | None = None, mode: str = "auto"
) -> AsyncGenerator[Client]:
    """A client that shares nothing with the proxies of this machine's environment."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(trust_env=False, headers=headers, timeout=READ_WITHIN_S) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, read_timeout_seconds=READ_WITHIN_S) as client:
            yield client
