"""Sends an answer at the pace of its step, with the breaks that the step asks for."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from segue.runtime.http_connection import Connections
from tests.fakes.programs.openai_server.answers import Event
from tests.fakes.programs.openai_server.scripts import Due
from tests.fakes.programs.openai_server.steps import Line, Step

_BATCH_BYTES = 16_384  # what goes out in one write where no pace is asked for


class _Gone(Exception):  # noqa: N818 - an outcome, not an error
    """The client has left."""


class _Cut(Exception):  # noqa: N818 - an outcome, not an error
    """The script ends the connection here."""


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where a reply goes wrong.

    Attributes:
        kind: A reply that is neither cut nor falls silent ends in ``last``.
        after: Deltas before that, or the answer's last event; None: before the status line.
    """

    kind: Line
    after: int | None
    last: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes out.

    Attributes:
        events: The body; an answer that does not stream comes in two halves.
        length: Of the body; None: a stream.
    """

    status: int
    content_type: str
    events: Iterable[Event]
    headers: Mapping[str, str]
    length: int | None = None
    breaks: Break | None = None


class Delivery(Response):
    """One reply on its way, recorded as it goes."""

    def __init__(self, reply: Reply, due: Due, step: Step, connections: Connections) -> None:
        super().__init__()
        self._reply = reply
        self._step = step
        self._call = due.call
        self._gate = due.gate
        self._connections = connections
        self._deltas = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send; the call's record says how it ended, before the client can know it."""
        try:
            async with _client(receive, send) as client:
                await self._send(client)
        except _Cut:
            self._ended("cut")
            self._connections.cut(scope["client"])
        except _Gone:
            self._ended("gone")

    async def _send(self, client: "_Client") -> None:
        await client.wait(self._step.first_byte_after_s)
        hold = self._step.hold_after
        if hold is not None and (hold == 0 or self._reply.length is not None):
            await self._hold(client)
        breaks = self._reply.breaks
        if breaks is not None and breaks.after is None:
            await self._break(client, breaks)
        self._call.first_byte_at = time.time()
        await client.start(self._reply)
        rest = await self._send_events(client)
        self._ended("answered")
        await client.end(rest)

    def _ended(self, outcome: Literal["answered", "cut", "gone"]) -> None:
        self._call.outcome = outcome
        self._call.ended_at = time.time()

    async def _send_events(self, client: "_Client") -> bytearray:
        """Send all but the rest that is returned, so that the reply can end with it."""
        batch = bytearray()
        for event in self._reply.events:
            if self._is_due(event):
                await client.body(batch)
                await self._interrupt(client, event)
                if (breaks := self._reply.breaks) and self._strikes(event):
                    return await self._break(client, breaks)
            if len(batch) >= _BATCH_BYTES or (batch and self._deltas == 1):
                await client.body(batch)
            if event.delta and self._call.first_delta_at is None:
                self._call.first_delta_at = time.time()
            batch += event.data
            self._deltas += event.delta
        return batch

    def _is_due(self, event: Event) -> bool:
        """Whether something comes before this event."""
        return self._strikes(event) or self._holds() or self._pauses(event)

    async def _interrupt(self, client: "_Client", event: Event) -> None:
        """Wait as the step wants it before this event."""
        if self._pauses(event):
            await client.wait(self._step.between_chunks_s)
        if self._holds():
            await self._hold(client)

    def _strikes(self, event: Event) -> bool:
        breaks = self._reply.breaks
        if breaks is None or breaks.after is None:
            return False
        return self._deltas >= breaks.after or event.last

    def _holds(self) -> bool:
        return (
            self._reply.length is None
            and not self._call.held
            and self._deltas == self._step.hold_after
        )

    def _pauses(self, event: Event) -> bool:
        wanted = self._step.between_chunks_s > 0 and self._reply.length is None
        return wanted and event.delta and self._deltas > 0

    async def _hold(self, client: "_Client") -> None:
        self._call.held = True
        self._call.outcome = "held"
        await client.until(self._gate)
        self._call.outcome = "running"

    async def _break(self, client: "_Client", breaks: Break) -> bytearray:
        """Go wrong; a reply that goes on to its end does so with the bytes returned."""
        if breaks.kind == "cut":
            raise _Cut
        if breaks.kind == "stall":
            await client.until(asyncio.Semaphore(0))
        return bytearray(breaks.last)


@dataclass(frozen=True)
class _Client:
    """The other side; every method raises ``_Gone`` once it has left."""

    left: asyncio.Task[None]
    send: Send

    async def start(self, reply: Reply) -> None:
        headers = {"content-type": reply.content_type, **reply.headers}
        if reply.length is not None:
            headers["content-length"] = str(reply.length)
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send(type="http.response.start", status=reply.status, headers=encoded)

    async def body(self, batch: bytearray) -> None:
        """Send and empty the batch."""
        if batch:
            await self._send(type="http.response.body", body=bytes(batch), more_body=True)
            batch.clear()

    async def end(self, rest: bytearray) -> None:
        await self._send(type="http.response.body", body=bytes(rest), more_body=False)

    async def wait(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.wait({self.left}, timeout=seconds)
        self._check()

    async def until(self, gate: asyncio.Semaphore) -> None:
        opened = asyncio.create_task(gate.acquire())
        await asyncio.wait({self.left, opened}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()  # without effect on one that is done
        self._check()

    async def _send(self, **message: Any) -> None:
        self._check()
        await self.send(message)
        await asyncio.sleep(0)  # a long answer leaves room for the others

    def _check(self) -> None:
        if self.left.done():
            raise _Gone


@asynccontextmanager
async def _client(receive: Receive, send: Send) -> AsyncGenerator[_Client]:
    left = asyncio.create_task(_disconnected(receive))
    try:
        yield _Client(left, send)
    finally:
        left.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
