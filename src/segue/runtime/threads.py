"""A thread of one's own, for what must stay in the thread that made it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

_Result = TypeVar("_Result")


class OwnThread:
    """One thread that does what it is given, in order, and ends with the context.

    A pool gives each call to any of its threads. A generator that holds a SQLite connection, a file
    or a lock must be made, advanced and closed in one.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1)

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of ``work``. A caller that is cancelled leaves it running; the next waits."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._executor.shutdown(wait=False)
