"""Tokens of the application, and of a user whose login several workers share."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from segue.errors.catalogue import (
    CatalogueError,
    CatalogueUnavailableError,
    LoginRequiredError,
    RateLimitedError,
    UnexpectedResponseError,
)
from segue.music.catalogues.auth import ClientCredentials
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import (
    Login,
    StoredLogin,
    months_after,
    read_login,
    write_login,
)
from tests.fakes.doubles.scripted_http import Line, Reply, ScriptedServer, scripted_server
from tests.fakes.waiting import until

NOW = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)


TOKEN_NAMES = {"access": "access_token", "refresh": "refresh_token"}


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def grant(access: str, refresh: str | None = None) -> Reply:
    body: dict[str, object] = {"access_token": access, "token_type": "Bearer", "expires_in": 3600}
    return Reply(200, body | ({"refresh_token": refresh} if refresh else {}))


@pytest.fixture
async def accounts() -> AsyncIterator[ScriptedServer]:
    async with scripted_server(grant("one"), grant("two"), grant("three")) as scripted:
        yield scripted


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def pool() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(trust_env=False, answer_timeout=timedelta(seconds=1)) as client:
        yield client


@pytest.fixture
def application(
    accounts: ScriptedServer, clock: Clock, pool: httpx2.AsyncClient
) -> ClientCredentials:
    return ClientCredentials(
        client_id="app",
        client_secret="s3cret-of-app",  # noqa: S106 - invented
        accounts_url=accounts.url,
        client=pool,
        now=clock,
    )


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "spotify-token.json"


@pytest.fixture
def stored(token_file: Path, clock: Clock, pool: httpx2.AsyncClient) -> StoredLogin:
    return StoredLogin(token_file, client=pool, now=clock)


def a_login(accounts: ScriptedServer, **changes: object) -> Login:
    values: dict[str, object] = {
        "client_id": "app",
        "accounts_url": accounts.url,
        "access_token": "zero",
        "refresh_token": "refresh-zero",
        "scope": "playlist-read-private",
        "expires_at": NOW + timedelta(hours=1),
        "consented_at": NOW,
    }
    renamed = {TOKEN_NAMES.get(name, name): value for name, value in changes.items()}
    return Login.model_validate(values | renamed)


def tokens_in(token_file: Path) -> tuple[str, str]:
    login = read_login(token_file)
    return login.access_token, login.refresh_token


def put(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


# -- the application's own token -----------------------------------------------------------------


async def test_an_application_token_is_asked_for_once_and_used_until_just_before_its_end(
    application: ClientCredentials, accounts: ScriptedServer, clock: Clock
):
    together = await asyncio.gather(*(application.access_token() for _ in range(8)))
    clock.now += timedelta(minutes=58)
    later = await application.access_token()
    clock.now += timedelta(minutes=1)
    at_the_end = await application.access_token()

    assert set(together) == {"one"}
    assert (later, at_the_end) == ("one", "two")
    assert [request.body for request in accounts.received] == [b"grant_type=client_credentials"] * 2
    assert accounts.received[0].headers["authorization"].startswith("Basic ")


async def test_calls_whose_token_was_refused_together_renew_it_once(
    application: ClientCredentials, accounts: ScriptedServer
):
    stale = await application.access_token()

    renewed = await asyncio.gather(*(application.refresh(stale) for _ in range(8)))

    assert set(renewed) == {"two"}
    assert len(accounts.received) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(400, {"error": "invalid_client"}), LoginRequiredError),
        (Reply(401, {"error": "invalid_client"}), LoginRequiredError),
        (Reply(400, {"error": "invalid_grant"}), LoginRequiredError),
        (Reply(400, {"error": "temporarily_unavailable"}), CatalogueUnavailableError),
        (Reply(400, b"<html>"), CatalogueError),
        (Reply(429, {}, {"Retry-After": "5"}), RateLimitedError),
        (Reply(503, {}), CatalogueUnavailableError),
        (Reply(200, {"access_token": ""}), UnexpectedResponseError),
        (Line.CUT, CatalogueUnavailableError),
        (Line.HANG, CatalogueUnavailableError),
    ],
    ids=str,
)
async def test_a_refused_token_request_is_a_typed_error_without_the_secret(
    application: ClientCredentials,
    accounts: ScriptedServer,
    answer: Reply | Line,
    error: type[CatalogueError],
):
    accounts.script(answer)

    with pytest.raises(error) as raised:
        await application.access_token()

    assert "s3cret" not in repr(raised.value)


# -- the stored login ----------------------------------------------------------------------------


async def test_without_a_login_every_use_asks_for_one(stored: StoredLogin):
    with pytest.raises(LoginRequiredError, match="Nobody has logged in"):
        await stored.access_token()
    with pytest.raises(LoginRequiredError):
        await stored.refresh("zero")


@pytest.mark.parametrize("content", ["", "{}", '{"access_token": "secret-in-file"'])
async def test_a_damaged_login_asks_for_a_new_one_and_shows_nothing_of_the_old(
    stored: StoredLogin, token_file: Path, content: str
):
    put(token_file, content)

    with pytest.raises(LoginRequiredError) as raised:
        await stored.access_token()

    assert "secret-in-file" not in repr(raised.value)


def test_a_login_is_written_for_its_owner_only_and_in_one_step(
    accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts))
    write_login(token_file, a_login(accounts, access="next"))

    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    assert tokens_in(token_file) == ("next", "refresh-zero")
    assert files_in(token_file.parent) == [token_file.name]


def test_a_login_that_cannot_be_written_leaves_the_old_one_and_no_rubbish(
    accounts: ScriptedServer, tmp_path: Path
):
    occupied = tmp_path / "token.json"
    (occupied / "folder").mkdir(parents=True)

    with pytest.raises(OSError, match=r"token\.json"):
        write_login(occupied, a_login(accounts))

    assert files_in(tmp_path) == ["token.json"]


async def test_a_valid_token_is_used_without_asking(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts))

    assert await stored.access_token() == "zero"
    assert accounts.received == []


async def test_a_renewal_stores_the_new_tokens_and_keeps_the_day_of_consent(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path, clock: Clock
):
    write_login(token_file, a_login(accounts))
    accounts.script(grant("fresh", "refresh-one"))
    clock.now += timedelta(hours=2)

    assert await stored.access_token() == "fresh"

    assert accounts.received[0].body == (
        b"grant_type=refresh_token&refresh_token=refresh-zero&client_id=app"
    )
    assert read_login(token_file) == a_login(
        accounts,
        access="fresh",
        refresh="refresh-one",
        expires_at=clock.now + timedelta(hours=1),
    )


async def test_the_refresh_token_stays_when_no_other_is_given(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts))

    await stored.refresh("zero")

    assert tokens_in(token_file) == ("one", "refresh-zero")


async def test_a_login_that_another_worker_renewed_is_taken_from_the_file(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts, access="already-new"))

    assert await stored.refresh("zero") == "already-new"
    assert accounts.received == []


async def test_a_withdrawn_consent_needs_a_login(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts))
    accounts.script(Reply(400, {"error": "invalid_grant", "error_description": "revoked"}))

    with pytest.raises(LoginRequiredError, match="withdrawn"):
        await stored.refresh("zero")


async def test_a_consent_of_six_months_ago_needs_a_login_without_asking_anybody(
    stored: StoredLogin, accounts: ScriptedServer, token_file: Path, clock: Clock
):
    write_login(token_file, a_login(accounts))
    clock.now = datetime(2027, 2, 28, 12, 0, tzinfo=UTC)

    with pytest.raises(LoginRequiredError, match="6 months"):
        await stored.access_token()

    assert accounts.received == []


@pytest.mark.parametrize(
    ("today", "warned"),
    [
        (datetime(2027, 1, 31, 11, 59, tzinfo=UTC), False),
        (datetime(2027, 1, 31, 12, 0, tzinfo=UTC), True),
        (datetime(2027, 2, 27, tzinfo=UTC), True),
    ],
)
async def test_the_user_is_warned_from_five_months_on(
    stored: StoredLogin,
    accounts: ScriptedServer,
    token_file: Path,
    clock: Clock,
    today: datetime,
    *,
    warned: bool,
):
    write_login(token_file, a_login(accounts))
    clock.now = today

    assert (stored.warning() is not None) == warned
    if warned:
        assert "2027-02-28" in str(stored.warning())


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-07-01", 5, "2026-12-01"),
    ],
)
def test_months_are_those_of_the_calendar(start: str, months: int, end: str):
    assert months_after(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)


WORKER = """
import asyncio, sys
from pathlib import Path
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import StoredLogin

