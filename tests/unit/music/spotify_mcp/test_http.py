"""The server over HTTP: who is let in, and who is not."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from segue.errors.settings import SettingsError
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.platform.mcp.http import BODY_LIMIT, REFUSALS_PER_MINUTE, mcp_app
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.spotify_mcp import answer, desk_over, refusal
from tests.fakes.worlds.databases import prepare

HERE = "http://127.0.0.1:8003"
TOKEN = "a-token-that-nobody-knows"  # noqa: S105 - of these tests alone
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def database(tmp_path):
    database = Database(database_url(None, tmp_path))
    await prepare(database)
    yield database
    await database.aclose()


@pytest.fixture
def served(database):
    """Serves an application with these options to an HTTP client without a network."""

    @asynccontextmanager
    async def serve(
        *, host="127.0.0.1", token=None, allowed_hosts=(), stateful=False, base=HERE, headers=None
    ) -> AsyncGenerator[httpx2.AsyncClient]:
        desk = desk_over(InMemoryCatalogue(TRACKS), database)
        server = spotify_mcp_server(desk, Offered(jobs=False, baskets=stateful))
        app = mcp_app(
            server, host=host, token=token, allowed_hosts=allowed_hosts, stateful=stateful
        )
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=transport, base_url=base, headers={**HEADERS, **(headers or {})}
            ) as http,
        ):
            yield http

    return serve


@asynccontextmanager
async def connected(http, *, mode="auto"):
    async with Client(
        streamable_http_client(f"{http.base_url}/mcp", http_client=http), mode=mode
    ) as client:
        yield client


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8003", "10.0.0.7:8003"])
async def test_a_rebound_name_is_refused(served, host):
    async with served() as http:
        answered = await http.post("/mcp", json=LIST, headers={"Host": host})

    assert answered.status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
async def test_a_page_of_somebody_else_is_refused(served, origin):
    async with served() as http:
        answered = await http.post("/mcp", json=LIST, headers={"Origin": origin})

    assert answered.status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1:3000"])
async def test_a_page_of_this_machine_is_let_in(served, origin):
    async with served() as http:
        answered = await http.post("/mcp", json=LIST, headers={"Origin": origin})

    assert answered.status_code == 200


async def test_the_check_of_names_holds_beyond_loopback_as_well(served):
    given = {"host": "0.0.0.0", "token": TOKEN, "headers": {"Authorization": f"Bearer {TOKEN}"}}  # noqa: S104 - what is tested
    async with served(**given, allowed_hosts=("music.example",)) as http:
        ours = await http.post("/mcp", json=LIST, headers={"Host": "music.example"})
        other = await http.post("/mcp", json=LIST, headers={"Host": "evil.example"})

    assert (ours.status_code, other.status_code) == (200, 421)


async def test_a_form_of_another_page_is_refused(served):
    async with served() as http:
        answered = await http.post("/mcp", content="{}", headers={"Content-Type": "text/plain"})

    assert answered.status_code in {400, 415}


@pytest.mark.parametrize(
    "given", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer", "Bearer \u00fc"]
)
async def test_without_the_token_nobody_gets_in(served, given):
    headers = {"Authorization": given.encode()} if given else {}
    async with served(token=TOKEN) as http:
        answered = await http.post("/mcp", json=LIST, headers=headers)

    assert answered.status_code == 401
    assert answered.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answered.text


async def test_with_the_token_a_client_gets_in(served):
    async with (
        served(token=TOKEN, headers={"Authorization": f"Bearer {TOKEN}"}) as http,
        connected(http) as client,
    ):
        found = await answer(client, "search_tracks", query="Harbour Lights")

    assert found["tracks"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "music.example"])  # noqa: S104 - what is tested
@pytest.mark.parametrize("token", [None, ""])
async def test_beyond_loopback_it_does_not_start_without_a_token(database, host, token):
    server = spotify_mcp_server(desk_over(InMemoryCatalogue(), database))

    with pytest.raises(SettingsError, match="beyond this machine") as refused:
        mcp_app(server, host=host, token=token)
    assert "SEGUE_MCP_TOKEN" in refused.value.hint


async def test_a_short_token_is_refused(database):
    server = spotify_mcp_server(desk_over(InMemoryCatalogue(), database))

    with pytest.raises(SettingsError, match="has 15 characters") as refused:
        mcp_app(server, host="127.0.0.1", token="x" * 15)
    assert "token_urlsafe" in refused.value.hint


async def test_who_keeps_sending_wrong_tokens_is_told_to_wait(served):
    async with served(token=TOKEN) as http:
        wrong = {"Authorization": "Bearer wrong"}
        answers = [await http.post("/mcp", headers=wrong) for _ in range(REFUSALS_PER_MINUTE + 1)]

    assert [answers[-2].status_code, answers[-1].status_code] == [401, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
async def test_on_loopback_it_needs_no_token(database, host):
    server = spotify_mcp_server(desk_over(InMemoryCatalogue(), database))

    assert mcp_app(server, host=host, token=None).routes


async def test_a_body_beyond_the_limit_is_refused(served):
    async with served() as http:
        answered = await http.post(
            "/mcp",
            content=b" " * (BODY_LIMIT + 1),
            headers={"Content-Type": "application/json"},
        )

    assert answered.status_code == 413


async def test_a_session_of_the_older_protocol_keeps_its_basket(served):
    async with served(stateful=True) as http, connected(http, mode="legacy") as client:
        await answer(client, "basket_add", track_uris=[TRACKS[0].uri])
        shown = await answer(client, "basket_show")

    assert shown["tracks"] == [TRACKS[0].uri]


async def test_sessions_do_not_see_each_others_baskets(served):
    async with served(stateful=True) as http, connected(http, mode="legacy") as one:
        await answer(one, "basket_add", track_uris=[TRACKS[0].uri])
        async with connected(http, mode="legacy") as other:
            told = await refusal(other, "basket_show")

    assert "This session has no basket" in told


async def test_where_there_are_no_sessions_the_way_without_is_told(served):
    headers = {"mcp-session-id": "invented"}
    async with served(stateful=True, headers=headers) as http, connected(http) as client:
        told = await refusal(client, "basket_add", track_uris=[TRACKS[0].uri])
        opened = await answer(client, "basket_open")

    assert "no session" in told
    assert "basket_open" in told
    assert opened["basket"]
