"""HTTP servers of this process: bound, announced once they listen, and drained at their end.

All of them are the same Uvicorn; nobody else imports it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from segue.errors.settings import SettingsError
from segue.runtime.ports import LOOPBACK, bind

DRAIN_S = 5  # requests take milliseconds; what takes longer begins again at its client

Peer = tuple[str, int]


@dataclass(frozen=True)
class Address:
    """Where a server is to listen, and what a user is told when it cannot.

    Attributes:
        server: The subject of the sentence: "The API".
        hint: How to choose another address or port.
        host: Address or name of this machine.
        port: 0: any free one.
    """

    server: str
    hint: str
    host: str = LOOPBACK
    port: int = 0

    def failure(self, refusal: OSError) -> SettingsError:
        """The error of an address that cannot be had."""
        return SettingsError(
            f"{self.server} cannot listen on {self.host}, port {self.port}: {refusal.strerror}.",
            hint=self.hint,
        )


@dataclass(frozen=True)
class Listener:
    """A bound socket of a server.

    Attributes:
        address: As asked for.
        ip: The IP address, whatever name was given.
        port: The port, also where any was asked for.
        socket: Closed by whoever bound it.
    """

    address: Address
    ip: str
    port: int
    socket: socket.socket

    @property
    def url(self) -> str:
        """Where the server answers, without a path."""
        host = self.address.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class Connections:
    """The connections of one server that are open now."""

    def __init__(self) -> None:
        self._transports: dict[Peer | None, asyncio.Transport] = {}

    def cut(self, peer: Peer) -> None:
        """Close a connection at once, whatever was still to be sent."""
        transport = self._transports.get(peer)
        if transport is not None:  # else the client has left already
            transport.abort()

    def protocol(self) -> type[asyncio.Protocol]:
        """Uvicorn's HTTP protocol, reporting its connections here."""
        transports = self._transports

        class ReportingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
                super().connection_made(transport)
                transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.client, None)
                super().connection_lost(exc)

        return ReportingProtocol


@contextlib.contextmanager
def bound(address: Address) -> Generator[Listener]:
    """Hold an address; nobody is answered there until ``serving``.

    Raises:
        SettingsError: Not an address of this machine, or the port is taken.
    """
    try:
        sock = bind(address.host, address.port)
    except OSError as refusal:
        raise address.failure(refusal) from None
    with sock:
        ip, port = sock.getsockname()[:2]
        yield Listener(address, ip, port, sock)


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, listener: Listener, *, connections: Connections | None = None
) -> AsyncGenerator[None]:
    """Answer requests while the body runs, then finish what is begun, within ``DRAIN_S``.

    The body begins once the server listens, so there its address is announced; it ends when
    the server should: after an event, or after ``stop_on_signals``.

    Args:
        app: Begun and ended with the server.
        listener: Bound; closed when this returns.
        connections: Where the server's connections are to be known; None: nowhere.

    Raises:
        SettingsError: Somebody else began to listen there since the port was bound.
    """
    try:
        listener.socket.listen()
    except OSError as refusal:
        raise listener.address.failure(refusal) from None
    config = uvicorn.Config(
        app,
        http=(connections or Connections()).protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve([listener.socket]))
    listening = asyncio.create_task(server.listening.wait())
    try:
        tasks = {running, listening}
        first, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in first:
            task.result()  # a server that cannot begin says why
        yield
    finally:
        listening.cancel()
        server.should_exit = True
        await running


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals to the process, which closes more than this."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()
