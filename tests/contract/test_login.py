"""The whole login over real HTTP: browser, accounts service, loopback listener, token file."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from segue.errors.catalogue import CatalogueUnavailableError, LoginRequiredError
from segue.errors.settings import SettingsError
from segue.music.catalogues.login import LoginRequest, login
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import StoredLogin, read_login
from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.doubles.scripted_http import Line, Reply, scripted_server
from tests.fakes.programs.processes import LocalCatalogueProcess
from tests.fakes.waiting import until

Browser = Callable[[str], object]


@pytest.fixture
async def pool() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(trust_env=False) as client:
        yield client


@pytest.fixture
def asked(tmp_path: Path, shared_services: dict[str, LocalCatalogueProcess]) -> LoginRequest:
    return LoginRequest(
        client_id="listener",
        redirect_uri="http://127.0.0.1/callback",
        accounts_url=shared_services["local"].url,
        token_file=tmp_path / "token.json",
        wait=timedelta(seconds=60),
    )


def visit(address: str) -> httpx2.Response:
    return httpx2.get(address, follow_redirects=True, trust_env=False)


def redirect_of(address: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(address).query)
    return query["redirect_uri"][0], query["state"][0]


class Recording:
    """A browser that follows redirects and keeps what it saw; ``first`` are visits before that."""

    def __init__(self, *first: Callable[[str, str], str]) -> None:
        self.pages: list[httpx2.Response] = []
        self._first = first

    def __call__(self, address: str) -> None:
        redirect, state = redirect_of(address)
        self.pages += [visit(before(redirect, state)) for before in self._first]
        self.pages.append(visit(address))


async def test_a_user_who_agrees_is_logged_in_and_can_use_playlists(
    asked: LoginRequest, pool: httpx2.AsyncClient
):
    browser = Recording()

    stored = await login(asked, client=pool, open_browser=browser)

    assert [page.status_code for page in browser.pages] == [200]
    assert "Logged in" in browser.pages[0].text
    assert "default-src 'none'" in browser.pages[0].headers["content-security-policy"]
    assert stat.S_IMODE(asked.token_file.stat().st_mode) == 0o600
    assert read_login(asked.token_file).scope.split() == [
        "playlist-read-private",
        "playlist-read-collaborative",
        "playlist-modify-private",
        "playlist-modify-public",
    ]
    async with http_client(trust_env=False) as api:
        url = f"{asked.accounts_url}/v1"
        catalogue = WebApiCatalogue(name="spotify", api_url=url, tokens=stored, client=api)
        assert await catalogue.my_id() == "listener"


async def test_a_login_can_be_renewed_again_and_again(
    asked: LoginRequest, pool: httpx2.AsyncClient
):
    stored = await login(asked, client=pool, open_browser=visit)
    seen = [read_login(asked.token_file).refresh_token]

    for _ in range(3):
        await stored.refresh(await stored.access_token())
        seen.append(read_login(asked.token_file).refresh_token)

    assert len(set(seen)) == 4


async def test_a_used_refresh_token_needs_a_login(asked: LoginRequest, pool: httpx2.AsyncClient):
    stored = await login(asked, client=pool, open_browser=visit)
    old = asked.token_file.read_bytes()
    stale = await stored.access_token()
    await stored.refresh(stale)
    asked.token_file.write_bytes(old)

    with pytest.raises(LoginRequiredError):
        await stored.refresh(stale)


async def test_an_answer_for_another_login_neither_counts_nor_ends_the_wait(
    asked: LoginRequest, pool: httpx2.AsyncClient
):
    browser = Recording(
        lambda redirect, _: f"{redirect}?code=forged&state=other",
        lambda redirect, _: f"{redirect}?code=forged",
        lambda redirect, _: redirect.replace("/callback", "/favicon.ico"),
    )

    stored = await login(asked, client=pool, open_browser=browser)

    assert [page.status_code for page in browser.pages] == [400, 400, 404, 200]
    assert isinstance(stored, StoredLogin)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": "access_denied"}, "declined"),
        ({"error": "server_error"}, "not completed"),
        ({}, "not completed"),
    ],
)
async def test_a_user_who_declines_is_not_logged_in(
    asked: LoginRequest, pool: httpx2.AsyncClient, answer: dict[str, str], said: str
):
    def decline(address: str) -> None:
        redirect, state = redirect_of(address)
        visit(f"{redirect}?{urlencode(answer | {'state': state})}")

    with pytest.raises(LoginRequiredError, match=said):
        await login(asked, client=pool, open_browser=decline)

    assert not asked.token_file.exists()


async def test_a_forged_code_is_refused_and_the_page_says_so(
    asked: LoginRequest, pool: httpx2.AsyncClient
):
    seen: list[httpx2.Response] = []

    def forge(address: str) -> None:
        redirect, state = redirect_of(address)
        seen.append(visit(f"{redirect}?{urlencode({'code': 'forged', 'state': state})}"))
        seen.append(visit(f"{redirect}?{urlencode({'code': 'again', 'state': state})}"))

    with pytest.raises(LoginRequiredError):
        await login(asked, client=pool, open_browser=forge)

    assert [page.status_code for page in seen] == [400, 400]
    assert "Not logged in" in seen[0].text
    assert "Already done" in seen[1].text


async def test_the_wait_for_the_user_ends(asked: LoginRequest, pool: httpx2.AsyncClient):
    short = LoginRequest(
        client_id="listener",
        redirect_uri="http://127.0.0.1/callback",
        accounts_url=asked.accounts_url,
        token_file=asked.token_file,
        wait=timedelta(seconds=0.05),
    )

    with pytest.raises(LoginRequiredError, match="Nobody agreed"):
        await login(short, client=pool, open_browser=lambda _: None)


@pytest.mark.parametrize(
    "redirect", ["http://localhost:8898/callback", "https://127.0.0.1/", "http://10.0.0.7:80/"]
)
async def test_only_a_loopback_address_can_receive_a_login(
    asked: LoginRequest, pool: httpx2.AsyncClient, redirect: str
):
    wrong = LoginRequest("listener", redirect, asked.accounts_url, asked.token_file)

    with pytest.raises(SettingsError, match="SPOTIFY_REDIRECT_URI"):
        await login(wrong, client=pool, open_browser=visit)


async def test_a_port_in_use_is_named(asked: LoginRequest, pool: httpx2.AsyncClient):
    async with scripted_server(Reply()) as other:
        taken = LoginRequest("listener", other.url, asked.accounts_url, asked.token_file)

        with pytest.raises(SettingsError, match="Cannot listen"):
            await login(taken, client=pool, open_browser=visit)


async def test_the_listener_answers_browsers_only(asked: LoginRequest, pool: httpx2.AsyncClient):
    statuses: list[int] = []

    def poke(address: str) -> None:
        redirect, _ = redirect_of(address)
        statuses.append(httpx2.post(redirect, trust_env=False).status_code)
        with pytest.raises(httpx2.TransportError):
            httpx2.get(redirect, headers={"X-Long": "x" * 40_000}, trust_env=False)
        visit(address)

    await login(asked, client=pool, open_browser=poke)

    assert statuses == [405]


async def test_an_accounts_service_that_fails_ends_the_login_with_its_error(
    asked: LoginRequest, pool: httpx2.AsyncClient
):
    def agree(address: str) -> None:
        redirect, state = redirect_of(address)
        visit(f"{redirect}?{urlencode({'code': 'c', 'state': state})}")

    async with scripted_server(
        Reply(503), Reply(200, {"access_token": "a", "expires_in": 9})
    ) as down:
        request = LoginRequest("listener", asked.redirect_uri, down.url, asked.token_file)

        with pytest.raises(CatalogueUnavailableError):
            await login(request, client=pool, open_browser=agree)
        with pytest.raises(LoginRequiredError, match="no lasting login"):
            await login(request, client=pool, open_browser=agree)

    assert not asked.token_file.exists()


async def test_the_wait_includes_an_accounts_service_that_says_nothing(asked: LoginRequest):
    pages: list[int] = []

    def agree(address: str) -> None:
        redirect, state = redirect_of(address)
        pages.append(visit(f"{redirect}?{urlencode({'code': 'c', 'state': state})}").status_code)

    async with (
        scripted_server(Line.HANG) as silent,
        http_client(trust_env=False, answer_timeout=timedelta(minutes=1)) as patient,
    ):
        request = LoginRequest(
            client_id="listener",
            redirect_uri=asked.redirect_uri,
            accounts_url=silent.url,
            token_file=asked.token_file,
            wait=timedelta(seconds=3),
        )

        with pytest.raises(LoginRequiredError, match="Nobody agreed"):
            await login(request, client=patient, open_browser=agree)
        await until(lambda: pages == [400], "the browser is told that the login failed")


async def test_a_cancelled_login_frees_its_port(asked: LoginRequest, pool: httpx2.AsyncClient):
    opened = asyncio.Event()
    loop = asyncio.get_running_loop()
    addresses: list[str] = []

    def note(address: str) -> None:
        addresses.append(redirect_of(address)[0])
        loop.call_soon_threadsafe(opened.set)

    running = asyncio.create_task(login(asked, client=pool, open_browser=note))
    await asyncio.wait_for(opened.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    with pytest.raises(httpx2.ConnectError):
        visit(addresses[0])
