"""The one reader of a turn in a process: what it read is shared by all who follow the turn."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from segue.errors.storage import StorageError
from segue.sessions.events.contracts import LAST_KINDS, TurnEvent
from segue.sessions.events.store import PAGE

LIVELY_S = 0.05
IDLE_S = 0.25
BELL_S = 2.0  # with a bell: a look all the same, should one ring have been lost
# How long a quiet turn is looked at every LIVELY_S: the first words may come at any moment while a
# model thinks, and soon after anything else.
THINKING_FOR_S = 120.0
LIVELY_FOR_S = 10.0
ANSWERING = frozenset({"attempt.started", "text.delta", "text.reset"})

_log = logging.getLogger(__name__)


class EventReader(Protocol):
    """Where events come from; ``TurnEventStore`` is one."""

    async def read(self, turn: str, after: int, limit: int = PAGE) -> list[TurnEvent]:
        """The next events in order."""
        ...


class Tail:
    """Reads a turn's events as they come and keeps the newest of them for its followers.

    Followers ask by position, so a slow one delays nobody. One that falls behind what is kept reads
    the table by itself until it has caught up.

    Args:
        store: Where events come from.
        turn: Which turn.
        window: How many events are kept.
        has_bell: Whether every new event is certain to ring.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        store: EventReader,
        turn: str,
        *,
        window: int,
        has_bell: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._turn = turn
        self._window = window
        self._has_bell = has_bell
        self._clock = clock
        self._kept: list[TurnEvent] = []
        self._last = 0
        self._ended = False
        self._away = False
        self._quiet_since = self._clock()
        self._rung = asyncio.Event()
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _task: self._publish())

    @property
    def broken(self) -> bool:
        """Whether reading ended before the turn did."""
        return self._task.done() and not self._ended

    def ring(self) -> None:
        """Wake the reader: a new event may be stored."""
        self._rung.set()

    async def stop(self) -> None:
        """Stop reading; who still follows sees the end."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def after(self, position: int, within_s: float) -> Sequence[TurnEvent] | None:
        """The events that follow ``position``; none: nothing came in time; None: none will come.

        Raises:
            SegueError: The events cannot be read, and waiting does not help.
        """
        while position >= self._last:
            if self._task.done():
                if not self._task.cancelled():
                    self._task.result()
                return None
            try:
                async with asyncio.timeout(within_s):
                    await self._news.wait()
            except TimeoutError:
                return ()
        place = position - (self._last - len(self._kept))
        if place < 0:
            return await self._reread(position)
        return self._kept[place : place + PAGE]

    async def _reread(self, position: int) -> Sequence[TurnEvent] | None:
        try:
            return await self._store.read(self._turn, position) or None  # None: forgotten meanwhile
        except StorageError:
            await asyncio.sleep(IDLE_S)
            return ()

    async def _run(self) -> None:
        while not self._ended:
            self._rung.clear()  # before the look, so that a ring during it counts
            if not await self._look():
                await self._rest()

    async def _look(self) -> bool:
        """Read a page; gives whether there may be more at once."""
        try:
            page = await self._store.read(self._turn, self._last)
        except StorageError as error:
            if not self._away:
                _log.warning("no news of turn %s: %s", self._turn, error.message)
            self._away = True
            return False
        self._away = False
        if page:
            self._keep(page)
        return self._ended or len(page) == PAGE

    def _keep(self, page: Sequence[TurnEvent]) -> None:
        self._kept.extend(page)
        del self._kept[: -self._window]
        self._last = page[-1].seq
        self._ended = page[-1].kind in LAST_KINDS
        self._quiet_since = self._clock()
        self._publish()

    def _publish(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rest_s()):
                await self._rung.wait()

    def _rest_s(self) -> float:
        if self._has_bell():
            return BELL_S
        thinking = bool(self._kept) and self._kept[-1].kind in ANSWERING
        lively_for_s = THINKING_FOR_S if thinking else LIVELY_FOR_S
        quiet_s = self._clock() - self._quiet_since
        return IDLE_S if self._away or quiet_s > lively_for_s else LIVELY_S
