"""The daily collection of unused payloads, and its schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

with workflow.unsafe.imports_passed_through():
    from segue.runtime.heartbeats import HEARTBEAT
    from segue.runtime.payloads.collecting import Collected
    from segue.runtime.payloads.collection_activities import (
        CollectionActivities,
        CollectionRequest,
    )
    from segue.runtime.retries import REPEATABLE

MAINTENANCE_QUEUE = "maintenance"
COLLECTION_SCHEDULE = "segue-payload-collection"
# Of a person's command; a scheduled one has the time of day in its id.
COLLECTION_ID = "segue-payload-collection"

_USUAL = CollectionRequest()
_DAILY = timedelta(days=1)
# Every history is read: about a thousand runs in a few seconds.
_ONE_COLLECTION = timedelta(hours=1)
_ALL_TRIES = timedelta(hours=4)


@workflow.defn(name="PayloadCollection")
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
    """Have the server start a collection every day. A second call changes nothing.

    An older schedule gets today's form; whether somebody paused it stays as it is.
    """
    schedule = _daily(task_queue)
    try:
        await client.create_schedule(COLLECTION_SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(COLLECTION_SCHEDULE).update(
            lambda current: _refresh_schedule(current, task_queue)
        )


def _daily(task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            # Without an argument: encrypted it would need the master key of long ago, and a worker
            # that lacks it could not start.
            "PayloadCollection",
            id=COLLECTION_ID,
            task_queue=task_queue,
            execution_timeout=_DAILY,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_DAILY)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP,
            catchup_window=_DAILY,  # a server that was off for a month makes up for one day only
        ),
    )


def _refresh_schedule(current: ScheduleUpdateInput, task_queue: str) -> ScheduleUpdate:
    schedule = _daily(task_queue)
    schedule.state = current.description.schedule.state
    return ScheduleUpdate(schedule)
