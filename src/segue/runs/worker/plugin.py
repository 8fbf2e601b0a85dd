"""The Temporal plugins under which agents run; they sit on the client, and workers inherit them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from agents import AgentsException
from agents.mcp import MCPServer
from agents.models.interface import ModelProvider
from agents.run import get_default_agent_runner, set_default_agent_runner
from temporalio.openai_agents import ModelActivityParameters, OpenAIAgentsPlugin
from temporalio.plugin import SimplePlugin
from temporalio.worker import Interceptor

from segue.runs.contracts import Item
from segue.runs.limits import MODEL_CALL
from segue.runs.worker.mcp_heartbeats import MCPHeartbeats
from segue.runs.workflow.durable_model import output_items
from segue.runs.workflow.runner import SegueRunner
from segue.runs.workflow.tool_calls import ToolCallHeaders
from segue.runtime.heartbeats import HEARTBEAT

MCPServers = Mapping[str, Callable[..., MCPServer]]

_ANSWER: Item = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
}


def agent_plugins(
    provider: ModelProvider | None = None,
    *,
    mcp_servers: MCPServers | None = None,
    activities: Sequence[Callable[..., Any]] = (),
    interceptors: Sequence[Interceptor] = (),
) -> list[SimplePlugin]:
    """The plugins for a client, in this order.

    Args:
        provider: Who answers where somebody goes around the contract; bounded all the same.
        mcp_servers: Factories by name, for ``temporal_mcp_server(name)``.
        activities: For every worker with workflows: the contract's local activities.
        interceptors: For every worker: the effect ledger's.
    """
    parameters = ModelActivityParameters(
        start_to_close_timeout=MODEL_CALL.start_to_close,
        schedule_to_close_timeout=MODEL_CALL.schedule_to_close,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=MODEL_CALL.retry(),
    )
    sdk = OpenAIAgentsPlugin(
        model_params=parameters,
        model_provider=provider or _NoProvider(),
        mcp_servers=dict(mcp_servers or {}),
    )
    contract = SimplePlugin(
        "segue.AgentRuns",
        activities=list(activities),
        interceptors=[ToolCallHeaders(), MCPHeartbeats(), *interceptors],
        workflow_failure_exception_types=[AgentsException],
        run_context=_own_runner,
    )
    return [sdk, contract]


class _NoProvider(ModelProvider):
    """Where only clients and replays are: nobody is ever asked."""

    def get_model(self, model_name: str | None) -> Any:  # noqa: ANN401 - never returns
        raise NotImplementedError(f"no model {model_name!r} here: this process runs no agents")


@asynccontextmanager
async def _own_runner() -> AsyncGenerator[None]:
    # What reads answers is built at the first one. Workflows get it ready: two seconds in a
    # workflow's thread, as that takes on a crowded machine, are a deadlock to Temporal.
    output_items([_ANSWER])
    before = get_default_agent_runner()
    set_default_agent_runner(SegueRunner())
    try:
        yield
    finally:
        set_default_agent_runner(before)
