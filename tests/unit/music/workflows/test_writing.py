"""What went wrong with a write, and how long to wait before the playlist is read again."""

from datetime import timedelta

import pytest
from temporalio.exceptions import (
    ActivityError,
    RetryState,
    TimeoutError as TemporalTimeoutError,
    TimeoutType,
)

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    ForbiddenError,
    OutcomeUnknownError,
    RateLimitedError,
)
from segue.music.workflows.writing import pause_after, trouble_of
from segue.runtime.faults import to_application_error

AWAY = CatalogueUnavailableError("no connection")


def failed(cause):
    failure = ActivityError(
        "failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="apply-playlist-edit",
        activity_id="1",
        retry_state=RetryState.MAXIMUM_ATTEMPTS_REACHED,
    )
    failure.__cause__ = cause
    return failure


def test_a_worker_that_died_leaves_the_outcome_unknown():
    death = TemporalTimeoutError("gone", type=TimeoutType.HEARTBEAT, last_heartbeat_details=[])

    trouble = trouble_of(failed(death))

    assert type(trouble) is OutcomeUnknownError
    assert "heartbeat" in trouble.message
    assert trouble.is_outage


def test_an_outage_can_be_waited_for_and_a_refusal_is_raised():
    assert trouble_of(failed(to_application_error(AWAY))).is_outage
    with pytest.raises(ForbiddenError):
        trouble_of(failed(to_application_error(ForbiddenError("not yours"))))


@pytest.mark.parametrize(
    ("trouble", "outages", "seconds"),
    [
        (AWAY, 0, 3),
        (AWAY, 1, 6),
        (AWAY, 10_000, 60),
        (RateLimitedError("slow down", retry_after=timedelta(hours=1)), 0, 3600),
        (RateLimitedError("slow down", retry_after=timedelta(seconds=1)), 2, 12),
    ],
)
def test_the_pause_grows_to_a_minute_or_is_what_the_catalogue_asks_for(trouble, outages, seconds):
    assert pause_after(trouble, outages) == timedelta(seconds=seconds)
