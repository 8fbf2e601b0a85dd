"""The local service's answers in Spotify's own words, in process."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx2
import pytest

from segue.errors.settings import SettingsError
from segue.music.catalogues.local.app import Behaviour, LocalFiles, build_app
from segue.music.catalogues.local.faults import FaultPlan
from segue.music.catalogues.local.ids import ID, derived_id, new_id
from segue.music.catalogues.local.serve import run
from segue.music.catalogues.local.shapes import TrackTexts
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.programs.processes import write_catalogue

BASE = "http://127.0.0.1:4711"
MISSING = "z" * 22


@asynccontextmanager
async def client_of(
    files: LocalFiles, *, behaviour: Behaviour | None = None
) -> AsyncGenerator[httpx2.AsyncClient]:
    app = build_app(files, base_url=BASE, behaviour=behaviour)
    transport = httpx2.ASGITransport(app=app)
    # The transport starts and ends no app, and the files are closed at its end.
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=BASE) as client,
    ):
        yield client


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    csv = write_catalogue(tmp_path / "tracks.csv", TRACKS)
    return LocalFiles(tmp_path / "index.db", tmp_path / "playlists.db", csv)


@pytest.fixture
async def anonymous(files: LocalFiles) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(files) as client:
        yield client


@pytest.fixture
async def api(anonymous: httpx2.AsyncClient) -> httpx2.AsyncClient:
    await log_in(anonymous)
    return anonymous


async def log_in(client: httpx2.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await client.post("/api/token", data=form, auth=("me", "x"))
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


async def made(api: httpx2.AsyncClient, *numbers: int) -> str:
    playlist = (await api.post("/v1/me/playlists", json={"name": "Mine"})).json()["id"]
    if numbers:
        uris = [track_uri(number) for number in numbers]
        await api.post(f"/v1/playlists/{playlist}/items", json={"uris": uris})
    return playlist


async def numbers_in(api: httpx2.AsyncClient, playlist: str) -> list[int]:
    page = (await api.get(f"/v1/playlists/{playlist}/items?limit=50")).json()
    return [int(entry["item"]["id"]) for entry in page["items"]]


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    error = cast("dict[str, dict[str, object]]", answer.json())["error"]
    assert error["status"] == answer.status_code
    return answer.status_code, str(error["message"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/search?type=track", (400, "No search query")),
        ("/v1/search?q=a", (400, "Missing parameter type")),
        ("/v1/search?q=a&type=track,song", (400, "Bad search type field song")),
        ("/v1/search?q=a&type=track&limit=11", (400, "Invalid limit")),
        ("/v1/search?q=a&type=track&limit=ten", (400, "Invalid limit")),
        ("/v1/search?q=a&type=track&offset=1001", (400, "Invalid offset")),
        ("/v1/tracks/short", (400, "Invalid base62 id")),
        (f"/v1/tracks/{MISSING}", (404, "Resource not found")),
        ("/v1/playlists/short", (400, "Invalid base62 id")),
        (f"/v1/playlists/{MISSING}", (404, "Resource not found")),
        (f"/v1/playlists/{MISSING}/items", (404, "Resource not found")),
        (f"/v1/playlists/{MISSING}/tracks", (403, "Forbidden")),
        ("/v1/me/playlists?limit=51", (400, "Invalid limit")),
        ("/v1/recommendations", (404, "Service not found")),
    ],
)
async def test_a_wrong_read_is_refused_in_spotifys_words(
    api: httpx2.AsyncClient, path: str, expected: tuple[int, str]
):
    assert refusal(await api.get(path)) == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("POST", b"{", (400, "Error parsing JSON.")),
        ("POST", b"[]", (400, "Error parsing JSON.")),
        ("POST", b"{}", (400, "No uris provided")),
        ("POST", b'{"uris": []}', (400, "No uris provided")),
        ("POST", b'{"uris": [1]}', (400, "Invalid track uri: 1")),
        ("POST", b'{"uris": ["spotify:album:x"]}', (400, "Invalid track uri: spotify:album:x")),
        (
            "POST",
            b'{"uris": ["spotify:track:%s"]}' % MISSING.encode(),
            (400, "Payload contains a non-existing ID"),
        ),
        (
            "POST",
            b'{"uris": ["%s"], "position": "1"}' % track_uri(1).encode(),
            (400, "Error parsing JSON."),
        ),
        (
            "POST",
            b'{"uris": ["%s"], "position": 1}' % track_uri(1).encode(),
            (403, "Index out of bounds."),
        ),
        ("PUT", b"{}", (400, "Missing range_start or insert_before")),
        ("PUT", b'{"range_start": 0, "insert_before": 1}', (403, "Index out of bounds.")),
        ("DELETE", b'{"tracks": []}', (400, "No uris provided")),
        ("DELETE", b'{"items": [5]}', (400, "Invalid track uri: None")),
        ("PATCH", b"{}", (405, "Method Not Allowed")),
    ],
)
async def test_a_wrong_write_is_refused_and_changes_nothing(
    api: httpx2.AsyncClient, method: str, body: bytes, expected: tuple[int, str]
):
    playlist = await made(api)

    answer = await api.request(method, f"/v1/playlists/{playlist}/items", content=body)

    assert refusal(answer) == expected
    assert await numbers_in(api, playlist) == []


async def test_without_a_valid_token_nothing_is_answered(anonymous: httpx2.AsyncClient):
    bearer = {"Authorization": "Bearer made.up"}
    basic = {"Authorization": "Basic bWU6eA=="}

    assert refusal(await anonymous.get("/v1/me")) == (401, "No token provided")
    assert refusal(await anonymous.get("/v1/me", headers=bearer)) == (401, "Invalid access token")
    assert refusal(await anonymous.get("/v1/me", headers=basic)) == (401, "Invalid access token")


async def test_a_name_that_is_not_loopback_is_refused_wherever_it_points(api: httpx2.AsyncClient):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""):
        assert (await api.get("/v1/me", headers={"Host": host})).status_code == 403
    for host in ("localhost:80", "127.0.0.1", "[::1]:99"):
        assert (await api.get("/v1/me", headers={"Host": host})).status_code == 200


async def test_a_search_gives_five_unless_asked_for_more(api: httpx2.AsyncClient):
    five = (await api.get("/v1/search?q=milestone&type=track")).json()["tracks"]
    ten = (await api.get("/v1/search?q=milestone&type=track&limit=10")).json()["tracks"]
    none = (await api.get("/v1/search?q=milestone&type=track&limit=0")).json()["tracks"]

    assert [len(page["items"]) for page in (five, ten, none)] == [5, 10, 0]
    assert (five["limit"], five["offset"], five["previous"]) == (5, 0, None)
    assert none["next"] is None


async def test_following_next_reads_every_hit_once(api: httpx2.AsyncClient):
    page = (await api.get("/v1/search?q=harbour&type=track&limit=2")).json()["tracks"]
    seen = [item["id"] for item in page["items"]]
    while page["next"]:
        page = (await api.get(page["next"])).json()["tracks"]
        seen += [item["id"] for item in page["items"]]

    assert len(seen) == len(set(seen)) == page["total"] == 3


async def test_other_types_are_known_and_empty(api: httpx2.AsyncClient):
    answer = (await api.get("/v1/search?q=harbour&type=album,track&limit=1")).json()

    assert answer["albums"]["items"] == []
    assert len(answer["tracks"]["items"]) == 1


async def test_replacing_makes_the_playlist_hold_these_and_nothing_else(api: httpx2.AsyncClient):
    playlist = await made(api, 1, 2, 3)

    body = {"uris": [track_uri(4), track_uri(4)]}
    answer = await api.put(f"/v1/playlists/{playlist}/items", json=body)

    assert answer.status_code == 200
    assert await numbers_in(api, playlist) == [4, 4]


@pytest.mark.parametrize(
    ("start", "length", "before", "expected"),
    [
        (0, 1, 4, [2, 3, 4, 1]),
        (3, 1, 0, [4, 1, 2, 3]),
        (1, 2, 0, [2, 3, 1, 4]),
        (0, 2, 3, [3, 1, 2, 4]),
        (1, 2, 2, [1, 2, 3, 4]),
    ],
)
async def test_a_run_of_items_is_moved_before_another(
    api: httpx2.AsyncClient, start: int, length: int, before: int, expected: list[int]
):
    playlist = await made(api, 1, 2, 3, 4)

    body = {"range_start": start, "range_length": length, "insert_before": before}
    await api.put(f"/v1/playlists/{playlist}/items", json=body)

    assert await numbers_in(api, playlist) == expected


async def test_a_stranger_sees_a_playlist_without_its_items(
    api: httpx2.AsyncClient, files: LocalFiles
):
    playlist = await made(api, 1)
    async with client_of(files) as other:
        answer = await other.post(
            "/api/token", data={"grant_type": "client_credentials", "client_id": "other"}
        )
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        seen = (await other.get(f"/v1/playlists/{playlist}", headers=bearer)).json()

    assert seen["name"] == "Mine"
    assert "items" not in seen


async def test_a_track_that_left_the_catalogue_leaves_an_empty_slot(
    api: httpx2.AsyncClient, files: LocalFiles, tmp_path: Path
):
    playlist = await made(api, 1, 2)
    token = api.headers["Authorization"]
    fewer = LocalFiles(
        tmp_path / "other.db",
        files.playlists,
        write_catalogue(tmp_path / "fewer.csv", TRACKS[1:]),
    )
    async with client_of(fewer) as later:
        page = await later.get(f"/v1/playlists/{playlist}/items", headers={"Authorization": token})

    slots = page.json()["items"]
    assert [slot["item"] and slot["item"]["id"][-1] for slot in slots] == [None, "2"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "password", "client_id": "a"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "client_id": "a"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "client_id": "a", "code": "x"}, "invalid_grant"),
    ],
)
async def test_a_wrong_token_request_is_refused_as_oauth_says(
    anonymous: httpx2.AsyncClient, form: dict[str, str], expected: str
):
    answer = await anonymous.post("/api/token", data=form)

    assert (answer.status_code, answer.json()["error"]) == (400, expected)


async def test_credentials_that_are_not_base64_are_no_application(anonymous: httpx2.AsyncClient):
    broken = {"Authorization": "Basic !"}
    answer = await anonymous.post(
        "/api/token", data={"grant_type": "client_credentials"}, headers=broken
    )

    assert answer.json()["error"] == "invalid_client"


AUTHORIZE = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": "http://127.0.0.1:9/cb",
    "code_challenge_method": "S256",
    "code_challenge": "c" * 43,
    "state": "s",
}


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"redirect_uri": "http://evil.example/cb"}, 400, "Invalid redirect URI"),
        ({"redirect_uri": "https://127.0.0.1/cb"}, 400, "Invalid redirect URI"),
        ({"client_id": ""}, 400, "Invalid client"),
        ({"response_type": "token"}, 303, "error=unsupported_response_type&state=s"),
        ({"code_challenge_method": "plain"}, 303, "error=invalid_request&state=s"),
        ({"code_challenge": ""}, 303, "error=invalid_request&state=s"),
    ],
)
async def test_a_wrong_authorization_is_refused_where_it_is_safe_to_say_so(
    anonymous: httpx2.AsyncClient, changes: dict[str, str], status: int, expected: str
):
    answer = await anonymous.get("/authorize", params=AUTHORIZE | changes)

    assert answer.status_code == status
    assert expected in answer.headers.get("location", answer.text)


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "http://127.0.0.1:9/other"}, {"client_id": "other"}, {}]
)
async def test_a_code_is_for_one_application_one_address_and_one_verifier(
    anonymous: httpx2.AsyncClient, changes: dict[str, str]
):
    back = (await anonymous.get("/authorize", params=AUTHORIZE)).headers["location"]
    form = {
        "grant_type": "authorization_code",
        "code": httpx2.URL(back).params["code"],
        "client_id": "app",
        "redirect_uri": "http://127.0.0.1:9/cb",
        "code_verifier": "not the one",
    }

    answer = await anonymous.post("/api/token", data=form | changes)

    assert answer.json()["error"] == "invalid_grant"


async def test_a_fault_plan_comes_as_json_and_is_checked(api: httpx2.AsyncClient):
    as_form = await api.post("/_faults", content=b"{}", headers={"Content-Type": "text/plain"})
    wrong = await api.post("/_faults", json={"rate_limited": 2})
    right = await api.post("/_faults", json={"rate_limited": 1, "retry_after": "3"})
    limited = await api.get("/v1/me")

    assert (as_form.status_code, wrong.status_code, right.status_code) == (415, 400, 200)
    assert refusal(limited) == (429, "API rate limit exceeded")
    assert limited.headers["retry-after"] == "3"
    report = (await api.get("/_faults")).json()
    assert report["injected"] == {"rate_limited": 1}
    assert report["requests"]["GET /v1/me"] == 1


async def test_a_rate_limit_may_come_without_a_time(files: LocalFiles):
    plan = FaultPlan(quota_exceeded=1, retry_after=None)
    async with client_of(files, behaviour=Behaviour(plan)) as client:
        limited = await client.get("/v1/me")

    assert limited.json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert "retry-after" not in limited.headers


async def test_health_counts_what_is_there(api: httpx2.AsyncClient):
    await made(api)

    health = (await api.get("/healthz")).json()

    assert health == {"status": "ok", "tracks": len(TRACKS), "playlists": 1}


def test_a_tracks_text_follows_the_catalogue_and_memory_stays_bounded():
    current = {track.uri.rpartition(":")[2]: track for track in TRACKS[:3]}
    texts = TrackTexts(BASE, current.get, capacity=2)
    one = TRACKS[0]

    before = texts.of(one)
    renamed = one.model_copy(update={"title": "Renamed"})

    assert texts.of(one) is before
    assert '"name":"Renamed"' in texts.of(renamed)
    assert [texts.by_id(name) is not None for name in (*current, "missing")] == [True] * 3 + [False]
    assert len(texts._known) <= 2


def test_ids_have_spotifys_form_and_derived_ones_stay_the_same():
    assert ID.fullmatch(new_id())
    assert new_id() != new_id()
    assert ID.fullmatch(derived_id("artist", "Ada Quill"))
    assert derived_id("artist", "Ada Quill") == derived_id("artist", "Ada Quill")
    assert derived_id("a", "bc") != derived_id("ab", "c")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::"])  # noqa: S104 - must be refused
def test_the_service_never_listens_beyond_this_machine(files: LocalFiles, host: str):
    with pytest.raises(SettingsError, match="loopback"):
        run(files, host=host)
