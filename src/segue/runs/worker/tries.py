"""How long a model is asked again, by the kind of its failure."""

import time
from datetime import timedelta

from temporalio import activity

from segue.errors.base import SegueError
from segue.errors.model import ModelError, ModelRateLimitedError, ModelUnavailableError
from segue.runs.store.accounting import Accounts

# A model that answers, and answers with nothing usable, is paid for each time.
MOST_UNUSABLE = 4


async def ends_call(
    accounts: Accounts, operation: str, error: SegueError, *, patience: timedelta
) -> bool:
    """Whether the call of a model ends with ``error``, within one of its activity's tries.

    Tries whose worker died say nothing about the service: neither they nor the time until another
    worker came count here. They are bounded with all others by the call's own limits.

    Args:
        accounts: Where this try has been written down with its error.
        operation: Of the call.
        error: Of this try.
        patience: How long a service may be away.
    """
    since = activity.info().scheduled_time.timestamp()
    failures = await accounts.failures(operation, error.code, since=since)
    duration = timedelta(seconds=time.time() - failures[0]) if failures else timedelta()
    return is_last_try(error, tries=len(failures), duration=duration, patience=patience)


def is_last_try(error: SegueError, *, tries: int, duration: timedelta, patience: timedelta) -> bool:
    """Whether a retryable failure ends its call all the same.

    A service that is away is asked for as long as ``patience``; one that says when to come back is
    believed, within the bounds of the call.

    Args:
        error: Of this try.
        tries: That failed like this one, with it.
        duration: Since the first of them began.
        patience: How long a service may be away.
    """
    match error:
        case ModelRateLimitedError():
            return False
        case ModelUnavailableError():
            return duration >= patience
        case ModelError():
            return tries >= MOST_UNUSABLE
        case _:
            return False  # our own database: the bounds of the call are for it
