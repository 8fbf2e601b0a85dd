"""Which login stands behind an opened catalogue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.errors.catalogue import LoginRequiredError
from segue.music.catalogues.open import http_client, open_local, open_spotify
from segue.music.catalogues.stored_login import Login, write_login
from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.doubles.scripted_http import Reply, ScriptedServer, scripted_server

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GRANT = Reply(200, {"access_token": "of-the-application", "expires_in": 3600})
ME = Reply(200, {"id": "me"})


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server(GRANT, ME) as scripted:
        yield scripted


def spotify(server: ScriptedServer, token_file: Path, secret: str | None) -> WebApiCatalogue:
    return open_spotify(
        client_id="app",
        client_secret=secret,
        token_file=token_file,
        api_url=f"{server.url}/v1",
        accounts_url=server.url,
        now=lambda: NOW,
    )


async def test_a_stored_login_comes_first(server: ScriptedServer, tmp_path: Path):
    token_file = tmp_path / "token.json"
    tokens = {"access_token": "of-the-user", "refresh_token": "r"}
    times = {"expires_at": NOW + timedelta(hours=1), "consented_at": NOW}
    login = {"client_id": "app", "accounts_url": server.url} | tokens | times
    write_login(token_file, Login.model_validate(login))
    server.script(ME)

    async with aclosing(spotify(server, token_file, "secret")) as catalogue:
        assert await catalogue.my_id() == "me"

    assert server.received[0].headers["authorization"] == "Bearer of-the-user"


async def test_without_a_login_the_application_itself_may_search(
    server: ScriptedServer, tmp_path: Path
):
    async with aclosing(spotify(server, tmp_path / "none.json", "secret")) as catalogue:
        await catalogue.my_id()

    assert server.received[0].target == "/api/token"
    assert server.received[1].headers["authorization"] == "Bearer of-the-application"


async def test_with_neither_login_nor_secret_a_login_is_asked_for(
    server: ScriptedServer, tmp_path: Path
):
    async with aclosing(spotify(server, tmp_path / "none.json", None)) as catalogue:
        with pytest.raises(LoginRequiredError):
            await catalogue.search("q")

    assert server.received == []


async def test_the_local_catalogue_never_goes_through_a_proxy(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with aclosing(open_local(server.url)) as catalogue:
        assert (catalogue.name, await catalogue.my_id()) == ("local", "me")


async def test_every_wait_of_a_client_is_bounded():
    async with http_client() as client:
        waits = client.timeout.as_dict()

    assert all(0 < (seconds or 0) <= 30 for seconds in waits.values())


@asynccontextmanager
async def hanging_server(calls, arrived, go):
    """Answers nobody before so many have asked, and the test lets it."""
    waiting = 0

    async def answer(reader, writer):
        nonlocal waiting
        await reader.readuntil(b"\r\n\r\n")
        waiting += 1
        if waiting == calls:
            arrived.set()
        await go.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"


async def test_no_call_waits_for_a_connection_of_another():
    """Such a wait would count against the call's own time; who calls bounds how many there are."""
    calls, arrived, go = 40, asyncio.Event(), asyncio.Event()
    async with http_client(trust_env=False) as client, hanging_server(calls, arrived, go) as url:
        asking = [asyncio.create_task(client.get(url)) for _ in range(calls)]
        async with asyncio.timeout(30):
            await arrived.wait()
        go.set()
        answers = await asyncio.gather(*asking)

    assert {answer.status_code for answer in answers} == {204}
