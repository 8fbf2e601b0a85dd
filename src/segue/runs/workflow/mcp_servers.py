"""MCP servers for agents in workflows: each question to one is an activity."""

from datetime import timedelta
from typing import Any

from agents.mcp import MCPServer, MCPToolMetaContext
from temporalio.common import RetryPolicy
from temporalio.openai_agents.workflow import temporal_mcp_server
from temporalio.workflow import ActivityConfig

from segue.runs.contracts import Effect
from segue.runs.workflow.tool_calls import RUNNING
from segue.runs.workflow.tools import idempotency_meta

# A server that crashed is started anew for the next try; the waits give it time.
CALLS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        maximum_interval=timedelta(seconds=10),
        maximum_attempts=5,
    ),
)


def mcp_server(name: str, *, effect: Effect, **options: Any) -> MCPServer:  # noqa: ANN401 - the SDK's own
    """A server that the workers have, for ``Agent(mcp_servers=[…])``.

    Args:
        name: As the workers know it.
        effect: What a second try of any of its tools does: ``repeatable`` where they only read, or
            the server knows the idempotency key; else ``once``.
        options: As ``agents.mcp.MCPServer`` takes them: ``tool_filter``, ``require_approval``.
    """

    def meta(context: MCPToolMetaContext) -> dict[str, str]:
        running = RUNNING.get()
        if running is not None:
            running.declare(effect)
        return idempotency_meta(context)

    return temporal_mcp_server(
        name, CALLS, tool_meta_resolver=meta, use_structured_content=True, **options
    )
