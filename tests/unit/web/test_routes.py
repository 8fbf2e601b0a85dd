"""What the routes answer, with a music service that the test steers."""

import asyncio
import json
from datetime import timedelta

import pytest

from segue.errors.catalogue import CatalogueUnavailableError, RateLimitedError
from segue.errors.sync import SyncError
from segue.errors.temporal import TemporalUnreachableError
from segue.music.contracts.runs import COMPLETED, RunEnding
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncPhase
from segue.music.contracts.tracks import TrackStatus, WorkflowResult
from segue.observability.process_metrics import process_metrics
from tests.fakes.doubles.music_service import matching
from tests.fakes.worlds.web import FakeRun, song


@pytest.fixture
async def key(world):
    return await world.key()


# --- starting -------------------------------------------------------------------------------------


async def test_a_song_is_started_with_the_matcher_and_by_agents_with_their_strategy(world, key):
    one = await world.http.post("/api/v1/sync", json=song(album="Jolene"), headers=key)
    other = await world.http.post("/api/v1/agent-sync", json=song(), headers=key)

    assert (one.status_code, other.status_code) == (202, 202)
    assert one.json() == {
        "workflow_id": "pipeline-jolene",
        "url": "/api/v1/runs/pipeline-jolene",
        "joined": False,
    }
    assert [call[3] for call in world.music.calls] == [Strategy.PIPELINE, Strategy.AGENT]
    assert world.music.calls[0][1].album == "Jolene"


async def test_a_playlist_is_started_as_it_was_asked_for(world, key):
    asked = {"import_id": "0" * 20, "playlist": "Summer", "mode": "mirror", "dry_run": True}

    answer = await world.http.post("/api/v1/playlist-syncs", json=asked, headers=key)

    assert answer.status_code == 202
    request = world.music.calls[0][1]
    assert (request.playlist, request.mode, request.dry_run) == ("Summer", "mirror", True)
    assert not request.wait_for_other


async def test_twenty_equal_requests_at_once_start_one_run(world, key):
    world.music.slow_s = 0.05
    same = {"json": song(), "headers": key | {"Idempotency-Key": "k1"}}

    answers = await asyncio.gather(*(world.http.post("/api/v1/sync", **same) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(world.music.calls) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/sync", song("Hurt")),
        ("/api/v1/agent-sync", song()),
        ("/api/v1/playlist-syncs", {"import_id": "0" * 20, "playlist": "x"}),
    ],
)
async def test_another_request_under_a_used_idempotency_key_is_refused(world, key, path, body):
    headers = key | {"Idempotency-Key": "k1"}
    await world.http.post("/api/v1/sync", json=song(), headers=headers)

    answer = await world.http.post(path, json=body, headers=headers)

    assert answer.status_code == 409
    assert answer.json()["code"] == "api.idempotency_key_reused"
    assert "Retry-After" not in answer.headers


async def test_the_spelling_of_a_repeated_request_does_not_matter(world, key):
    headers = key | {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    texts = (json.dumps(song()), json.dumps(song(), indent=2, sort_keys=True))

    answers = [await world.http.post("/api/v1/sync", content=t, headers=headers) for t in texts]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(world.music.calls) == 1


@pytest.mark.parametrize("idempotency_key", ["", "a b", "x" * 256, "é".encode()])
async def test_an_idempotency_key_that_is_none_is_refused(world, key, idempotency_key):
    answer = await world.http.post(
        "/api/v1/sync", json=song(), headers=key | {"Idempotency-Key": idempotency_key}
    )

    assert answer.status_code == 422


# --- problems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "status", "retry_after"),
    [
        (SyncError("busy"), 409, None),
        (TemporalUnreachableError("away"), 503, "1"),
        (CatalogueUnavailableError("away"), 503, "1"),
        (RateLimitedError("wait", retry_after=timedelta(seconds=6.2)), 429, "7"),
    ],
)
async def test_an_error_of_ours_is_a_problem_with_its_status_code_and_hint(
    world, key, failure, status, retry_after
):
    world.music.failure = failure

    answer = await world.http.post("/api/v1/sync", json=song(), headers=key)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get("Retry-After") == retry_after
    told = answer.json()
    assert told["type"] == f"urn:segue:error:{failure.code}"
    assert (told["status"], told["code"]) == (status, failure.code)
    assert (told["detail"], told["hint"]) == (failure.message, failure.hint)
    assert told["title"].endswith(".")


