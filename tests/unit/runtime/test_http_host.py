"""HTTP servers: one way to bind, to announce, to stop and to drain."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncGenerator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from segue.errors.settings import SettingsError
from segue.runtime.http_connection import Connections
from segue.runtime.http_host import Address, Listener, bound, is_answered, serving
from segue.runtime.ports import LOOPBACK
from segue.runtime.signals import stop_on_signals

HINT = "Choose another port."


class Slow:
    """An application whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.ended = False
        self.app = Starlette(routes=[Route("/", self.answer)], lifespan=self.lasting)

    async def answer(self, _: Request) -> Response:
        self.asked.set()
        await self.go.wait()
        return PlainTextResponse("done")

    @contextlib.asynccontextmanager
    async def lasting(self, _: Starlette) -> AsyncGenerator[None]:
        yield
        self.ended = True


def client(listener: Listener) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=listener.url, trust_env=False)


def test_unless_told_otherwise_only_this_machine_is_served_on_any_free_port() -> None:
    with bound(Address("The toy", HINT)) as listener:
        assert listener.ip == LOOPBACK
        assert 15_000 <= listener.port < 30_000
        assert listener.url == f"http://127.0.0.1:{listener.port}"


def test_an_address_of_ipv6_stands_in_brackets_in_the_url() -> None:
    with bound(Address("The toy", HINT, "::1")) as listener:
        assert listener.url == f"http://[::1]:{listener.port}"


@pytest.mark.parametrize("host", ["203.0.113.7", "no such name."])
@pytest.mark.parametrize("port", [0, 15_000])
def test_an_address_of_another_machine_is_refused(host: str, port: int) -> None:
    with (
        pytest.raises(SettingsError, match=f"The toy cannot listen on {host}, port {port}:") as no,
        bound(Address("The toy", HINT, host, port)),
    ):
        pass

    assert no.value.hint == HINT


def test_a_taken_port_is_refused_with_what_to_do() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SettingsError, match=f"port {port}: Address already in use") as no,
            bound(Address("The toy", HINT, port=port)),
        ):
            pass

    assert no.value.hint == HINT


async def test_a_port_that_somebody_took_since_it_was_bound_is_refused_too() -> None:
    slow = Slow()
    with (
        bound(Address("The toy", HINT)) as first,
        bound(Address("It", HINT, port=first.port)) as two,
    ):
        async with serving(slow.app, first):
            with pytest.raises(SettingsError, match="It cannot listen"):
                async with serving(slow.app, two):
                    pass


async def test_what_is_announced_answers_and_what_is_begun_is_finished() -> None:
    slow = Slow()
    with bound(Address("The toy", HINT)) as listener:
        async with client(listener) as http:
            async with serving(slow.app, listener):
                answer = asyncio.create_task(http.get("/"))
                await asyncio.wait_for(slow.asked.wait(), 10)
                slow.go.set()
            assert (await answer).text == "done"
            with pytest.raises(httpx2.ConnectError):
                await http.get("/")

    assert slow.ended


async def test_a_signal_ends_the_body_and_the_server_is_drained() -> None:
    slow = Slow()
    slow.go.set()
    with bound(Address("The toy", HINT)) as listener, stop_on_signals() as stop:
        async with serving(slow.app, listener), client(listener) as http:
            assert (await http.get("/")).text == "done"
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(stop.wait(), 10)

    assert slow.ended


async def test_a_body_that_fails_ends_the_server_and_keeps_its_error() -> None:
    slow = Slow()
    with bound(Address("The toy", HINT)) as listener:
        with pytest.raises(LookupError):
            async with serving(slow.app, listener):
                raise LookupError("of the body")
        with socket.socket() as other:
            other.bind((LOOPBACK, listener.port))

    assert slow.ended


async def test_a_connection_is_cut_without_an_answer() -> None:
    connections = Connections()

    async def cut(request: Request) -> Response:
        assert request.client
        connections.cut((request.client.host, request.client.port))
        return PlainTextResponse("unheard")

    app = Starlette(routes=[Route("/", cut)])
    with bound(Address("The toy", HINT)) as listener:
        async with serving(app, listener, connections=connections), client(listener) as http:
            with pytest.raises(httpx2.TransportError):
                await http.get("/")


async def test_a_port_is_free_or_ours_or_somebody_elses() -> None:
    async def answer(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    with bound(Address("It", HINT)) as listener:
        address = Address("It", HINT, port=listener.port)
        async with serving(Starlette(routes=[Route("/livez", answer)]), listener):
            assert await is_answered(address, "/livez")
            with pytest.raises(SettingsError, match="It cannot listen"):
                await is_answered(address, "/healthz")
    assert not await is_answered(address, "/livez")

    async with await asyncio.start_server(hang_up, LOOPBACK, 0) as other:
        port = other.sockets[0].getsockname()[1]
        with pytest.raises(SettingsError, match="It cannot listen"):
            await is_answered(Address("It", HINT, port=port), "/livez")
