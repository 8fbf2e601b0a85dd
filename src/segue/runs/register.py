"""What a worker must know to run agents under the contract."""

from collections.abc import Callable
from typing import Any

from temporalio.plugin import SimplePlugin

from segue.runs.limits import MODELS_QUEUE
from segue.runs.ports import AgentPorts
from segue.runs.worker.compaction import CompactionActivities
from segue.runs.worker.effects import ToolEffects
from segue.runs.worker.history_bindings import HistoryBindings
from segue.runs.worker.model import ModelActivities
from segue.runs.worker.plugin import MCPServers, agent_plugins
from segue.runs.worker.turns import TurnActivities
from segue.runtime.worker import WorkerParts
from segue.sessions.activities import SessionActivities


def plugins_for(ports: AgentPorts, *, mcp_servers: MCPServers | None = None) -> list[SimplePlugin]:
    """The plugins for the client of a worker process."""
    turns = TurnActivities(ports)
    activities: list[Callable[..., Any]] = [
        turns.open_turn,
        turns.close_run,
        turns.keep_items,
        turns.read_items,
        turns.find_reply,
        turns.announce_request,
        turns.record_decision,
        *SessionActivities(ports.conversations).all(),
    ]
    # First, so that whatever an activity writes is written by a bound workflow.
    bindings = [HistoryBindings(ports, ports.histories)] if ports.histories else []
    return agent_plugins(
        ports.provider,
        mcp_servers=mcp_servers,
        activities=activities,
        interceptors=[*bindings, ToolEffects(ports)],
    )


def model_parts(ports: AgentPorts, *, at_once: int | None = None) -> WorkerParts:
    """The part of a worker that calls models; they mostly wait, so many fit into one process.

    Args:
        ports: Shared by all calls of the worker.
        at_once: Calls in this process, > 0; None: as the worker is set.
    """
    return WorkerParts(
        task_queue=MODELS_QUEUE,
        activities=[ModelActivities(ports).invoke_model, CompactionActivities(ports).compact],
        max_concurrent_activities=at_once,
    )
