"""Progress as server-sent events: snapshots, of which the newest says all.

An event's id is a digest of its content. Who comes back with the last id it saw gets the next
snapshot that differs, from any process and after any restart, and nothing is kept for it; after the
last event it gets no content, which tells a browser not to come back.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager, suppress
from datetime import timedelta

from segue.errors.api import TooManyRequestsError
from segue.errors.temporal import TemporalError
from segue.music.contracts.runs import RUNNING
from segue.music.service.pinned import PinnedRun
from segue.sessions.events.contracts import KEEP_ALIVE
from segue.web.contracts import RunView
from segue.web.views import run_view

LOOK_EVERY_S = 0.5
KEEP_ALIVE_S = 15.0  # proxies give a silent connection up after 30 s or more
_ID_DIGITS = 16


class Streams:
    """Who follows what in this process.

    Args:
        limit: Streams that one key may have open, >= 1.
        every: Seconds between two looks at a run.
        keep_alive: Seconds of silence after which a comment is sent.
    """

    def __init__(
        self, limit: int, *, every: float = LOOK_EVERY_S, keep_alive: float = KEEP_ALIVE_S
    ) -> None:
        self._limit = limit
        self._every = every
        self._keep_alive = keep_alive
        self._open: Counter[str] = Counter()
        self._stopping = False

    def stop(self) -> None:
        """End all streams soon; their viewers come back and find another process."""
        self._stopping = True

    def check(self, owner: str) -> None:
        """Pass when the owner may open one more.

        Raises:
            TooManyRequestsError: It has as many as it may.
        """
        if self._open[owner] >= self._limit:
            raise TooManyRequestsError(
                f"expected at most {self._limit} event streams at once, more came",
                retry_after=timedelta(seconds=self._keep_alive),
            )

    async def follow(
        self, owner: str, run: PinnedRun, last_id: str | None
    ) -> AsyncGenerator[bytes]:
        """The frames for one viewer, up to the run's end, ours, or Temporal's next outage."""
        last_event, silent = last_id, 0.0
        with self._count(owner), suppress(TemporalError):
            async with aclosing(run.watch(every=self._every)) as looks:
                async for now in looks:
                    if self._stopping:
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

    @contextmanager
    def _count(self, owner: str) -> Generator[None]:
        self._open[owner] += 1
        try:
            yield
        finally:
            self._open[owner] -= 1


def event_id(view: RunView) -> str:
    """The id of an event, derived from its content: equal content has an equal id."""
    return hashlib.sha256(view.model_dump_json().encode()).hexdigest()[:_ID_DIGITS]


def frame(view: RunView) -> bytes:
    """One event: ``progress``, or ``ended`` for the last one.

    Source: WHATWG HTML, "Server-sent events". JSON escapes line breaks, so ``data:`` is one line.
    """
    name = "progress" if view.status == RUNNING else "ended"
    return f"id: {event_id(view)}\nevent: {name}\ndata: {view.model_dump_json()}\n\n".encode()
