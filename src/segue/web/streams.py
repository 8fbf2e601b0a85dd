"""Progress as server-sent events: snapshots, of which the newest says all.

An event's id is a digest of its content. Who comes back with the last id it saw gets the next
snapshot that differs, from any process and after any restart, and nothing is kept for it; after the
last event it gets no content, which tells a browser not to come back.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from segue.errors.temporal import TemporalError
from segue.music.contracts.runs import RUNNING
from segue.music.service.pinned import PinnedRun
from segue.sessions.events.contracts import KEEP_ALIVE
from segue.web.contracts import RunView
from segue.web.places import Places
from segue.web.views import run_view

LOOK_EVERY_S = 0.5
KEEP_ALIVE_S = 15.0  # proxies give a silent connection up after 30 s or more
CHECK_KEY_S = 5.0
_ID_DIGITS = 16


class Streams:
    """Who follows what in this process.

    Args:
        limit: Streams that one key may have open, >= 1.
        is_active: Whether a key, by its id, still opens anything.
        every: Seconds between two looks at a run.
        keep_alive: Seconds of silence after which a comment is sent.
        check_key: Seconds between two looks at the viewer's key.

    Attributes:
        places: Each stream has one.
        stopping: Set when this process is about to end.
    """

    def __init__(
        self,
        limit: int,
        is_active: Callable[[str], Awaitable[bool]],
        *,
        every: float = LOOK_EVERY_S,
        keep_alive: float = KEEP_ALIVE_S,
        check_key: float = CHECK_KEY_S,
    ) -> None:
        self._is_active = is_active
        self._every = every
        self._keep_alive = keep_alive
        self._check_key = check_key
        self._checked: dict[str, float] = {}
        self.places = Places(limit, "event streams")
        self.stopping = asyncio.Event()

    def stop(self) -> None:
        """End all streams soon; their viewers come back and find another process."""
        self.stopping.set()

    async def may_go_on(self, owner: str) -> bool:
        """Whether a viewer's key, by its id, still opens anything; looked at now and then."""
        now = time.monotonic()
        if now - self._checked.get(owner, 0.0) < self._check_key:
            return True
        self._checked[owner] = now
        return await self._is_active(owner)

    async def follow(
        self, owner: str, run: PinnedRun, last_id: str | None
    ) -> AsyncGenerator[bytes]:
        """The frames for one viewer, up to the end of the run, the key, ourselves or Temporal."""
        last_event, silent, key_age = last_id, 0.0, 0.0
        with suppress(TemporalError):
            async with aclosing(run.watch(every=self._every)) as looks:
                async for now in looks:
                    if key_age >= self._check_key:
                        key_age = 0.0
                        if not await self._is_active(owner):
                            return
                    key_age += self._every
                    if self.stopping.is_set():
                        return
                    view = await run_view(now)
                    if event_id(view) != last_event:
                        last_event, silent = event_id(view), 0.0
                        yield frame(view)
                        continue
                    silent += self._every
                    if silent >= self._keep_alive:
                        silent = 0.0
                        yield KEEP_ALIVE


def event_id(view: RunView) -> str:
    """The id of an event, derived from its content: equal content has an equal id."""
    return hashlib.sha256(view.model_dump_json().encode()).hexdigest()[:_ID_DIGITS]


def frame(view: RunView) -> bytes:
    """One event: ``progress``, or ``ended`` for the last one.

    Source: WHATWG HTML, "Server-sent events". JSON escapes line breaks, so ``data:`` is one line.
    """
    name = "progress" if view.status == RUNNING else "ended"
    return f"id: {event_id(view)}\nevent: {name}\ndata: {view.model_dump_json()}\n\n".encode()