async def main():
    login = StoredLogin(Path(sys.argv[1]), client=http_client(trust_env=False))
    print("ready", flush=True)
    sys.stdin.readline()
    print(*await asyncio.gather(*(login.refresh("zero") for _ in range(5))))
    await login.aclose()

asyncio.run(main())
"""


async def test_many_workers_in_several_processes_renew_the_token_exactly_once(
    accounts: ScriptedServer, token_file: Path
):
    write_login(token_file, a_login(accounts))
    workers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WORKER, str(token_file)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"

    answers = await asyncio.gather(*(worker.communicate(b"go\n") for worker in workers))

    assert [out.split() for out, _ in answers] == [[b"one"] * 5] * 3
    assert len(accounts.received) == 1


async def test_a_worker_waits_for_the_lock_only_so_long(
    stored: StoredLogin,
    accounts: ScriptedServer,
    token_file: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    write_login(token_file, a_login(accounts))
    accounts.script(Line.HANG)
    monkeypatch.setattr("segue.music.catalogues.stored_login.LOCK_WAIT", timedelta(seconds=0.1))
    holder = asyncio.create_task(stored.refresh("zero"))
    await until(lambda: bool(accounts.received), "the holder asks for a token")

    with pytest.raises(CatalogueUnavailableError, match="Another process"):
        await stored.refresh("zero")

    with pytest.raises(CatalogueUnavailableError):
        await holder


async def test_tokens_do_not_show_in_a_printed_login(accounts: ScriptedServer):
    shown = repr(a_login(accounts))

    assert "zero" not in shown
    assert "client_id='app'" in shown
