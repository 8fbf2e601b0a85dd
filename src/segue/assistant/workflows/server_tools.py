"""Tools of MCP servers as the assistant's agent has them; read in workflows."""

from collections.abc import Iterable
from typing import Any

from agents import Tool
from agents.tool_context import ToolContext
from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from segue.assistant.wire.names import CALL_TOOL, REFRESH_TOOLS
from segue.assistant.wire.options import AWAY_TOOL_CALL, SERVER_TOOL_CALL, TOOL_LIST
from segue.assistant.wire.payloads import ServerTool, ToolList, ToolServerCall
from segue.runs.limits import CallLimits
from segue.runs.workflow.tools import DeclaredTool
from segue.runtime.faults import from_failure
from segue.runtime.heartbeats import HEARTBEAT


async def current_tools(last: ToolList) -> ToolList:
    """What the servers offer now; what they offered last where nobody could say.

    A local activity: what it is given is not written into the history, and the answer is nothing
    while nothing changes.

    Raises:
        ActivityError: The workflow was cancelled meanwhile.
    """
    try:
        changes: ToolList | None = await workflow.execute_local_activity(
            REFRESH_TOOLS,
            last,
            result_type=ToolList,
            start_to_close_timeout=TOOL_LIST.start_to_close,
            schedule_to_close_timeout=TOOL_LIST.schedule_to_close,
            retry_policy=TOOL_LIST.retry(),
        )
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        workflow.logger.warning("no list of tools: %s", from_failure(failure).code)
        return last
    return last if changes is None else last.changed_by(changes)


def server_tools(tools: ToolList) -> Iterable[Tool]:
    """All of them, for an agent."""
    for server in tools.servers:
        for each in server.tools:
            yield _tool(server.server, each, AWAY_TOOL_CALL if server.away else SERVER_TOOL_CALL)


def away_servers(tools: ToolList) -> list[str]:
    """Servers that are away, and of which no tool is known."""
    return [each.server for each in tools.servers if each.away and not each.tools]


def _tool(server: str, row: ServerTool, limits: CallLimits) -> Tool:
    async def invoke(_context: ToolContext[Any], arguments: str) -> str:
        return await workflow.execute_activity(
            CALL_TOOL,
            ToolServerCall(server=server, tool=row.name, arguments=arguments),
            result_type=str,
            start_to_close_timeout=limits.start_to_close,
            schedule_to_close_timeout=limits.schedule_to_close,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=limits.retry(),
            summary=row.name,
        )

    return DeclaredTool(
        name=row.name,
        description=row.description,
        params_json_schema=row.parameters,
        on_invoke_tool=invoke,
        strict_json_schema=False,
        needs_approval=row.asks,
        effect="repeatable",  # the server knows the key of the call
    )
