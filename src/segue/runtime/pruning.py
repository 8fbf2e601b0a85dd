"""The daily deletion of what is old, where the settings ask for it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client

with workflow.unsafe.imports_passed_through():
    from segue.runtime.daily import MAINTENANCE_QUEUE, end_daily, ensure_daily
    from segue.runtime.heartbeats import HEARTBEAT
    from segue.runtime.pruning_activities import Pruned, PruningActivities
    from segue.runtime.retries import REPEATABLE

PRUNING = "Pruning"
PRUNING_SCHEDULE = "segue-pruning"

# A thousand rows a transaction: some millions.
_ONE_PRUNING = timedelta(hours=1)
_ALL_TRIES = timedelta(hours=4)


@workflow.defn(name=PRUNING)
class PruningWorkflow:
    """Delete syncs that ended long ago, imports that none uses, events of old turns."""

    @workflow.run
    async def run(self) -> Pruned:
        """Do it once."""
        return await workflow.execute_activity_method(
            PruningActivities.prune_old,
            start_to_close_timeout=_ONE_PRUNING,
            schedule_to_close_timeout=_ALL_TRIES,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=REPEATABLE,
        )


async def schedule_pruning(
    client: Client, *, daily: bool, task_queue: str = MAINTENANCE_QUEUE
) -> None:
    """Have the server start it every day, or no more.

    Args:
        client: Of the configured namespace.
        daily: Whether it is wanted.
        task_queue: Where it runs.
    """
    if daily:
        await ensure_daily(client, PRUNING_SCHEDULE, PRUNING, task_queue=task_queue)
    else:
        await end_daily(client, PRUNING_SCHEDULE)
