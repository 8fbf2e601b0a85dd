"""The MCP servers whose tools the assistant uses: what they offer, and calls of it."""

import asyncio
import logging
import re
from collections.abc import Collection, Sequence
from typing import Any

from mcp_types import Tool

from segue.assistant.wire.payloads import ServerTool, ServerTools, ToolList
from segue.errors.tools import ToolServerAwayError, ToolServerError
from segue.platform.mcp.client import ToolServerClient

logger = logging.getLogger(__name__)

# Sessions are for clients that have no conversation of their own.
NOT_OFFERED = frozenset({"open_it_session", "list_it_sessions", "close_it_session"})

# What models' services take as the name of a tool.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ToolServers:
    """Some MCP servers.

    Args:
        clients: One a server; of tools with one name the first server's is offered.
        own: Names of the assistant's own tools, which go before all others.
        ask_before: Names of tools that wait for a person's yes.
    """

    def __init__(
        self,
        clients: Sequence[ToolServerClient],
        *,
        own: Collection[str] = (),
        ask_before: Collection[str] = (),
    ) -> None:
        self._clients = {client.name: client for client in clients}
        self._own = frozenset(own)
        self._ask_before = frozenset(ask_before)
        self._warned = False

    async def refresh(self, last: ToolList) -> ToolList:
        """What the servers offer now; of one that is away, what it offered ``last``."""
        before = {each.server: each.tools for each in last.servers}
        lists = await asyncio.gather(*(self._tools(client) for client in self._clients.values()))
        names = set(self._own)
        servers: list[ServerTools] = []
        for name, tools in zip(self._clients, lists, strict=True):
            row = before.get(name, ()) if tools is None else tools
            # Who is asked is this installation's to say, now, and not that of the list before.
            new = tuple(
                tool.model_copy(update={"asks": tool.name in self._ask_before})
                for tool in row
                if tool.name not in names
            )
            names.update(tool.name for tool in new)
            servers.append(ServerTools(server=name, tools=new, away=tools is None))
        if not any(server.away for server in servers):
            self._warn_of_unknown(names)
        return ToolList(servers=tuple(servers))

    async def call(
        self, server: str, tool: str, arguments: dict[str, Any], meta: dict[str, str]
    ) -> str:
        """What a tool answers.

        Raises:
            ToolFailedError: The tool's own failure.
            ToolServerAwayError: There is no such server, or it did not answer.
            ToolServerRefusedError: It does not let Segue in.
        """
        client = self._clients.get(server)
        if client is None:
            raise ToolServerAwayError(f"The {server} server is not a part of this installation.")
        return await client.call(tool, arguments, meta)

    async def _tools(self, client: ToolServerClient) -> tuple[ServerTool, ...] | None:
        """What a server offers; None: it is away."""
        try:
            tools = await client.tools()
        except ToolServerError as error:
            logger.warning("No list of tools: %s %s", error.message, error.hint)
            return None
        return tuple(
            self._offer(tool)
            for tool in tools
            if tool.name not in NOT_OFFERED and _NAME.fullmatch(tool.name)
        )

    def _offer(self, tool: Tool) -> ServerTool:
        return ServerTool(
            name=tool.name,
            description=tool.description or "",
            parameters={"properties": {}, **tool.input_schema},
        )

    def _warn_of_unknown(self, names: Collection[str]) -> None:
        unknown = sorted(self._ask_before - set(names))
        if unknown and not self._warned:
            self._warned = True
            logger.warning(
                "SEGUE_CHAT_ASK_BEFORE names tools that no server offers: %s", ", ".join(unknown)
            )
