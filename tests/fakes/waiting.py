"""Bounded waiting for something that another process or task brings about."""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable

import psutil

_WITHIN_S = 60.0  # far beyond what any of it takes, so that a busy machine fails no test


async def until(
    condition: Callable[[], bool | Awaitable[bool]], what: str, *, within_s: float = _WITHIN_S
) -> None:
    """Return once ``condition`` holds; fail the test, naming ``what``, when it never does."""
    try:
        async with asyncio.timeout(within_s):
            while True:
                held = condition()
                if (await held) if inspect.isawaitable(held) else held:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited {within_s:g} s in vain: {what}") from None


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not yet collected does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def children(mark: str) -> list[psutil.Process]:
    """Living processes below this one with ``mark`` in their command lines, the oldest first."""
    below = psutil.Process().children(recursive=True)
    marked = [process for process in below if mark in " ".join(command_line(process))]
    return sorted(marked, key=lambda process: process.create_time())


def command_line(process: psutil.Process) -> list[str]:
    """Its words; none once it has ended, whether or not its parent has collected it."""
    with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one of these to psutil
        return process.cmdline()
    return []
