"""One write to a playlist: it is waited for, and what went wrong with it is told apart."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from segue.errors.base import SegueError
    from segue.errors.catalogue import OutcomeUnknownError, RateLimitedError
    from segue.music.wire.options import SETTLE
    from segue.runtime.faults import from_failure

# Between writes that an outage refuses: from SETTLE on, doubled. Each costs a reading of the whole
# playlist and some 15 events of history.
LONGEST_PAUSE = timedelta(minutes=1)
_DOUBLINGS = 5  # from 3 s to more than a minute

_Answer = TypeVar("_Answer")


async def to_its_end(sending: Awaitable[_Answer]) -> _Answer:
    """The answer of a write; a cancellation waits for it, so that no write is left unobserved.

    Raises:
        CancelledError: The sync was cancelled meanwhile; the write has ended.
    """
    write = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(write)
    except asyncio.CancelledError:
        await workflow.wait([write])
        raise


def trouble_of(failure: ActivityError) -> SegueError:
    """What went wrong with a write, where reading the playlist again and going on can help.

    Raises:
        SegueError: It is a refusal that no second try changes.
    """
    error = from_failure(failure)
    if not isinstance(failure.cause, ApplicationError):
        return OutcomeUnknownError(f"No worker said how the write ended. {error.message}")
    if not error.retryable:
        raise error
    return error


def pause_after(trouble: SegueError, outages: int) -> timedelta:
    """How long to wait before the playlist is read again.

    Args:
        trouble: Of the last write.
        outages: How many writes before it an outage has refused in a row, ≥ 0.
    """
    retry_after = trouble.retry_after if isinstance(trouble, RateLimitedError) else timedelta()
    growing = min(SETTLE * 2 ** min(outages, _DOUBLINGS), LONGEST_PAUSE)
    return max(retry_after, growing)