async def test_a_defect_is_a_500_that_tells_nothing_of_it(world, key):
    world.music.failure = RuntimeError("the password is hunter2")

    answer = await world.http.post("/api/v1/sync", json=song(), headers=key)

    assert answer.status_code == 500
    assert answer.json()["code"] == "segue.error"
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        song(""),
        song(" "),
        song("a\x00b"),
        song("x" * 301),
        song(playlist_id="../../etc"),
        song(song_titel="misspelt"),
        {"artist": "x"},
        [],
        None,
    ],
)
async def test_an_invalid_request_names_the_fields_and_never_what_came(world, key, body):
    answer = await world.http.post("/api/v1/sync", json=body, headers=key)

    assert answer.status_code == 422
    told = answer.json()
    assert told["code"] == "input.invalid"
    assert told["errors"][0]["where"].startswith("body")
    assert "etc" not in answer.text
    assert world.music.calls == []


async def test_what_is_no_json_is_refused(world, key):
    answer = await world.http.post(
        "/api/v1/sync", content=b"{", headers=key | {"Content-Type": "application/json"}
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("DELETE", "/api/v1/runs", 405), ("GET", "/", 404)],
)
async def test_what_is_not_there_is_a_problem_too(world, key, method, path, status):
    answer = await world.http.request(method, path, headers=key)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["code"] == "api.error"
    assert ("Allow" in answer.headers) == (status == 405)


async def test_a_json_body_beyond_its_limit_is_refused(world, key):
    answer = await world.http.post("/api/v1/sync", json=song("x" * 70_000), headers=key)

    assert answer.status_code == 413
    assert answer.json()["code"] == "api.body_too_large"


# --- runs -----------------------------------------------------------------------------------------


async def test_a_run_is_shown_with_its_progress(world, key):
    world.music.runs["w"] = FakeRun("w", steps=[matching(5)])

    shown = (await world.http.get("/api/v1/runs/w", headers=key)).json()

    assert (shown["status"], shown["playlist_name"]) == ("running", "Summer")
    assert shown["progress"]["matched"] == 5


async def test_pages_follow_each_other_without_gap_or_repetition(world, key):
    for number in range(7):
        await world.http.post("/api/v1/sync", json=song(f"S{number}"), headers=key)

    pages, cursor = [], ""
    while True:
        url = f"/api/v1/runs?limit=3{cursor}"
        page = (await world.http.get(url, headers=key)).json()
        pages.append([run["workflow_id"] for run in page["runs"]])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert pages == [
        ["pipeline-s6", "pipeline-s5", "pipeline-s4"],
        ["pipeline-s3", "pipeline-s2", "pipeline-s1"],
        ["pipeline-s0"],
    ]


async def test_a_run_that_temporal_forgot_stays_in_the_list(world, key):
    await world.http.post("/api/v1/sync", json=song(), headers=key)
    world.music.runs.clear()

    page = (await world.http.get("/api/v1/runs", headers=key)).json()

    assert [(run["workflow_id"], run["status"]) for run in page["runs"]] == [
        ("pipeline-jolene", "forgotten")
    ]


async def test_a_result_is_a_202_until_there_is_one(world, key):
    run = world.music.runs["w"] = FakeRun("w")

    early = await world.http.get("/api/v1/runs/w/result?wait=1", headers=key)
    run.status = COMPLETED
    late = await world.http.get("/api/v1/runs/w/result", headers=key)

    assert (early.status_code, early.headers["Retry-After"]) == (202, "1")
    assert early.json()["status"] == "running"
    assert late.status_code == 200
    assert late.json()["playlist"]["verified"] is True


async def test_a_song_and_a_failure_are_results_too(world, key):
    done = WorkflowResult(
        success=True, message="same recording", status=TrackStatus.ADDED, position=1
    )
    world.music.runs["s"] = FakeRun("s", status=COMPLETED, ended=RunEnding(COMPLETED, song=done))
    failed = RunEnding("failed", error=CatalogueUnavailableError("away", hint="wait"))
    world.music.runs["f"] = FakeRun("f", status="failed", ended=failed)

    sung = (await world.http.get("/api/v1/runs/s/result", headers=key)).json()
    broken = await world.http.get("/api/v1/runs/f/result", headers=key)

    assert sung["song"]["success"] is True
    assert broken.status_code == 200
    assert broken.json()["error"] == {
        "code": "catalogue.unavailable",
        "message": "away",
        "hint": "wait",
    }


@pytest.mark.parametrize(
    ("step", "body", "steered"),
    [
        ("cancel", None, ("cancel",)),
        ("pause", None, ("pause",)),
        ("resume", None, ("resume",)),
        ("confirm", {"agreed": False}, ("confirm", False)),
    ],
)
async def test_a_run_is_steered(world, key, step, body, steered):
    run = world.music.runs["w"] = FakeRun("w")

    answer = await world.http.post(f"/api/v1/runs/w/{step}", json=body, headers=key)

    assert answer.status_code == 202
    assert run.steered == [steered]


