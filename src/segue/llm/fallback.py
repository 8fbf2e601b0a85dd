"""Which failures send a call on to the next model, and what is said when all are out."""

from collections.abc import Sequence

from segue.errors.base import SegueError
from segue.errors.model import (
    ContentFilteredError,
    ContextTooLongError,
    ModelError,
    ModelRequestError,
)
from segue.errors.run import BudgetExceededError
from segue.llm.answers import PassedOver

# A malformed request or a wrong name is a mistake that somebody must see, not pay for elsewhere.
# A conversation too long is for compaction. What one service's filter stops is not sent on to
# another service: a filter is not there to be walked around.
_FINAL = (ModelRequestError, ContextTooLongError, ContentFilteredError)


def goes_on(error: ModelError) -> bool:
    """Whether the next model is asked after ``error``, because this one cannot answer now."""
    return not isinstance(error, _FINAL)


def all_out(failures: Sequence[ModelError], passed_over: Sequence[PassedOver]) -> SegueError:
    """The error to raise when no model answered.

    The last failure, or the last of those worth a retry when any is: a model that is out for a
    while may answer later, whatever the others said.

    Args:
        failures: Of the models that were asked, in order.
        passed_over: All models of the call.
    """
    if not failures:
        names = ", ".join(one.model for one in passed_over)
        return BudgetExceededError(f"Expected a model within budget; none of {names} is.")
    retryable = [error for error in failures if error.retryable]
    return (retryable or failures)[-1]
