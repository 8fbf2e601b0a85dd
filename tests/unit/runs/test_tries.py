from datetime import timedelta

import pytest

from segue.errors.model import ModelRateLimitedError, ModelUnavailableError, UnusableAnswerError
from segue.errors.storage import StorageError
from segue.runs.contracts import ModelCall
from segue.runs.limits import MODEL_CALL
from segue.runs.worker.tries import is_last_try

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("error", "tries", "minutes", "is_last"),
    [
        (ModelUnavailableError("away"), 30, 14, False),
        (ModelUnavailableError("away"), 2, 15, True),
        (UnusableAnswerError("empty"), 3, 0, False),
        (UnusableAnswerError("empty"), 4, 0, True),
        (ModelRateLimitedError("later"), 30, 29, False),
        (StorageError("away"), 30, 29, False),
    ],
)
def test_how_long_a_model_is_asked_again_depends_on_how_it_failed(error, tries, minutes, is_last):
    duration = timedelta(minutes=minutes)

    assert is_last_try(error, tries=tries, duration=duration, patience=QUARTER) is is_last


def test_the_attempts_of_a_model_call_suffice_for_its_patience_and_for_workers_that_die():
    policy, waits = MODEL_CALL.retry(), timedelta()
    assert policy.maximum_interval is not None
    for attempt in range(MODEL_CALL.attempts - 24 - 1):
        waits += min(policy.initial_interval * 2 ** min(attempt, 9), policy.maximum_interval)

    assert waits > MODEL_CALL.patience


def test_a_call_that_names_no_patience_has_the_usual_one():
    assert ModelCall.model_fields["patience"].default == MODEL_CALL.patience.total_seconds()
