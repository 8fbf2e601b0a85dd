"""One HTTP connection: Uvicorn's, with the bounds that Uvicorn leaves to a proxy.

Uvicorn limits the size of headers and the idle time between requests. It has no limit for the time
that headers or a body take, none for connections that ask nothing, and it reads what a refused
client sends to its end. It parses all that has come before it does anything else: a body in chunks
of ten bytes takes 100 ms for 40 KB, so two such clients held everybody up for seconds.
"""

import asyncio
import re
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol

from segue.errors.api import ApiError, MalformedRequestError, OverloadedError, RequestTimeoutError
from segue.runtime.http_problems import closing_answer

_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::[0-9]{1,5})?")
_SHARE_OF_FILES = 2  # at most one of so many open files of the process is a connection
_MOST_CONNECTIONS = 1_000
_LINGER_S = 1.0  # an answer that a reset overtakes is lost: so long the client has to read it
_LINGER_BYTES = 256 * 1024
# What one connection may cost the others: it is parsed for so long, in pieces that grow while they
# are cheap, and then rests for so many times as long.
_TURN_S = 0.002
_SMALLEST_PIECE, _LARGEST_PIECE = 1024, 64 * 1024
_CHEAP_S = 0.0002
_REST = 3


def _affordable_connections() -> int:
    return min(_MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // _SHARE_OF_FILES)


@dataclass(frozen=True)
class HttpLimits:
    """What one server grants its clients; times are seconds.

    Attributes:
        connections: Open at once. One more takes the place of the oldest that asks nothing.
        headers_s: For the headers of a request, from its first byte, or from the connection.
        body_grace_s: For a body, however slow.
        body_rate: Bytes a second that a longer one must have.
        reading_s: How long a client may leave an answer unread.
        check_s: Between two looks at all connections.

    The rate is Kestrel's (MinRequestBodyDataRate); the time for headers is less than its 30 s,
    because our clients are programs.
    """

    connections: int = field(default_factory=_affordable_connections)
    headers_s: float = 10.0
    body_grace_s: float = 20.0
    body_rate: float = 240.0
    reading_s: float = 60.0
    check_s: float = 1.0


class Connections:
    """The connections of one server that are open now.

    Args:
        limits: What they may take.
    """

    def __init__(self, limits: HttpLimits | None = None) -> None:
        self._limits = limits or HttpLimits()
        self._open: dict[Connection, None] = {}  # the oldest first

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._open)

    def cut(self, peer: tuple[str, int]) -> None:
        """Close a connection at once, whatever was still to be sent."""
        # There is none where the client has left already.
        for connection in [each for each in self._open if each.client == peer]:
            connection.transport.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """Uvicorn's HTTP protocol, whose connections are kept here."""
        limits, connections = self._limits, self

        class OwnConnection(Connection):
            def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Uvicorn's own
                super().__init__(*args, **options)
                self.guard(limits, connections)

        return OwnConnection

    def add(self, connection: "Connection") -> None:
        """Take a connection in; where there are too many, end the oldest idle one, or this."""
        if len(self._open) >= self._limits.connections:
            idle = next((each for each in self._open if each.is_idle), None)
            if idle is None:
                connection.refuse(OverloadedError("The server has as many requests as it can."))
                return
            idle.transport.abort()
            self._open.pop(idle)
        self._open[connection] = None

    def remove(self, connection: "Connection") -> None:
        """Forget a connection that has ended."""
        self._open.pop(connection, None)

    async def watch(self) -> None:
        """End connections whose time is up, until cancelled."""
        while True:
            await asyncio.sleep(self._limits.check_s)
            for connection in list(self._open):
                connection.check_time()


