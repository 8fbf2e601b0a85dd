"""What one HTTP server grants to strangers: so many connections, so much time, one way to read."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Generator, Iterable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from segue.runtime.http_connection import Connections, HttpLimits
from segue.runtime.http_host import Address, Listener, bound, serving
from segue.runtime.http_problems import MEDIA_TYPE, SECURITY_HEADERS
from tests.fakes.waiting import until

BOUND_S = 20
QUICK = HttpLimits(
    connections=3, headers_s=0.3, body_grace_s=0.3, body_rate=1e6, reading_s=0.3, check_s=0.05
)
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ONE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
UPLOAD = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
HUGE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
CHUNKED_READ = (
    b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def _answer(request: Request) -> Response:
    return PlainTextResponse(request.client.host if request.client else "")


async def _read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _wait(request: Request) -> Response:
    request.app.state.waiting += 1
    await request.app.state.go.wait()
    return PlainTextResponse()


async def _long(_: Request) -> Response:
    return Response(b"x" * 50_000_000)


def toy() -> Starlette:
    app = Starlette(
        routes=[
            Route("/", _answer, methods=["GET", "POST"]),
            Route("/read", _read, methods=["POST"]),
            Route("/wait", _wait),
            Route("/long", _long),
        ]
    )
    app.state.go, app.state.waiting = asyncio.Event(), 0
    return app


@contextlib.asynccontextmanager
async def server(
    limits: HttpLimits = QUICK, app: ASGIApp | None = None, **options: list[str]
) -> AsyncGenerator[Listener]:
    with bound(Address("The toy", "")) as listener:
        connections = Connections(limits)
        async with (
            asyncio.timeout(BOUND_S),
            serving(app or toy(), listener, connections=connections, **options),
        ):
            yield listener


async def ask(listener: Listener, *sent: bytes | Iterable[bytes]) -> bytes:
    """What the server says until it closes; sending ends where it does not listen any more."""
    reader, writer = await asyncio.open_connection(listener.ip, listener.port)
    reading = asyncio.create_task(reader.read())
    with contextlib.suppress(ConnectionError):
        for each in sent:
            for piece in (each,) if isinstance(each, bytes) else each:
                writer.write(piece)
                await writer.drain()
    try:
        return await reading
    finally:
        writer.close()


def problem(said: bytes) -> dict[str, object]:
    """The problem that is the whole answer."""
    head, _, body = said.partition(b"\r\n\r\n")
    told = json.loads(body)
    assert f" {told['status']} ".encode() in head.partition(b"\r\n")[0]
    for name, value in {"Content-Type": MEDIA_TYPE, **SECURITY_HEADERS}.items():
        assert f"{name}: {value}".encode() in head
    return told


async def test_headers_that_do_not_come_end_the_connection() -> None:
    async with server() as listener:
        told = problem(await ask(listener, b"GET / HTTP/1.1\r\nHost:"))

    assert told["code"] == "api.request_timeout"


async def test_a_connection_that_asks_nothing_ends_without_a_word() -> None:
    async with server() as listener:
        assert not await ask(listener)


async def test_a_second_request_has_no_more_time_for_its_headers_than_the_first() -> None:
    async with server() as listener:
        reader, writer = await asyncio.open_connection(listener.ip, listener.port)
        writer.write(GET)
        await reader.readuntil(b"127.0.0.1")
        writer.write(b"GET / HT")
        said = await reader.read()
        writer.close()

    assert problem(said)["code"] == "api.request_timeout"


async def test_a_body_that_comes_too_slowly_ends_the_connection() -> None:
    async with server() as listener:
        assert problem(await ask(listener, UPLOAD + b"x"))["code"] == "api.request_timeout"


async def test_a_body_in_crumbs_holds_nobody_up() -> None:
    crumbs = b"a\r\n0123456789\r\n" * 10_000
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with server(HttpLimits()) as listener:
        counting = asyncio.create_task(count_turns())
        said = await ask(listener, CHUNKED_READ + crumbs + b"0\r\n\r\n")
        counting.cancel()

    assert said.endswith(b"\r\n\r\n100000")
    assert turns > 100  # all of it was parsed in a few


async def test_an_answer_that_nobody_reads_ends_the_connection() -> None:
    connections = Connections(QUICK)
    with bound(Address("The toy", "")) as listener:
        async with asyncio.timeout(BOUND_S), serving(toy(), listener, connections=connections):
            reader, writer = await asyncio.open_connection(listener.ip, listener.port, limit=1024)
            writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.read(1)
            await until(lambda: connections.count == 0, "the end of the connection")
            writer.close()


async def test_who_asks_nothing_makes_room_for_who_does() -> None:
    limits = HttpLimits(connections=3)
    async with server(limits) as listener:
        idle = [await asyncio.open_connection(listener.ip, listener.port) for _ in range(10)]
        said = await ask(listener, ONE)
        still_open = [not reader.at_eof() for reader, _ in idle]
        for _, writer in idle:
            writer.close()

    assert said.startswith(b"HTTP/1.1 200")
    assert sum(still_open) <= limits.connections


async def test_when_all_are_busy_one_more_is_told_to_come_back() -> None:
    app = toy()
    busy = b"GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with server(HttpLimits(connections=2), app) as listener:
        answers = [asyncio.create_task(ask(listener, busy)) for _ in range(2)]
        await until(lambda: app.state.waiting == 2, "two requests")
        said = await ask(listener, GET)
        app.state.go.set()
        await asyncio.gather(*answers)

    assert problem(said)["code"] == "api.overloaded"
    assert b"Retry-After: 1" in said


async def test_an_answer_that_leaves_a_body_unread_is_the_last_and_is_received() -> None:
    sent = 0

    def endless() -> Generator[bytes]:
        nonlocal sent
        yield HUGE
        while sent < 100_000_000:
            sent += 65_536
            yield b"x" * 65_536

    async with server() as listener:
        said = await ask(listener, endless())

    assert said.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in said.lower()
    assert sent < 20_000_000


async def test_a_refused_client_that_sends_tiny_chunks_delays_nobody() -> None:
    async with server(HttpLimits()) as listener:
        chunks = [b"a\r\n0123456789\r\n" * 10_000] * 1_000
        flood = asyncio.create_task(ask(listener, CHUNKED, *chunks))
        begun = asyncio.get_running_loop().time()
        said = await ask(listener, ONE)
        seconds = asyncio.get_running_loop().time() - begun
        assert (await flood).startswith(b"HTTP/1.1 200")

    assert said.startswith(b"HTTP/1.1 200")
    assert seconds < 2


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost:evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nOrigin: http://localhost:evil.example\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["no HTTP", "no host", "a name for a port", "a path", "an origin", "two lengths"],
)
async def test_what_can_be_understood_in_two_ways_is_a_problem(request_bytes: bytes) -> None:
    async with server() as listener:
        assert problem(await ask(listener, request_bytes))["code"] == "api.malformed_request"


@pytest.mark.parametrize(
    ("proxies", "client"),
    [([], "127.0.0.1"), (["127.0.0.1"], "203.0.113.7"), (["::1"], "127.0.0.1")],
)
async def test_only_a_named_proxy_says_who_the_client_is(proxies: list[str], client: str) -> None:
    asked = (
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"
    )
    async with server(trusted_proxies=proxies) as listener:
        said = await ask(listener, asked)

    assert said.endswith(client.encode())


async def test_requests_that_come_together_are_answered_one_after_the_other() -> None:
    async with server() as listener:
        said = await ask(listener, GET + ONE)

    assert said.count(b"HTTP/1.1 200") == 2


async def test_a_slow_body_ends_an_answer_that_has_begun() -> None:
    async def begin(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with server(app=begin) as listener:
        reader, writer = await asyncio.open_connection(listener.ip, listener.port)
        writer.write(UPLOAD + b"x")
        await reader.readuntil(b"begun")
        with contextlib.suppress(ConnectionError):
            assert b"HTTP/1.1" not in await reader.read()
        writer.close()
