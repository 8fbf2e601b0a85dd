"""What keeps a run, from what Temporal says of its activities."""

import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError, TimeoutError as TemporalTimeoutError

from segue.errors.catalogue import CatalogueUnavailableError
from segue.runtime.faults import to_application_error
from segue.runtime.standstill import standstill

NOW = 1_800_000_000.0
QUEUED = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
AWAY = to_application_error(CatalogueUnavailableError("Nobody answers."))
KILLED = TemporalTimeoutError("no heartbeat", type=None, last_heartbeat_details=())


async def pending(
    state: "PendingActivityState.ValueType",
    seconds: float,
    *,
    failure: ApplicationError | TemporalTimeoutError | None = None,
    attempt: int = 1,
    words: str = "",
) -> PendingActivityInfo:
    """An activity in this state for so long."""
    activity = PendingActivityInfo(state=state, attempt=attempt)
    activity.activity_options.task_queue.name = "music-search"
    activity.scheduled_time.FromMilliseconds(int((NOW - seconds) * 1_000))
    activity.last_started_time.CopyFrom(activity.scheduled_time)
    if failure is not None:
        await DataConverter.default.encode_failure(failure, activity.last_failure)
    if words:
        payloads = await DataConverter.default.encode([words])
        activity.heartbeat_details.payloads.extend(payloads)
    return activity


async def reason(*activities: PendingActivityInfo) -> str:
    return await standstill(activities, DataConverter.default, NOW)


async def test_a_run_without_activities_is_not_kept_by_one():
    assert await reason() == ""


async def test_work_that_nobody_takes_waits_in_its_queue():
    assert "the queue `music-search`" in await reason(await pending(QUEUED, 6))
    assert await reason(await pending(QUEUED, 4)) == ""


@pytest.mark.parametrize(("state", "seconds"), [(QUEUED, 1), (QUEUED, 60), (STARTED, 14)])
async def test_what_failed_and_is_tried_again_says_why(state, seconds):
    activity = await pending(state, seconds, failure=AWAY, attempt=4)

    assert await reason(activity) == "Nobody answers. (try 4)"


async def test_a_try_that_lasts_is_at_work_whatever_the_one_before_met():
    assert await reason(await pending(STARTED, 16, failure=AWAY, attempt=4)) == ""


async def test_a_worker_that_died_is_no_reason():
    assert await reason(await pending(STARTED, 1, failure=KILLED, attempt=2)) == ""


@pytest.mark.parametrize("seconds", [1, 60])
async def test_an_activity_that_waits_says_for_what(seconds):
    assert await reason(await pending(STARTED, seconds, words="its turn")) == "its turn"


async def test_one_activity_at_work_is_enough():
    assert await reason(await pending(STARTED, 1), await pending(QUEUED, 60)) == ""
