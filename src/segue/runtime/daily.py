"""Workflows that Temporal's server starts once a day, by its schedules."""

from datetime import timedelta

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
from temporalio.service import RPCError, RPCStatusCode

MAINTENANCE_QUEUE = "maintenance"
DAY = timedelta(days=1)


async def ensure_daily(
    client: Client, name: str, workflow: str, *, task_queue: str = MAINTENANCE_QUEUE
) -> None:
    """Have the server start a workflow every day. A second call changes nothing.

    An older schedule gets today's form; whether somebody paused it stays as it is.

    Args:
        client: Of the namespace.
        name: The schedule's id, and the beginning of that of each run.
        workflow: The workflow's type; it is started without an argument.
        task_queue: Where it runs.
    """
    schedule = _daily(name, workflow, task_queue)
    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:

        def refresh(current: ScheduleUpdateInput) -> ScheduleUpdate:
            schedule.state = current.description.schedule.state
            return ScheduleUpdate(schedule)

        await client.get_schedule_handle(name).update(refresh)


async def end_daily(client: Client, name: str) -> None:
    """Have the server start it no more, where it does.

    Raises:
        RPCError: Temporal did not answer.
    """
    try:
        await client.get_schedule_handle(name).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


def _daily(name: str, workflow: str, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            # Without an argument: encrypted it would need the master key of long ago, and a worker
            # that lacks it could not start.
            workflow,
            id=name,
            task_queue=task_queue,
            execution_timeout=DAY,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=DAY)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP,
            catchup_window=DAY,  # a server that was off for a month makes up for one day only
        ),
    )
