"""HTTP servers of this process: bound, announced once they listen, and drained at their end.

All of them are the same Uvicorn; nobody else imports it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass, replace

import httpx2
import uvicorn
from starlette.types import ASGIApp

from segue.errors.settings import SettingsError
from segue.observability.throttle import throttling
from segue.runtime.http_connection import Connections
from segue.runtime.ports import LOOPBACK, bind

DRAIN_S = 5  # requests take milliseconds; what takes longer begins again at its client
ANSWER_WITHIN_S = 2.0  # of a server of ours on this machine
_BACKLOG = 128  # accepted at once, before any of them is counted


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

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a URL."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

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
        return f"http://{replace(self.address, port=self.port).netloc}"


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


async def is_answered(address: Address, path: str) -> bool:
    """Whether a server answers at an address; else the address is free.

    Args:
        address: Where it would listen; its port is not 0.
        path: What our server answers there with success.

    Raises:
        SettingsError: Somebody else has the address, or it is none of this machine.
    """
    try:
        with bound(address):
            return False
    except SettingsError:
        async with httpx2.AsyncClient(trust_env=False, timeout=ANSWER_WITHIN_S) as http:
            with contextlib.suppress(httpx2.HTTPError):
                if (await http.get(f"http://{address.netloc}{path}")).is_success:
                    return True
        raise


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp,
    listener: Listener,
    *,
    connections: Connections | None = None,
    trusted_proxies: Sequence[str] = (),
) -> AsyncGenerator[None]:
    """Answer requests while the body runs, then finish what is begun, within ``DRAIN_S``.

    The body begins once the server listens, so there its address is announced; it ends when
    the server should: after an event, or after ``stop_on_signals``.

    Args:
        app: Begun and ended with the server.
        listener: Bound; closed when this returns.
        connections: Where the server's connections are to be known; None: nowhere.
        trusted_proxies: Addresses or networks whose X-Forwarded-For is believed.

    Raises:
        SettingsError: Somebody else began to listen there since the port was bound.
    """
    try:
        listener.socket.listen()
    except OSError as refusal:
        raise listener.address.failure(refusal) from None
    connections = Connections() if connections is None else connections
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        backlog=_BACKLOG,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve([listener.socket]))
    listening = asyncio.create_task(server.listening.wait())
    watching = asyncio.create_task(connections.watch())
    with throttling("uvicorn.error", "asyncio"):
        try:
            tasks = {running, listening}
            first, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in first:
                task.result()  # a server that cannot begin says why
            yield
        finally:
            listening.cancel()
            watching.cancel()
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
