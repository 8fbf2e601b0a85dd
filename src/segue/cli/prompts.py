"""Questions to the person at the terminal."""

import asyncio
import sys

from segue.cli.screen import Screen
from segue.cli.untrusted import plain


async def ask(screen: Screen, question: str) -> str | None:
    """The answer without its line break, or None at the end of the input.

    The event loop keeps running while the person thinks, so that Ctrl-C is heard at once.
    """
    screen.err.print(plain(question), end=" ", markup=False, highlight=False)
    screen.err.file.flush()
    if sys.stdin.isatty():
        await _readable(sys.stdin.fileno())
    answer = sys.stdin.readline()
    return answer.strip() if answer else None


async def agrees(screen: Screen, question: str) -> bool:
    """Whether the answer is yes; anything else is no, and so is the end of the input."""
    return bool(await answer_to(screen, question))


async def answer_to(screen: Screen, question: str) -> bool | None:
    """Yes, or no for anything else; None at the end of the input: nobody has answered."""
    answer = await ask(screen, f"{question} [y/N]")
    return None if answer is None else answer.lower() in {"y", "yes"}


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
