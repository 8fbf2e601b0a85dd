"""Heartbeats for activities that wait for somebody else."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity

# A worker that was killed is noticed after so long, and another one takes the call over.
HEARTBEAT = timedelta(seconds=5)

_EVERY_S = 1.0  # well inside that, and cheap


@asynccontextmanager
async def heartbeating(waits_for: Callable[[], str] = str) -> AsyncGenerator[None]:
    """Report life while the body runs, so that a killed worker is noticed in seconds.

    Args:
        waits_for: What it waits for at this moment, in words; empty while it works.
    """
    beats = asyncio.create_task(_beat(waits_for))
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats


async def _beat(waits_for: Callable[[], str]) -> None:
    while True:
        # The start of the activity was a sign of life, and most calls end before another is due.
        await asyncio.sleep(_EVERY_S)
        words = waits_for()
        activity.heartbeat(*([words] if words else []))
