"""What the client makes of every answer, and of none: real HTTP against a scripted server."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest

from segue.errors.catalogue import (
    CatalogueError,
    CatalogueUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    LoginRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaExceededError,
    RateLimitedError,
    UnexpectedResponseError,
)
from segue.music.catalogues.answers import DEFAULT_RETRY_AFTER, LEAST_RETRY_AFTER
from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.doubles.scripted_http import Line, Reply, ScriptedServer, refusal
from tests.fakes.doubles.tokens import TOKEN, CountingTokens

PLAYLIST = "p" * 22
URI = "spotify:track:" + "t" * 22
Call = Callable[[WebApiCatalogue], Awaitable[object]]


READS: list[tuple[str, Call]] = [
    ("search", lambda c: c.search("q")),
    ("get_track", lambda c: c.get_track(URI)),
    ("my_id", lambda c: c.my_id()),
    ("my_playlists", lambda c: anext(c.my_playlists())),
    ("get_playlist", lambda c: c.get_playlist(PLAYLIST)),
    ("read_items", lambda c: c.read_items(PLAYLIST)),
]
REPEATABLE: list[tuple[str, Call]] = [*READS, ("remove", lambda c: c.remove_items(PLAYLIST, [URI]))]
NOT_REPEATABLE: list[tuple[str, Call]] = [
    ("create", lambda c: c.create_playlist("n")),
    ("add", lambda c: c.add_items(PLAYLIST, [URI], position=0)),
]


def calls(table: list[tuple[str, Call]]) -> list[object]:
    return [pytest.param(call, id=name) for name, call in table]


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400), InvalidRequestError),
        (refusal(403), ForbiddenError),
        (refusal(403, "Index out of bounds."), InvalidRequestError),
        (refusal(404), NotFoundError),
        (refusal(408), CatalogueUnavailableError),
        (refusal(413), InvalidRequestError),
        (refusal(429), RateLimitedError),
        (refusal(429, reason="QUOTA_EXCEEDED"), QuotaExceededError),
        (Reply(404, b"<html>nothing here</html>"), NotFoundError),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(getattr(value, "status", "")),
)
@pytest.mark.parametrize("call", calls([*REPEATABLE, *NOT_REPEATABLE]))
async def test_a_refusal_is_its_error_for_every_call(
    server: ScriptedServer,
    client: WebApiCatalogue,
    call: Call,
    answer: Reply,
    error: type[CatalogueError],
):
    server.script(answer)

    with pytest.raises(CatalogueError) as raised:
        await call(client)

    assert type(raised.value) is error


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("call", calls(REPEATABLE))
async def test_a_server_error_to_a_repeatable_call_means_unavailable(
    server: ScriptedServer, client: WebApiCatalogue, call: Call, status: int
):
    server.script(refusal(status))

    with pytest.raises(CatalogueUnavailableError, match=str(status)):
        await call(client)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("call", calls(NOT_REPEATABLE))
async def test_a_server_error_to_a_write_leaves_its_outcome_unknown(
    server: ScriptedServer, client: WebApiCatalogue, call: Call, status: int
):
    server.script(refusal(status))

    with pytest.raises(OutcomeUnknownError, match="may or may not"):
        await call(client)


@pytest.mark.parametrize("line", list(Line))
@pytest.mark.parametrize("call", calls(REPEATABLE))
async def test_no_answer_to_a_repeatable_call_means_unavailable(
    server: ScriptedServer, impatient: WebApiCatalogue, call: Call, line: Line
):
    server.script(line)

    with pytest.raises(CatalogueUnavailableError):
        await call(impatient)


@pytest.mark.parametrize("line", list(Line))
@pytest.mark.parametrize("call", calls(NOT_REPEATABLE))
async def test_no_answer_to_a_write_leaves_its_outcome_unknown_and_is_not_sent_again(
    server: ScriptedServer, impatient: WebApiCatalogue, call: Call, line: Line
):
    server.script(line)

    with pytest.raises(OutcomeUnknownError):
        await call(impatient)

    assert len(server.received) == 1


@pytest.mark.parametrize("call", calls([*REPEATABLE, *NOT_REPEATABLE]))
async def test_no_connection_means_that_nothing_was_sent(
    tokens: CountingTokens, unused_tcp_port: int, call: Call
):
    pool = httpx2.AsyncClient(trust_env=False)
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    catalogue = WebApiCatalogue(name="spotify", api_url=url, tokens=tokens, client=pool)

    with pytest.raises(CatalogueUnavailableError, match="nothing was sent"):
        await call(catalogue)

    await catalogue.aclose()
    assert tokens.closed


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"tracks": 5, "items": {}}', b'{"id": null}'], ids=repr
)
@pytest.mark.parametrize("call", calls(READS))
async def test_an_answer_of_another_shape_is_unexpected(
    server: ScriptedServer, client: WebApiCatalogue, call: Call, body: bytes
):
    server.script(Reply(200, body))

    with pytest.raises(UnexpectedResponseError, match="not the documented answer"):
        await call(client)


async def test_a_playlist_was_perhaps_made_when_the_answer_cannot_be_read(
    server: ScriptedServer, client: WebApiCatalogue
):
    server.script(Reply(201, b"<html>"))

    with pytest.raises(OutcomeUnknownError):
        await client.create_playlist("n")


async def test_a_redirect_is_not_followed(server: ScriptedServer, client: WebApiCatalogue):
    server.script(Reply(302, {}, {"Location": f"{server.url}/elsewhere"}))

    with pytest.raises(UnexpectedResponseError, match="302"):
        await client.my_id()
    with pytest.raises(OutcomeUnknownError, match="302"):
        await client.create_playlist("n")


# -- waiting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "86400"}, timedelta(days=1)),
        ({"Retry-After": "0"}, LEAST_RETRY_AFTER),
        (
            {
                "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT",
            },
            timedelta(seconds=90),
        ),
        (
            {
                "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT",
            },
            LEAST_RETRY_AFTER,
        ),
        ({"Retry-After": "Sat, 21 Nov 2026 10:01:30 GMT"}, DEFAULT_RETRY_AFTER),
        ({}, DEFAULT_RETRY_AFTER),
        ({"Retry-After": "soon"}, DEFAULT_RETRY_AFTER),
        ({"Retry-After": "-5"}, DEFAULT_RETRY_AFTER),
        ({"Retry-After": "9" * 40}, timedelta(seconds=10**7)),
    ],
    ids=str,
)
async def test_a_rate_limit_says_when_to_come_back(
    server: ScriptedServer, client: WebApiCatalogue, headers: dict[str, str], expected: timedelta
):
    server.script(Reply(429, {"error": {"status": 429, "message": "slow down"}}, headers))

    with pytest.raises(RateLimitedError) as raised:
        await client.search("q")

    assert raised.value.retry_after == expected
    assert len(server.received) == 1


# -- tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", calls([*REPEATABLE, *NOT_REPEATABLE]))
async def test_a_refused_token_is_renewed_once_and_then_a_login_is_needed(
    server: ScriptedServer, client: WebApiCatalogue, tokens: CountingTokens, call: Call
):
    server.script(refusal(401, "The access token expired"))

    with pytest.raises(LoginRequiredError):
        await call(client)

    sent = [request.headers["authorization"] for request in server.received]
    assert sent == [f"Bearer {TOKEN}", f"Bearer {TOKEN}-1"]
    assert tokens.refreshed == [TOKEN]


async def test_a_renewed_token_lets_the_call_succeed(
    server: ScriptedServer, client: WebApiCatalogue
):
    server.script(refusal(401), Reply(200, {"id": "me"}))

    assert await client.my_id() == "me"


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
async def test_no_message_holds_the_token_that_a_catalogue_echoes(
    server: ScriptedServer, client: WebApiCatalogue, status: int
):
    server.script(refusal(status, f"you sent Bearer {TOKEN}, and {'x' * 5000}"))

    with pytest.raises(CatalogueError) as raised:
        await client.search("a private query")

    shown = f"{raised.value!r} {raised.value.message} {raised.value.hint}"
    assert TOKEN not in shown
    assert "private" not in shown
    assert len(shown) < 1000
