"""Tools of MCP servers, outside of workflows: what there is, and calls that run once."""

import json

from temporalio import activity

from segue.assistant.tool_servers import ToolServers
from segue.assistant.wire.names import CALL_TOOL, REFRESH_TOOLS
from segue.assistant.wire.payloads import ToolList, ToolServerCall
from segue.platform.mcp.callers import LONGEST_KEY, digest
from segue.runs.worker.effects import idempotency_key
from segue.runtime.heartbeats import heartbeating
from segue.runtime.mcp_meta import IDEMPOTENCY_KEY, THREAD


class ToolServerActivities:
    """What the assistant does with MCP servers.

    Args:
        servers: Shared by all calls of the worker.
    """

    def __init__(self, servers: ToolServers) -> None:
        self._servers = servers

    @activity.defn(name=REFRESH_TOOLS)
    async def refresh_tools(self, last: ToolList) -> ToolList | None:
        """The servers that offer something else than last; None: none does.

        Idempotency: reads only.
        """
        return last.changes_to(await self._servers.refresh(last))

    @activity.defn(name=CALL_TOOL)
    async def call_tool(self, call: ToolServerCall) -> str:
        """Call a tool for the thread whose workflow this is.

        Raises:
            ToolFailedError: The tool's own failure.
            ToolServerError: The server did not answer, or does not let Segue in.

        Idempotency: every try sends the same key, under which the server runs a call once.
        """
        thread = activity.info().workflow_id or ""
        meta = {
            IDEMPOTENCY_KEY: digest(idempotency_key()),
            THREAD: thread if len(thread) <= LONGEST_KEY else digest(thread),
        }
        async with heartbeating():
            return await self._servers.call(
                call.server, call.tool, json.loads(call.arguments or "{}"), meta
            )
