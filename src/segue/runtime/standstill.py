"""Why a run stands still: what Temporal knows of its activities that are not done."""

from collections.abc import Sequence

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError

from segue.runtime.faults import from_failure

QUEUED_LONG_S = 5.0  # a worker that is free takes its work sooner
AT_WORK_AFTER_S = 15.0  # a call that meets the same outage has failed again by then


async def standstill(
    pending: Sequence[PendingActivityInfo], converter: DataConverter, now: float
) -> str:
    """What keeps a run, in words; empty where an activity of it is at work, or it has none.

    Args:
        pending: Its activities, as just described.
        converter: Of the client that described it.
        now: Seconds since the epoch.
    """
    reasons = [await _reason(activity, converter, now) for activity in pending]
    return reasons[0] if reasons and all(reasons) else ""


async def _reason(activity: PendingActivityInfo, converter: DataConverter, now: float) -> str:
    is_started = activity.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    if is_started and now - activity.last_started_time.ToMilliseconds() / 1_000 < AT_WORK_AFTER_S:
        return await _failure(activity, converter) or await _beat(activity, converter)
    if is_started:
        return await _beat(activity, converter)
    if failure := await _failure(activity, converter):
        return failure
    if now - activity.scheduled_time.ToMilliseconds() / 1_000 < QUEUED_LONG_S:
        return ""
    queue = activity.activity_options.task_queue.name
    return f"its place in the queue `{queue}`: others are first, or no worker takes from it"


async def _failure(activity: PendingActivityInfo, converter: DataConverter) -> str:
    """What its last try failed with; a worker's death is no such failure."""
    if not activity.HasField("last_failure"):
        return ""
    failure = await converter.decode_failure(activity.last_failure)
    if not isinstance(failure, ApplicationError):
        return ""
    return f"{from_failure(failure).message} (try {activity.attempt})"


async def _beat(activity: PendingActivityInfo, converter: DataConverter) -> str:
    """What it said itself with its last heartbeat."""
    if not activity.heartbeat_details.payloads:
        return ""
    (words,) = await converter.decode(activity.heartbeat_details.payloads, [str])
    return words
