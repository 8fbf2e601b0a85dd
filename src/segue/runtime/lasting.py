"""Something that takes long to open: opened once, when it is first needed, for all who ask."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

_Opened = TypeVar("_Opened")


class Lasting(Generic[_Opened]):
    """A context that opens at its first use and closes with this one.

    It lives in a task of its own, since those who ask come and go, and may be cancelled.

    Args:
        open: Gives the context; called again after it failed to open.
    """

    def __init__(self, open: Callable[[], AbstractAsyncContextManager[_Opened]]) -> None:  # noqa: A002 - the plain word
        self._open = open
        self._closing = asyncio.Event()
        self._opened: asyncio.Future[_Opened] | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        if self._task is None:
            return
        if self._opened is not None and not self._opened.done():
            self._task.cancel()  # nobody waits for it any more
        with suppress(asyncio.CancelledError):
            await self._task

    async def get(self) -> _Opened:
        """What was opened.

        Raises:
            SegueError: It could not be; the next call tries again.
        """
        if self._opened is None or _failed(self._opened):
            self._opened = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._hold(self._opened))
        return await asyncio.shield(self._opened)

    async def _hold(self, opening: asyncio.Future[_Opened]) -> None:
        try:
            async with self._open() as value:
                opening.set_result(value)
                await self._closing.wait()
        except Exception as error:
            if opening.done():
                raise
            opening.set_exception(error)
            opening.exception()  # whoever waited may be gone; nobody else is to hear of it


def _failed(opening: asyncio.Future[_Opened]) -> bool:
    return opening.done() and opening.exception() is not None
