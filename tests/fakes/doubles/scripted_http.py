"""A loopback HTTP server that answers what it was told to, or cuts the line."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum


class Line(Enum):
    """Answers that are none."""

    CUT = "cut"  # close after the whole request was read
    HANG = "hang"  # keep the connection open and say nothing


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        body: Sent as JSON, or as it is when it is bytes.
    """

    status: int = 200
    body: object = field(default_factory=dict[str, object])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def encoded(self) -> bytes:
        """The bytes on the wire."""
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        lines = [f"HTTP/1.1 {self.status} Scripted", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def refusal(status: int, message: str = "why", *, reason: str | None = None) -> Reply:
    """Spotify's error object."""
    error = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    return Reply(status, {"error": error})


@dataclass(frozen=True)
class Received:
    """A request as it came.

    Attributes:
        headers: Names in lower case.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """The body, parsed."""
        return json.loads(self.body)


Answer = Reply | Line


class ScriptedServer:
    """Gives its answers in order, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.received: list[Received] = []
        self.url = ""
        self.serving: set[asyncio.Task[None]] = set()

    def script(self, *answers: Answer) -> None:
        """Answer so from now on."""
        self._answers = list(answers)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        if task := asyncio.current_task():
            self.serving.add(task)
        try:
            while True:
                self.received.append(await _request(reader))
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if answer is Line.HANG:
                    await reader.read()
                if isinstance(answer, Line):
                    break
                writer.write(answer.encoded())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has left
        finally:
            await closed(writer)


@asynccontextmanager
async def scripted_server(*answers: Answer) -> AsyncGenerator[ScriptedServer]:
    """A server on a free loopback port."""
    scripted = ScriptedServer(*answers)
    server = await asyncio.start_server(scripted.handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    scripted.url = f"http://{host}:{port}"
    try:
        yield scripted
    finally:
        server.close()
        for task in scripted.serving:
            task.cancel()
        await asyncio.gather(*scripted.serving, return_exceptions=True)


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait for it; one that outlives its loop warns in a later test."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)
