"""The daily collection of unused payloads, and its schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client

with workflow.unsafe.imports_passed_through():
    from segue.runtime.daily import MAINTENANCE_QUEUE, ensure_daily
    from segue.runtime.heartbeats import HEARTBEAT
    from segue.runtime.payloads.collecting import Collected
    from segue.runtime.payloads.collection_activities import (
        CollectionActivities,
        CollectionRequest,
    )
    from segue.runtime.retries import REPEATABLE

COLLECTION = "PayloadCollection"
COLLECTION_SCHEDULE = "segue-payload-collection"
# Of a person's command; a scheduled one has the time of day in its id.
COLLECTION_ID = "segue-payload-collection"

_USUAL = CollectionRequest()
# Every history is read: about a thousand runs in a few seconds.
_ONE_COLLECTION = timedelta(hours=1)
_ALL_TRIES = timedelta(hours=4)


@workflow.defn(name=COLLECTION)
class PayloadCollectionWorkflow:
    """Remove payloads that no history, no schedule and no running activity refers to."""

    @workflow.run
    async def run(self, request: CollectionRequest = _USUAL) -> Collected:
        """Run one collection."""
        return await workflow.execute_activity_method(
            CollectionActivities.collect_payloads,
            request,
            start_to_close_timeout=_ONE_COLLECTION,
            schedule_to_close_timeout=_ALL_TRIES,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=REPEATABLE,
        )


async def ensure_schedule(client: Client, *, task_queue: str = MAINTENANCE_QUEUE) -> None:
    """Have the server start a collection every day. A second call changes nothing."""
    await ensure_daily(client, COLLECTION_SCHEDULE, COLLECTION, task_queue=task_queue)
