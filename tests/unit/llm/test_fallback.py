import pytest

from segue.errors.model import (
    ContentFilteredError,
    ContextTooLongError,
    ModelError,
    ModelLoginError,
    ModelQuotaError,
    ModelRateLimitedError,
    ModelRequestError,
    ModelUnavailableError,
    UnusableAnswerError,
)
from segue.errors.run import BudgetExceededError
from segue.llm.answers import PassedOver
from segue.llm.fallback import all_out, goes_on


@pytest.mark.parametrize(
    "kind",
    [
        ModelError,
        ModelUnavailableError,
        ModelRateLimitedError,
        ModelQuotaError,
        ModelLoginError,
        UnusableAnswerError,
    ],
)
def test_the_next_model_is_asked_when_one_is_out(kind):
    assert goes_on(kind("out"))


@pytest.mark.parametrize("kind", [ModelRequestError, ContextTooLongError, ContentFilteredError])
def test_what_is_wrong_with_the_request_is_not_sent_elsewhere(kind):
    assert not goes_on(kind("wrong"))


def test_the_last_failure_is_raised():
    first, last = ModelQuotaError("a"), ModelLoginError("b")
    assert all_out([first, last], []) is last


def test_a_failure_that_may_pass_is_raised_over_later_ones_that_will_not():
    passing = ModelUnavailableError("a")
    assert all_out([passing, ModelRequestError("b")], []) is passing


def test_without_any_model_allowed_the_budget_is_what_failed():
    error = all_out([], [PassedOver("gpt-a", "run.budget_exceeded")])
    assert isinstance(error, BudgetExceededError)
    assert "gpt-a" in str(error)
