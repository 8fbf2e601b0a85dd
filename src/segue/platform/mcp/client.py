"""An MCP server as its client: the tools that it offers, and calls of them."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    CONNECTION_CLOSED,
    INTERNAL_ERROR,
    REQUEST_TIMEOUT,
    CallToolResult,
    RequestParamsMeta,
    TextContent,
    Tool,
)

from segue.errors.base import SegueError
from segue.errors.tools import ToolFailedError, ToolServerAwayError, ToolServerRefusedError
from segue.runs.workflow.guarding import cut

LIST_WITHIN_S = 5.0  # somebody waits for a turn to begin
CALL_WITHIN_S = 60.0  # servers answer within 50 s
MOST_PAGES = 20  # of a list of tools
LONGEST_LIST_S = 60.0  # so long a list holds, whatever its server says

_MAY_PASS = {CONNECTION_CLOSED, INTERNAL_ERROR, REQUEST_TIMEOUT}


@dataclass
class _List:
    """The newest list of a server, and when it ends to hold."""

    tools: list[Tool] = field(default_factory=list[Tool])
    until: float = 0.0


@dataclass(frozen=True)
class ToolServerClient:
    """Asks one server, over a connection of its own for each question: nothing is lost with one.

    Attributes:
        name: One word, as people know the server.
        place: Where it is, in words.
        connect: Makes a client that is not connected yet, which gives up after so many seconds.
        clock: Seconds from any beginning.
    """

    name: str
    place: str
    connect: Callable[[float], Client]
    clock: Callable[[], float] = time.monotonic
    _list: _List = field(init=False, default_factory=_List)

    async def tools(self) -> list[Tool]:
        """What the server offers now; while its last list holds, as it said, that one.

        Raises:
            ToolServerError: It did not answer, or does not let Segue in.
        """
        if self.clock() < self._list.until:
            return self._list.tools
        asked_at = self.clock()
        async with self._connection(LIST_WITHIN_S) as client:
            tools: list[Tool] = []
            holds_s, cursor = LONGEST_LIST_S, None
            for _ in range(MOST_PAGES):
                page = await client.list_tools(cursor=cursor)
                tools += page.tools
                holds_s = min(holds_s, page.ttl_ms / 1_000)
                cursor = page.next_cursor
                if cursor is None:
                    break
        self._list.tools, self._list.until = tools, asked_at + holds_s
        return tools

    async def call(self, tool: str, arguments: dict[str, Any], meta: Mapping[str, str]) -> str:
        """What a tool answers, as long as a model is shown it: JSON where it gives data.

        Args:
            tool: Its name.
            arguments: As a model wrote them.
            meta: ``_meta`` of the call; see ``segue.runtime.mcp_meta``.

        Raises:
            ToolFailedError: The tool's own failure; the text is the server's.
            ToolServerError: The server did not answer, or does not let Segue in.
        """
        async with self._connection(CALL_WITHIN_S) as client:
            result = await client.call_tool(
                tool, arguments, meta=cast("RequestParamsMeta", {**meta})
            )
        text = cut(_text_of(result))
        if result.is_error:
            raise ToolFailedError(text)
        return text

    @asynccontextmanager
    async def _connection(self, within_s: float) -> AsyncGenerator[Client]:
        try:
            async with self.connect(within_s) as client:
                yield client
        except Exception as failure:
            raise self._error(failure) from failure

    def _error(self, failure: Exception) -> SegueError:
        leaves = tuple(_leaves(failure))
        for leaf in leaves:
            if isinstance(leaf, SegueError):
                return leaf
            if isinstance(leaf, MCPError) and leaf.code not in _MAY_PASS:
                return ToolFailedError(f"The {self.name} server refused the call: {leaf.message}")
        kind = type(leaves[0]).__name__
        return ToolServerAwayError(
            f"The {self.name} server {self.place} is away ({kind}). Nothing is lost: it is asked"
            " again when the user asks again."
        )


@asynccontextmanager
async def http_tool_server(
    name: str, url: str, *, token: str | None
) -> AsyncGenerator[ToolServerClient]:
    """A server over Streamable HTTP; its connections are closed at the end.

    Args:
        name: One word, as people know it.
        url: Where it answers.
        token: Bearer token that it is sent; None: none.
    """
    place = f"at {httpx2.URL(url).copy_with(userinfo=b'', query=None)}"

    async def check(response: httpx2.Response) -> None:
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise ToolServerRefusedError(
                f"The {name} server {place} does not let Segue in (HTTP {response.status_code}):"
                " it wants another token."
            )

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(
        headers=headers,
        timeout=CALL_WITHIN_S,
        follow_redirects=False,  # the token is for this server alone
        event_hooks={"response": [check]},
    ) as http:
        yield ToolServerClient(
            name,
            place,
            lambda within_s: Client(
                streamable_http_client(url, http_client=http), read_timeout_seconds=within_s
            ),
        )


def own_tool_server(name: str, server: MCPServer[Any] | Server[Any]) -> ToolServerClient:
    """A server that this process holds itself: the same protocol, and no port."""
    return ToolServerClient(
        name,
        "in the worker",
        lambda within_s: Client(server, read_timeout_seconds=within_s),
    )


def _text_of(result: CallToolResult) -> str:
    if result.structured_content is not None and not result.is_error:
        return json.dumps(result.structured_content, ensure_ascii=False)
    return "\n".join(
        block.text if isinstance(block, TextContent) else f"[{block.type}]"
        for block in result.content
    )


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    """The errors in a group, which are what happened."""
    if not isinstance(failure, BaseExceptionGroup):
        yield failure
        return
    for each in cast("BaseExceptionGroup[BaseException]", failure).exceptions:
        yield from _leaves(each)
