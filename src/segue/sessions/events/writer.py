"""Write a model's words to the event table without ever holding the model up."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from pydantic import JsonValue

from segue.errors.storage import StorageError
from segue.sessions.events.contracts import Batch, Draft, Kind

BATCH_S = 0.075  # between two writes of text: below what an eye takes for a stutter
PATIENCE_S = 2.0  # what a missing database may cost the answer, at its end
RETRY_S = 0.25

_log = logging.getLogger(__name__)
_orphans: set[asyncio.Task[None]] = set()  # asyncio itself would let go of them


class EventSink(Protocol):
    """Where batches go; ``TurnEventStore`` is one."""

    async def write(self, batch: Batch) -> bool:
        """Whether the batch was stored; it was not where this attempt is shut out."""
        ...


class TurnWriter:
    """Tells the viewers of a turn what one attempt of a model call says.

    Use it as an async context. Nothing in it waits for the database except the exit, for at most
    ``patience_s``, and nothing in it raises because of the database: what cannot be stored is
    missing in the stream and not in the answer. The first words go out at once, the following ones
    together every 75 ms.

    Args:
        store: Where the events go.
        turn: Id of the turn, at most 200 characters.
        attempt: Try of this model call, from 1 (the activity's attempt). A newer one shuts older
            ones out.
        call: Which model call of the turn, from 1. Only calls whose text the viewer is to see write
            to the turn, one after the other.
        patience_s: How long the exit waits for what is not stored yet.
    """

    _task: asyncio.Task[None]

    def __init__(
        self,
        store: EventSink,
        turn: str,
        attempt: int,
        *,
        call: int = 1,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._turn = turn
        self._attempt = attempt
        self._call = call
        self._patience_s = patience_s
        self._drafts: list[Draft] = []
        self._text: list[str] = []
        self._work = asyncio.Event()
        self._closing = asyncio.Event()
        self._shut_out = False
        self._complained = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_on())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._work.set()
        try:
            await asyncio.wait({self._task}, timeout=self._patience_s)
        finally:
            # Not awaited: a cancelled statement may sit in a locked file for as long as it likes.
            _orphans.add(self._task)
            self._task.add_done_callback(_orphans.discard)
            self._task.cancel()

    async def started(self, model: str) -> None:
        """Add the event that a model was asked."""
        await self.event("attempt.started", {"model": model})

    async def delta(self, text: str) -> None:
        """Add words of the answer."""
        if text and not self._shut_out:
            self._text.append(text)
            self._work.set()

    async def retracted(self) -> None:
        """Add the event that what this attempt said so far is not part of the answer."""
        await self.event("text.reset", {})

    async def event(self, kind: Kind, data: Mapping[str, JsonValue]) -> None:
        """Add any other event, in order with the words."""
        if not self._shut_out:
            self._end_text()
            self._drafts.append(Draft(kind, data))
            self._work.set()

    async def _write_on(self) -> None:
        number = 0
        while drafts := await self._next():
            number += 1
            began = asyncio.get_running_loop().time()
            if not await self._stored(self._batch(number, drafts)):
                self._shut_out = True
                return
            if drafts[-1].kind == "text.delta":
                await self._pause(began + BATCH_S - asyncio.get_running_loop().time())

    async def _next(self) -> tuple[Draft, ...]:
        """What there is to write, once there is something; nothing: the attempt is over."""
        await self._work.wait()
        self._end_text()
        drafts, self._drafts = tuple(self._drafts), []
        if not self._closing.is_set():
            self._work.clear()
        return drafts

    async def _stored(self, batch: Batch) -> bool:
        """Whether the batch came to be stored: tried until it is, or never can be."""
        while True:
            try:
                return await self._store.write(batch)
            except StorageError as error:
                self._complain(error.message)
                await asyncio.sleep(RETRY_S)
            except Exception as defect:  # noqa: BLE001 - whatever it is, the model's answer is worth more
                self._complain(type(defect).__name__)
                return False

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _batch(self, number: int, drafts: tuple[Draft, ...]) -> Batch:
        return Batch(
            turn=self._turn, call=self._call, attempt=self._attempt, number=number, drafts=drafts
        )

    def _end_text(self) -> None:
        if self._text:
            self._drafts.append(Draft("text.delta", {"text": "".join(self._text)}))
            self._text = []

    def _complain(self, reason: str) -> None:
        if not self._complained:
            self._complained = True
            _log.warning("the stream of turn %s falls behind: %s", self._turn, reason)
