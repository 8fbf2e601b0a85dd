"""Turns: so many at once in a process, in a fair order."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_Waiting = OrderedDict[str, deque[asyncio.Future[None]]]


class Turns:
    """Gives ``count`` turns at once: the lowest step first, and within a step each owner in turn.

    An owner that wants a thousand turns waits for one of each other owner between two of its own.

    Args:
        count: Turns at once, > 0.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: dict[int, _Waiting] = {}

    @asynccontextmanager
    async def turn(self, owner: str, step: int) -> AsyncGenerator[None]:
        """Wait for a turn and hold it while the body runs.

        Args:
            owner: On whose behalf.
            step: Lower ones go first.
        """
        await self._take(owner, step)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, owner: str, step: int) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        owners = self._waiting.setdefault(step, OrderedDict())
        owners.setdefault(owner, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was given to us just before
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while place := self._next():
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _next(self) -> asyncio.Future[None] | None:
        """The place of the one that waits and is first; those who left are still among them."""
        if not self._waiting:
            return None
        step = min(self._waiting)
        owners = self._waiting[step]
        owner, places = owners.popitem(last=False)
        place = places.popleft()
        if places:
            owners[owner] = places  # behind the others
        if not owners:
            del self._waiting[step]
        return place
