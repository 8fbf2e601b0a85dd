"""When a stack in the background has nothing left to do."""

from collections.abc import Sequence

from temporalio.client import Client

IDLE_SECONDS = 10.0  # it outlives its last user by this, so that the next joins it
CHECK_SECONDS = 1.0

_RUNNING = "ExecutionStatus = 'Running'"


async def is_busy(client: Client, standing: Sequence[str]) -> bool:
    """Whether a workflow of a namespace does something, or waits for anything but people.

    Args:
        client: Of the namespace.
        standing: Types of workflows that stay open while nobody needs them. Those are busy only
            with an activity or a task at hand.

    Raises:
        RPCError: Temporal did not say.
    """
    if (await client.count_workflows(_running(standing, others=True))).count:
        return True
    if not standing:
        return False
    async for execution in client.list_workflows(_running(standing, others=False)):
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        description = (await handle.describe()).raw_description
        if description.pending_activities or description.HasField("pending_workflow_task"):
            return True
    return False


def _running(standing: Sequence[str], *, others: bool) -> str:
    if not standing:
        return _RUNNING
    types = ", ".join(f"'{name}'" for name in standing)
    return f"{_RUNNING} AND WorkflowType {'NOT IN' if others else 'IN'} ({types})"
