"""Let any number of viewers follow any number of turns, with one reader per turn and process."""

import asyncio
from collections.abc import AsyncGenerator

from segue.sessions.events.bell import Bell
from segue.sessions.events.contracts import LAST_KINDS, TurnEvent
from segue.sessions.events.tail import EventReader, Tail

KEEP_ALIVE_S = 15.0  # proxies and browsers give a silent connection up after 30 s or more
WINDOW = 20_000  # events kept per followed turn: a 50,000-token answer is some 7,000 of them


class TurnEvents:
    """Follows turns; one of it per process. Close it at the end.

    Args:
        store: Where events come from.
        bell: Says when there is news (``bell_for(database)``); None: readers look every 50 ms.
        keep_alive_s: Silence after which a follower is told that all is well.
        window: Events kept in memory per followed turn.
    """

    def __init__(
        self,
        store: EventReader,
        *,
        bell: Bell | None = None,
        keep_alive_s: float = KEEP_ALIVE_S,
        window: int = WINDOW,
    ) -> None:
        self._store = store
        self._bell = bell
        self._keep_alive_s = keep_alive_s
        self._window = window
        self._followed: dict[str, tuple[Tail, int]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def follow(self, turn: str, after: int = 0) -> AsyncGenerator[TurnEvent | None]:
        """All events above ``after`` in order, as they come, up to the end of the turn.

        A turn that has not begun is waited for. What ends a turn is its workflow: when nobody was
        able to store that, nothing ends here, so a face also waits for the workflow's result.

        Yields:
            Events; None, for a comment in the stream, after each ``keep_alive_s`` of silence.

        Raises:
            SegueError: The events cannot be read, and waiting does not help. While the database is
                away there is silence instead.
        """
        tail = self._join(turn)
        try:
            position = max(after, 0)
            while (events := await tail.after(position, self._keep_alive_s)) is not None:
                for event in events or (None,):
                    yield event
                    if event is None:
                        continue
                    position = event.seq
                    if event.kind in LAST_KINDS:
                        return
        finally:
            await self._leave(turn, tail)

    async def aclose(self) -> None:
        """End all reading; who still follows sees the end."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})
        for tail, _ in list(self._followed.values()):
            await tail.stop()

    def _join(self, turn: str) -> Tail:
        if self._bell is not None and self._listening is None:
            self._listening = asyncio.create_task(self._bell.listen(self._ring))
        tail, followers = self._followed.get(turn, (None, 0))
        if tail is None or tail.broken:
            tail, followers = self._tail(turn), 0
        self._followed[turn] = (tail, followers + 1)
        return tail

    async def _leave(self, turn: str, tail: Tail) -> None:
        current, followers = self._followed.get(turn, (None, 0))
        if current is not tail:
            return  # ``tail`` broke, and another has taken its place
        if followers > 1:
            self._followed[turn] = (tail, followers - 1)
            return
        del self._followed[turn]
        await tail.stop()

    def _tail(self, turn: str) -> Tail:
        bell = self._bell
        return Tail(
            self._store,
            turn,
            window=self._window,
            has_bell=lambda: bell is not None and bell.connected,
        )

    def _ring(self, turn: str | None) -> None:
        for name, (tail, _) in self._followed.items():
            if turn is None or name == turn:
                tail.ring()