class Connection(H11Protocol):
    """A connection that is bounded in time; ``guard`` comes before anything else."""

    def guard(self, limits: HttpLimits, connections: Connections) -> None:
        """Say what it may take and where it is listed."""
        self._limits = limits
        self._listed = connections
        self._headers_since: float | None = None
        self._headers_begun = False
        self._body_since = self._unread_since = 0.0
        self._body_bytes = self._dropped_bytes = 0
        self._lingers = False
        self._unparsed = bytearray()
        self._piece = _SMALLEST_PIECE
        self._app: ASGIApp = self.app  # pyright: ignore[reportAttributeAccessIssue] - ASGI, typed twice
        self.app = self._answer  # pyright: ignore[reportAttributeAccessIssue] - likewise

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered."""
        # Uvicorn has no cycle before the first request, and does not say so in its types.
        return not self.cycle or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
        """Note that headers are awaited."""
        super().connection_made(transport)
        self.flow = self._flow = _Flow(transport)
        self._headers_since = self.loop.time()
        self._listed.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the list."""
        self._listed.remove(self)
        self._unparsed.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in, or drop what comes after an answer that ends the connection."""
        self._unparsed += data
        self._parse_for_a_turn()

    def _parse_for_a_turn(self) -> None:
        """Parse what has come, for a moment; the rest after a rest, and nothing is read before."""
        began = self.loop.time()
        while self._unparsed and not self.transport.is_closing():
            piece = bytes(self._unparsed[: self._piece])
            del self._unparsed[: self._piece]
            if self._lingers:
                self._drop(len(piece))
                continue
            start = self.loop.time()
            self._parse(piece)
            now = self.loop.time()
            is_cheap = now - start < _CHEAP_S
            self._piece = min(2 * self._piece, _LARGEST_PIECE) if is_cheap else _SMALLEST_PIECE
            if now - began > _TURN_S:
                break
        if self._unparsed and not self.transport.is_closing():
            self._flow.hold()
            self.loop.call_later(_REST * (self.loop.time() - began), self._parse_for_a_turn)
        else:
            self._flow.release()

    def _parse(self, data: bytes) -> None:
        before = self.cycle
        if self.is_idle and self._headers_since is None:
            self._headers_since = self.loop.time()
        self._headers_begun = True
        self._body_bytes += len(data)
        super().data_received(data)
        if self.cycle is not before:
            self._begin_body(len(data))

    def on_response_complete(self) -> None:
        """Go on with a request that came before this answer was complete."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before:
            self._begin_body(0)

    def pause_writing(self) -> None:
        """Note that the client reads slower than we write."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self.refuse(MalformedRequestError(msg))

    def refuse(self, error: ApiError) -> None:
        """Answer with an error where no answer has begun, and close."""
        if not self.is_idle:
            if self.cycle.response_started:
                self.transport.abort()
                return
            self.cycle.disconnected = True  # what the application still says goes nowhere
        self.transport.write(closing_answer(error))
        self.transport.close()

    def check_time(self) -> None:
        """End it when its headers, its body or its reading take too long."""
        now, limits = self.loop.time(), self._limits
        if self.flow.write_paused and now - self._unread_since > limits.reading_s:
            self.transport.abort()
        elif self._headers_since is not None and now - self._headers_since > limits.headers_s:
            self._end_without_headers()
        elif not self.is_idle and self.cycle.more_body and not self.flow.read_paused:
            seconds = now - self._body_since
            if seconds > limits.body_grace_s and self._body_bytes < seconds * limits.body_rate:
                self.refuse(RequestTimeoutError("The body comes too slowly."))

    def _end_without_headers(self) -> None:
        if self._headers_begun:
            seconds = self._limits.headers_s
            self.refuse(RequestTimeoutError(f"expected whole headers within {seconds:g} s"))
        else:  # who asked nothing would take an answer for that to its first question
            self.transport.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what proxies understand otherwise than we; close where a body is left unread."""
        if scope["type"] == "http" and (problem := _ambiguity(Headers(scope=scope))):
            self.refuse(MalformedRequestError(problem))
            return

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self.cycle.more_body:
                MutableHeaders(scope=message)["Connection"] = "close"
                self.cycle.transport = _Farewell(self.transport, self._linger)  # pyright: ignore[reportAttributeAccessIssue] - all that a cycle asks of it
            await send(message)

        await self._app(scope, receive, closing)

    def _begin_body(self, size: int) -> None:
        self._headers_since = None
        self._body_since, self._body_bytes = self.loop.time(), size

    def _linger(self) -> None:
        self._lingers = True
        self.loop.call_later(_LINGER_S, self.transport.abort)
        self.transport.resume_reading()

    def _drop(self, size: int) -> None:
        self._dropped_bytes += size
        if self._dropped_bytes > _LINGER_BYTES:
            self.transport.pause_reading()


class _Flow(FlowControl):
    """Uvicorn's, which reads nothing while there are bytes that were read and not parsed."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._is_held = False

    def hold(self) -> None:
        """Read nothing until :meth:`release`."""
        self._is_held = True
        self.pause_reading()

    def release(self) -> None:
        """Read again; where the application has much to take before, one more read is no harm."""
        if self._is_held:
            self._is_held = False
            self.resume_reading()

    def resume_reading(self) -> None:
        """Read again, where nothing is held."""
        if not self._is_held:
            super().resume_reading()


class _Farewell:
    """A transport whose end leaves the client time to read the answer.

    Closing with bytes unread resets the connection, and a client that is still sending may lose the
    answer that says why.
    """

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], None]) -> None:
        self._transport = transport
        self._linger = linger

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.write_eof()
        self._linger()


def _ambiguity(headers: Headers) -> str:
    """Why a request is refused whatever it asks; empty: it is not."""
    if "content-length" in headers and "transfer-encoding" in headers:
        return "expected Content-Length or Transfer-Encoding, got both"
    origin = headers.get("origin", "null")
    for authority in (headers.get("host", ""), origin.partition("://")[2]):
        if not _AUTHORITY.fullmatch(authority):
            return "expected a host, and a port of digits; got another Host or Origin"
    return ""
