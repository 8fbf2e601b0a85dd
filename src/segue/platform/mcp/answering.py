"""Tool calls answer before their clients give up, whatever is away."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from segue.errors.tools import StillWaitingError
from segue.platform.mcp.callers import Caller

# Hosts of MCP clients give a call up after about 60 s, some with an error that hides ours.
ANSWER_WITHIN = timedelta(seconds=45)

_Answer = TypeVar("_Answer")


async def answer_in_time(
    work: Awaitable[_Answer], caller: Caller, *, worker: str, within: timedelta = ANSWER_WITHIN
) -> _Answer:
    """What a tool answers, or the way to ask again.

    Args:
        work: Gives the answer, once for all calls of this key; cancelled when the time is over.
        caller: Who waits.
        worker: Who is waited for: "the finance worker".
        within: For so long.

    Raises:
        StillWaitingError: No answer came in time.
        SegueError: As ``work`` raises.
    """
    seconds = within.total_seconds()
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            return await work
    except Exception:  # Temporal's client makes errors of its own of a cancellation
        if not timer.expired():
            raise
    raise StillWaitingError(
        f"Still waiting for {worker}: no answer within {seconds:g} s. Nothing is lost, and nothing"
        " happens twice.",
        hint=f'call the tool again with the same arguments and call="{caller.key}".',
    )
