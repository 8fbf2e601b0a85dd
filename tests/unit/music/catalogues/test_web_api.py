"""What the client makes of every answer, and of none: real HTTP against a scripted server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest
from tests.fakes.scripted_http import Answer, Line, Reply, ScriptedServer, scripted_server

from segue.errors import (
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
from segue.music.catalogues.port import Playlist
from segue.music.catalogues.web_api import WebApiCatalogue
from segue.music.contracts import Track

PLAYLIST = "p" * 22
URI = "spotify:track:" + "t" * 22
TOKEN = "token-that-nobody-may-see"  # noqa: S105 - invented
Call = Callable[[WebApiCatalogue], Awaitable[object]]


class CountingTokens:
    """Gives ``token``, then ``token-1``, ``token-2`` … when asked to refresh."""

    def __init__(self) -> None:
        self.refreshed: list[str] = []
        self.closed = False

    async def access_token(self) -> str:
        return TOKEN

    async def refresh(self, stale: str) -> str:
        self.refreshed.append(stale)
        return f"{TOKEN}-{len(self.refreshed)}"

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server(Reply()) as scripted:
        yield scripted


@pytest.fixture
def tokens() -> CountingTokens:
    return CountingTokens()


@pytest.fixture
async def client(server: ScriptedServer, tokens: CountingTokens) -> AsyncIterator[WebApiCatalogue]:
    pool = httpx2.AsyncClient(timeout=httpx2.Timeout(5, read=0.3), trust_env=False)
    catalogue = WebApiCatalogue(
        name="spotify", api_url=f"{server.url}/v1/", tokens=tokens, client=pool
    )
    yield catalogue
    await catalogue.aclose()


def refusal(status: int, message: str = "why", *, reason: str | None = None) -> Reply:
    error = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    return Reply(status, {"error": error})


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
    server: ScriptedServer, client: WebApiCatalogue, call: Call, line: Line
):
    server.script(line)

    with pytest.raises(CatalogueUnavailableError):
        await call(client)


@pytest.mark.parametrize("line", list(Line))
@pytest.mark.parametrize("call", calls(NOT_REPEATABLE))
async def test_no_answer_to_a_write_leaves_its_outcome_unknown_and_is_not_sent_again(
    server: ScriptedServer, client: WebApiCatalogue, call: Call, line: Line
):
    server.script(line)

    with pytest.raises(OutcomeUnknownError):
        await call(client)

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


# -- both dialects -------------------------------------------------------------------------------

TRACK = {
    "uri": URI,
    "id": "t" * 22,
    "name": "Harbour Lights",
    "artists": [{"name": "Ada Quill"}, {"name": None}],
    "album": {"name": "Tidewater", "release_date": "1971-03"},
    "duration_ms": 201000,
    "external_ids": {"isrc": "GBAAA7100001"},
    "popularity": 12,
}
OURS = Track(
    uri=URI,
    title="Harbour Lights",
    artists=("Ada Quill",),
    album="Tidewater",
    release_date="1971-03",
    duration_ms=201000,
    isrc="GBAAA7100001",
)
EPISODE = {"uri": "spotify:episode:" + "e" * 22, "name": "Talk", "type": "episode"}
LOCAL_FILE = {"uri": "spotify:local:a:b:c:120", "name": "c", "id": None, "album": {"name": ""}}


@pytest.mark.parametrize("key", ["item", "track"])
async def test_every_slot_of_a_playlist_is_kept_whatever_is_in_it(
    server: ScriptedServer, client: WebApiCatalogue, key: str
):
    slots: list[object] = [
        {key: TRACK, "is_local": False},
        {key: None},
        None,
        {key: EPISODE},
        {key: LOCAL_FILE, "is_local": True},
        {key: TRACK},
    ]
    server.script(Reply(200, {"items": slots, "total": 6}))

    page = await client.read_items(PLAYLIST)

    assert page.items == (OURS, None, None, None, None, OURS)
    assert page.total == 6


async def test_a_relinked_track_keeps_the_address_that_the_playlist_holds(
    server: ScriptedServer, client: WebApiCatalogue
):
    relinked = {**TRACK, "uri": "spotify:track:" + "u" * 22, "linked_from": {"uri": URI}}
    server.script(Reply(200, {"items": [{"item": relinked}], "total": 1}))

    assert (await client.read_items(PLAYLIST)).uris == (URI,)


async def test_what_spotify_leaves_out_stays_unknown(
    server: ScriptedServer, client: WebApiCatalogue
):
    bare = {"uri": URI, "name": "Bare", "album": {"name": "", "release_date": "0000"}}
    server.script(Reply(200, {"tracks": {"items": [bare, None]}}))

    assert await client.search("q") == (Track(uri=URI, title="Bare", artists=()),)


@pytest.mark.parametrize("key", ["items", "tracks"])
async def test_a_playlists_size_is_read_in_both_dialects(
    server: ScriptedServer, client: WebApiCatalogue, key: str
):
    body = {
        "id": PLAYLIST,
        "name": "Mine",
        "description": None,
        "owner": {"id": "me"},
        "snapshot_id": "s1",
        "external_urls": {"spotify": "https://open.spotify.com/playlist/x"},
        key: {"total": 7},
    }
    server.script(Reply(200, body))

    assert await client.get_playlist(PLAYLIST) == Playlist(
        id=PLAYLIST,
        name="Mine",
        owner_id="me",
        snapshot_id="s1",
        url="https://open.spotify.com/playlist/x",
        total=7,
    )


@pytest.mark.parametrize(
    "unknown", [refusal(404, "Service not found"), refusal(405), Reply(404, b"")], ids=str
)
async def test_an_unknown_items_path_is_replaced_by_the_old_one_for_good(
    server: ScriptedServer, client: WebApiCatalogue, unknown: Answer
):
    server.script(unknown, Reply(200, {"items": [], "total": 0}), Reply(201, {}), Reply(200, {}))

    await client.read_items(PLAYLIST)
    await client.add_items(PLAYLIST, [URI], position=0)
    await client.remove_items(PLAYLIST, [URI])

    assert [(request.method, request.target.partition("?")[0]) for request in server.received] == [
        ("GET", f"/v1/playlists/{PLAYLIST}/items"),
        ("GET", f"/v1/playlists/{PLAYLIST}/tracks"),
        ("POST", f"/v1/playlists/{PLAYLIST}/tracks"),
        ("DELETE", f"/v1/playlists/{PLAYLIST}/tracks"),
    ]
    assert server.received[-1].json == {"tracks": [{"uri": URI}]}


async def test_a_missing_playlist_is_no_reason_to_change_the_dialect(
    server: ScriptedServer, client: WebApiCatalogue
):
    server.script(refusal(404, "Resource not found"))

    for _ in range(2):
        with pytest.raises(NotFoundError):
            await client.read_items(PLAYLIST)

    targets = {request.target.partition("?")[0] for request in server.received}
    assert targets == {f"/v1/playlists/{PLAYLIST}/items"}


async def test_requests_have_the_documented_form(server: ScriptedServer, client: WebApiCatalogue):
    playlist = {"id": PLAYLIST, "name": "n"}
    server.script(Reply(200, {"tracks": {"items": []}}), Reply(201, playlist), Reply(201), Reply())

    await client.search("track:a & b", limit=3, offset=6)
    await client.create_playlist("n", description="d")
    await client.add_items("../x", [URI], position=4)
    await client.remove_items(PLAYLIST, [URI])

    search, create, add, remove = server.received
    assert search.target == "/v1/search?q=track%3Aa+%26+b&type=track&limit=3&offset=6"
    assert create.json == {"name": "n", "description": "d", "public": False}
    assert add.json == {"uris": [URI], "position": 4}
    assert add.target == "/v1/playlists/..%2Fx/items"
    assert remove.json == {"items": [{"uri": URI}]}


async def test_my_playlists_stop_at_an_empty_page_even_when_the_total_disagrees(
    server: ScriptedServer, client: WebApiCatalogue
):
    page = {"items": [{"id": PLAYLIST, "name": "n"}, None], "total": 99}
    server.script(Reply(200, page), Reply(200, {"items": [], "total": 99}))

    assert [playlist.id async for playlist in client.my_playlists()] == [PLAYLIST]
    assert len(server.received) == 2


async def test_an_episode_is_not_a_track(server: ScriptedServer, client: WebApiCatalogue):
    server.script(Reply(200, EPISODE))

    with pytest.raises(NotFoundError):
        await client.get_track("spotify:episode:" + "e" * 22)
