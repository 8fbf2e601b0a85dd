"""How long a model is asked again, by the kind of its failure."""

from datetime import timedelta

from segue.errors.base import SegueError
from segue.errors.model import ModelError, ModelRateLimitedError, ModelUnavailableError

# A model that answers, and answers with nothing usable, is paid for each time.
MOST_UNUSABLE = 4


def is_last_try(
    error: SegueError, *, attempt: int, duration: timedelta, patience: timedelta
) -> bool:
    """Whether a retryable failure ends its call all the same.

    A service that is away is asked for as long as ``patience``; one that says when to come back is
    believed, within the bounds of the call.

    Args:
        error: Of this try.
        attempt: 1-based.
        duration: Since the call was first scheduled.
        patience: How long a service may be away.
    """
    match error:
        case ModelRateLimitedError():
            return False
        case ModelUnavailableError():
            return duration >= patience
        case ModelError():
            return attempt >= MOST_UNUSABLE
        case _:
            return False  # our own database: the bounds of the call are for it