async def test_what_a_mirror_would_take_out_is_shown(world, key):
    world.music.runs["w"] = FakeRun("w")

    shown = (await world.http.get("/api/v1/runs/w/removals", headers=key)).json()

    assert [track["title"] for track in shown["tracks"]] == ["Hurt"]


# --- events ---------------------------------------------------------------------------------------


def _events(text):
    frames = [frame.split("\n") for frame in text.split("\n\n") if not frame.startswith(":")]
    return [
        (lines[0][4:], lines[1][7:], json.loads(lines[2][6:])) for lines in frames if lines != [""]
    ]


async def test_progress_is_told_once_a_change_and_the_end_last(world, key):
    steps = [matching(1), matching(1), matching(2), matching(9, phase=SyncPhase.DONE)]
    world.music.runs["w"] = FakeRun("w", steps=steps, looks=4)

    answer = await world.http.get("/api/v1/runs/w/events", headers=key)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    events = _events(answer.text)
    assert [name for _, name, _ in events] == ["progress", "progress", "progress", "ended"]
    assert [data["progress"]["matched"] for _, _, data in events[:-1]] == [1, 2, 9]
    assert events[-1][2]["status"] == "completed"


async def test_who_comes_back_is_not_told_again_what_was_seen(world, key):
    world.music.runs["w"] = FakeRun("w", steps=[matching(1)], looks=1)
    first = _events((await world.http.get("/api/v1/runs/w/events", headers=key)).text)
    world.music.runs["w"] = FakeRun("w", steps=[matching(1), matching(2)], looks=2)

    again = await world.http.get(
        "/api/v1/runs/w/events", headers=key | {"Last-Event-ID": first[0][0]}
    )

    assert [
        data["progress"] and data["progress"]["matched"] for *_, data in _events(again.text)
    ] == [
        2,
        None,
    ]


async def test_who_saw_the_end_is_told_that_nothing_will_come(world, key):
    world.music.runs["w"] = FakeRun("w", looks=0)
    ((end_id, name, _),) = _events(
        (await world.http.get("/api/v1/runs/w/events", headers=key)).text
    )

    again = await world.http.get("/api/v1/runs/w/events", headers=key | {"Last-Event-ID": end_id})
    afresh = await world.http.get("/api/v1/runs/w/events", headers=key)

    assert name == "ended"
    assert (again.status_code, again.text) == (204, "")
    assert [event[1] for event in _events(afresh.text)] == ["ended"]


# --- review ---------------------------------------------------------------------------------------


async def test_a_doubt_is_listed_and_decided(world, key):
    listed = (await world.http.get("/api/v1/reviews", headers=key)).json()
    uri = "spotify:track:0000000000000000000001"
    decided = await world.http.post("/api/v1/reviews/k1/decision", json={"uri": uri}, headers=key)
    unknown = await world.http.post("/api/v1/reviews/k9/decision", json={"uri": None}, headers=key)

    assert [item["key"] for item in listed["items"]] == ["k1"]
    assert decided.json()["uri"] == uri
    assert world.music.calls == [("decide", "k1", uri)]
    assert unknown.status_code == 404


# --- operation ------------------------------------------------------------------------------------


async def test_ready_means_temporal_and_the_database(world):
    ready = await world.http.get("/readyz")
    world.up["worker"] = False
    idle = await world.http.get("/readyz")
    world.up["database"] = False
    away = await world.http.get("/readyz")

    assert [answer.status_code for answer in (ready, idle, away)] == [200, 200, 503]
    assert away.json() == {"ready": False, "temporal": True, "database": False, "worker": False}
    assert (await world.http.get("/healthz")).status_code == 200


async def test_metrics_are_served_as_prometheus_reads_them(world, key):
    answer = await world.http.get("/metrics", headers=key)

    assert answer.text == "segue_tokens_total 1.0\n"
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


async def test_requests_are_counted_by_route_and_never_by_address(world, key):
    for path in ("/api/v1/runs/one", "/api/v1/runs/two", "/no/such/place"):
        await world.http.get(path, headers=key)
    await world.http.get("/api/v1/runs/one")

    text = process_metrics().decode()
    counted = [line for line in text.splitlines() if line.startswith("segue_api_requests_total{")]
    assert any('route="/api/v1/runs/{workflow_id}"' in line for line in counted)
    assert any('route="unknown",status="404"' in line for line in counted)
    assert any('route="unknown",status="401"' in line for line in counted)
    assert not any("/one" in line or "/no/such" in line for line in counted)
