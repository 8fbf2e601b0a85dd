"""A man in the middle of an HTTP service, who keeps one request or one answer to himself."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

_CHUNK = 64 * 1024


class Hold(Enum):
    """What of an exchange never arrives."""

    REQUEST = "request"  # nothing happens at the service
    ANSWER = "answer"  # it has happened, and the client is not told


@dataclass
class Between:
    """Passes on what clients and a service say to each other.

    Attributes:
        service: Its URL.
        url: What clients take instead.
        held: Set once something is held.
    """

    service: str
    url: str = ""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _next: tuple[Hold, bytes, bytes] | None = None

    def hold(self, what: Hold, method: str, path: str) -> None:
        """Hold one request, the next of this method whose path has these words; or its answer."""
        self._next = what, f"{method} ".encode(), path.encode()
        self.held.clear()

    def taken(self, chunk: bytes) -> Hold | None:
        """What is held of the exchange that begins with ``chunk``."""
        if self._next is None:
            return None
        what, method, path = self._next
        line = chunk.partition(b"\r\n")[0]
        if not (line.startswith(method) and path in line):
            return None
        self._next = None
        return what

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, until either side hangs up."""
        service = urlsplit(self.service)
        answers, requests = await asyncio.open_connection(service.hostname, service.port)
        kept: Hold | None = None

        async def ask() -> None:
            nonlocal kept
            while chunk := await reader.read(_CHUNK):
                kept = kept or self.taken(chunk)
                if kept is Hold.REQUEST:
                    self.held.set()
                else:
                    requests.write(chunk)
            requests.close()

        async def answer() -> None:
            while chunk := await answers.read(_CHUNK):
                if kept is Hold.ANSWER:
                    self.held.set()
                else:
                    writer.write(chunk)
            writer.close()

        with suppress(ConnectionError):
            await asyncio.gather(ask(), answer())
        for end in (requests, writer):
            end.close()


@asynccontextmanager
async def standing_between(service: str) -> AsyncGenerator[Between]:
    """One who stands between a service and those who take his address for it."""
    between = Between(service)
    async with await asyncio.start_server(between.serve, "127.0.0.1", 0) as server:
        between.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield between
