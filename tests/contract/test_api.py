"""The HTTP API as it is run: a process, real HTTP, a real Temporal and the local catalogue."""

import asyncio
import contextlib
import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import asynccontextmanager, closing

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from segue.music.catalogues.open import open_local
from segue.music.catalogues.port import read_all_items
from segue.music.register.values import LOCAL
from segue.runtime.client import connect
from segue.web.app import openapi_document
from segue.web.scopes import Scope
from segue.wiring.stack import StackFiles
from tests.fakes.data.tracks import TRACKS
from tests.fakes.programs.api_process import ApiProcess, running_api
from tests.fakes.waiting import until

FILE = b"title,artist\nHarbour Lights,Ada Quill\nPaper Lanterns,The Ferrymen\n"
ENOUGH = {"SEGUE_REQUESTS_PER_MINUTE": "100000", "SEGUE_UPLOAD_LIMIT_MB": "2"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    with running_api(tmp_path_factory.mktemp("api"), TRACKS, **ENOUGH) as process:
        yield process


@pytest.fixture(scope="module")
def admin(api: ApiProcess) -> dict[str, str]:
    return api.first_key()


@pytest.fixture
async def http(api, admin):
    async with api.client(admin) as client:
        yield client


async def _imported(http, content=FILE):
    answer = await http.post("/api/v1/imports", files={"file": ("Mine.csv", content)})
    assert answer.status_code == 201, answer.text
    return answer.json()["import_id"]


async def _started(http, playlist, content=FILE, **more):
    body = {"import_id": await _imported(http, content), "playlist": playlist, **more}
    answer = await http.post("/api/v1/playlist-syncs", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["workflow_id"]


async def _result(http, workflow_id):
    for _ in range(5):
        answer = await http.get(f"/api/v1/runs/{workflow_id}/result?wait=30")
        if answer.status_code == 200:
            return answer.json()
    raise AssertionError(f"{workflow_id} has not ended")


@asynccontextmanager
async def _events(http, workflow_id, last_id=None):
    headers = {"Last-Event-ID": last_id} if last_id else {}
    url = f"/api/v1/runs/{workflow_id}/events"
    async with http.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200
        yield _parsed(answer)


async def _parsed(answer):
    frame = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            frame[name] = value
        elif "data" in frame:
            yield frame["id"], frame["event"], json.loads(frame["data"])
            frame = {}


def test_the_first_start_makes_a_key_that_opens_everything(api):
    file = api.folder / "api-key"

    answer = httpx2.get(
        f"{api.url}/api/v1/reviews",
        headers={"Authorization": f"Bearer {file.read_text(encoding='ascii').strip()}"},
        trust_env=False,
    )

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(file) in api.output
    assert answer.status_code == 200


def test_beyond_loopback_it_does_not_start_without_a_key(api, tmp_path):
    ours, copy = (sqlite3.connect(folder / "segue.db") for folder in (api.folder, tmp_path))
    with closing(ours), closing(copy):
        ours.backup(copy)
        copy.execute("DELETE FROM api_keys")
        copy.commit()
    beside = {"TEMPORAL_ADDRESS": _temporal(api), "SEGUE_ALLOW_SQLITE": "true"}
    other = ApiProcess(tmp_path, {**beside, **_catalogue(api)})

    refused = other.segue("api", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it is refused

    assert refused.returncode == 3
    assert "no API key" in refused.stderr


def test_a_port_that_is_taken_is_told(api):
    taken = api.segue("api", "--port", api.url.rpartition(":")[2])

    assert taken.returncode == 3
    assert "cannot listen on 127.0.0.1" in taken.stderr


def _temporal(api):
    info = StackFiles(api.folder).running()
    assert info
    assert info.temporal_address
    return info.temporal_address


def _catalogue(api):
    info = StackFiles(api.folder).running()
    assert info
    return {"SEGUE_LOCAL_CATALOGUE_URL": info.companions[LOCAL]}


async def test_it_is_ready_with_all_its_parts(http):
    answer = await http.get("/readyz")

    assert answer.json() == {"ready": True, "temporal": True, "database": True, "worker": True}


async def test_metrics_are_those_of_the_ledger(http):
    answer = await http.get("/metrics")

    assert "# TYPE openai_model_invocations_total counter" in answer.text


async def test_a_file_becomes_a_playlist_and_a_song_joins_it(api, http):
    workflow_id = await _started(http, "Whole")
    whole = await _result(http, workflow_id)
    playlist = whole["playlist"]["playlist"]["id"]
    wish = {"song_title": "Glass Engine", "artist": "", "playlist_id": playlist}
    song = (await http.post("/api/v1/sync", json=wish)).json()["workflow_id"]
    sung = await _result(http, song)

    assert (whole["status"], whole["playlist"]["verified"]) == ("completed", True)
    assert [row["status"] for row in whole["playlist"]["tracks"]] == ["added", "added"]
    assert sung["song"] is not None
    assert sung["error"] is None
    held = await _held(api, playlist)
    added = [row["match"]["uri"] for row in whole["playlist"]["tracks"]]
    assert held[:2] == added
    assert held[2:] == ([sung["song"]["track"]["uri"]] if sung["song"]["success"] else [])
    listed = (await http.get("/api/v1/runs?limit=2")).json()
    assert [run["workflow_id"] for run in listed["runs"]] == [song, workflow_id]


async def _held(api, playlist):
    catalogue = open_local(_catalogue(api)["SEGUE_LOCAL_CATALOGUE_URL"])
    items = await read_all_items(catalogue, playlist)
    await catalogue.aclose()
    return [track.uri for track in items if track]


async def test_twenty_equal_requests_at_once_are_one_workflow(api, http):
    playlist = (await _result(http, await _started(http, "Twenty")))["playlist"]["playlist"]["id"]
    wish = {"song_title": "Twenty At Once", "artist": "Nobody", "playlist_id": playlist}
    headers = {"Idempotency-Key": "twenty"}

    answers = await asyncio.gather(
        *(http.post("/api/v1/sync", json=wish, headers=headers) for _ in range(20))
    )
    workflow_id = answers[0].json()["workflow_id"]
    await _result(http, workflow_id)
    later = await http.post("/api/v1/sync", json=wish, headers=headers)

    assert {answer.status_code for answer in answers} == {202}
    assert {answer.text for answer in [*answers, later]} == {answers[0].text}
    client = await connect(_temporal(api), {})
    assert (await _executions(client, workflow_id)) == 1


async def _executions(client, workflow_id):
    query = f"WorkflowId = '{workflow_id}'"
    await until(
        lambda: _any(client, query), "the run in Temporal's list"
    )  # the list lags behind a little
    return (await client.count_workflows(query)).count


async def _any(client, query):
    return (await client.count_workflows(query)).count > 0


async def test_agents_are_started_by_the_workflow_of_their_strategy(api, http):
    playlist = (await _result(http, await _started(http, "Agents")))["playlist"]["playlist"]["id"]
    wish = {"song_title": "Harbour Lights", "artist": "Ada Quill", "playlist_id": playlist}

    started = (await http.post("/api/v1/agent-sync", json=wish)).json()

    shown = (await http.get(started["url"])).json()
    assert shown["kind"] == "SimpleMusicSyncWorkflow"
    await http.post(f"{started['url']}/cancel")


async def test_a_sync_is_paused_followed_resumed_and_ends(http):
    rows = b"".join(b"Harbour Lights,Ada Quill %d\n" % number for number in range(600))
    workflow_id = await _started(http, "Long", b"title,artist\n" + rows)
    run = f"/api/v1/runs/{workflow_id}"
    assert (await http.post(f"{run}/pause")).status_code == 202

    async def paused():
        progress = (await http.get(run)).json()["progress"]
        return progress is not None and progress["paused"]

    await until(paused, "the sync's pause")
    async with _events(http, workflow_id) as events:
        seen, name, first = await anext(events)
    assert (name, first["status"]) == ("progress", "running")
    assert (await http.post(f"{run}/resume")).status_code == 202

    async with _events(http, workflow_id, seen) as events:
        told = [event async for event in events]

    assert seen not in [event_id for event_id, _, _ in told]
    assert [name for _, name, _ in told].count("ended") == 1
    assert told[-1][2]["status"] == "completed"
    again = await http.get(f"{run}/events", headers={"Last-Event-ID": told[-1][0]})
    assert again.status_code == 204
    late = await http.post(f"{run}/pause")
    assert (late.status_code, late.json()["code"]) == (409, "sync.error")


async def test_a_mirror_shows_what_it_removes_and_waits_for_the_answer(http):
    await _result(http, await _started(http, "Mirror"))
    one = b"title,artist\nPaper Lanterns,The Ferrymen\n"
    workflow_id = await _started(http, "Mirror", one, mode="mirror")
    run = f"/api/v1/runs/{workflow_id}"

    async def asks():
        progress = (await http.get(run)).json()["progress"]
        return progress is not None and progress["phase"] == "awaiting_confirmation"

    await until(asks, "the mirror's question")
    removed = (await http.get(f"{run}/removals")).json()["tracks"]
    assert (await http.post(f"{run}/confirm", json={"agreed": True})).status_code == 202
    result = await _result(http, workflow_id)

    assert [track["title"] for track in removed] == ["Harbour Lights"]
    assert result["playlist"]["removed"] == removed


async def test_a_cancelled_sync_has_a_report(http):
    rows = b"".join(b"Paper Lanterns,The Ferrymen %d\n" % number for number in range(900))
    workflow_id = await _started(http, "Cancelled", b"title,artist\n" + rows)
    run = f"/api/v1/runs/{workflow_id}"
    await http.post(f"{run}/pause")

    answer = await http.post(f"{run}/cancel")
    result = await _result(http, workflow_id)

    assert answer.status_code == 202
    assert result["status"] == "canceled"
    assert result["playlist"]["verified"] is False


async def test_a_later_sync_of_the_same_playlist_is_not_shown_to_the_key_before(api, http):
    both = (Scope.SYNC_READ, Scope.SYNC_WRITE)
    ada, bob = await api.key(*both), await api.key(*both)
    async with api.client(ada) as hers, api.client(bob) as his:
        first = await _started(hers, "Shared")
        hers_then = await _result(hers, first)
        second = await _started(his, "Shared", b"title,artist\nPaper Lanterns,The Ferrymen\n")
        his_now = await _result(his, second)
        hers_now = await _result(hers, first)
        stolen = await his.get(f"/api/v1/runs/{first}/result")

    assert first == second  # the id is the playlist's
    assert hers_now == hers_then
    assert len(his_now["playlist"]["tracks"]) == len(stolen.json()["playlist"]["tracks"]) == 1


async def test_what_is_wrong_with_an_upload_is_told(http):
    empty = await http.post("/api/v1/imports", files={"file": ("a.csv", b"title,artist\n")})
    archive = await http.post("/api/v1/imports", files={"file": ("a.csv", b"PK\x03\x04zip")})
    large = await _refusal_of(http, b"x" * 2_200_000)

    assert (empty.status_code, empty.json()["code"]) == (422, "input.empty")
    assert (archive.status_code, archive.json()["code"]) == (422, "input.unreadable_file")
    assert (large.status_code, large.json()["code"]) == (413, "api.body_too_large")
    assert "segue-upload" not in empty.text + archive.text


async def _refusal_of(http, content: bytes):
    """The answer to an upload that is refused before it ends.

    The server closes such a connection, and who still sends may lose the answer with it (RFC 9112,
    section 9.6); a client asks again.
    """
    for _ in range(20):
        with contextlib.suppress(httpx2.ReadError, httpx2.WriteError):
            return await http.post("/api/v1/imports", files={"file": ("a.csv", content)})
    pytest.fail("no answer arrived in 20 tries")


def test_what_a_started_run_of_nobody_is_asked_for_is_not_there(api, admin):
    answer = httpx2.get(f"{api.url}/api/v1/runs/nope", headers=admin, trust_env=False)

    assert answer.status_code == 404


async def test_keys_are_listed_without_their_secrets_and_revoked(api):
    headers = await api.key(Scope.SYNC_READ)
    text = headers["Authorization"].removeprefix("Bearer ")
    key_id, secret = text.split("_", 2)[1:]

    listed = await asyncio.to_thread(api.segue, "keys", "list", "--json")
    revoked = await asyncio.to_thread(api.segue, "keys", "revoke", key_id)
    async with api.client(headers) as http:
        answer = await http.get("/api/v1/runs")

    assert key_id in listed.stdout
    assert secret not in listed.stdout
    assert revoked.returncode == 0
    assert answer.status_code == 401


_SCHEMA = schemathesis.openapi.from_dict(dict(openapi_document()))


@_SCHEMA.parametrize()
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_no_request_finds_a_defect_or_an_answer_that_the_document_does_not_know(case, api, admin):
    # Whether text is a playlist, or a name an importer's, is for no schema to say: it is a 422.
    told_apart = [positive_data_acceptance]
    case.call_and_validate(base_url=api.url, headers=admin, timeout=60, excluded_checks=told_apart)
