"""Who may ask what: every route, without a key, with another scope, with another's run."""

import pytest

from segue.web.app import openapi_document
from segue.web.key_access import OPEN_PATHS
from segue.web.rates import FEWEST_REFUSALS
from segue.web.scopes import Scope
from segue.web.services import ApiLimits
from tests.fakes.worlds.web import api_world, bearer, song

RUN = "pipeline-jolene"
IMPORT = "0" * 20
BODIES = {
    "sync_song": song(),
    "sync_song_by_agents": song(),
    "sync_playlist": {"import_id": IMPORT, "playlist": "Summer"},
    "confirm_run": {"agreed": True},
    "decide_review": {"uri": None},
    "import_songs": {"songs": [{"title": "Jolene"}]},
}
OPERATIONS = [
    (operation["operationId"], method, path, operation.get("security"))
    for path, methods in openapi_document()["paths"].items()
    for method, operation in methods.items()
]
GUARDED = [operation for operation in OPERATIONS if operation[3]]
OF_A_RUN = [
    operation for operation in GUARDED if operation[2].startswith("/api/v1/runs/{workflow_id}")
]


def _names(operations):
    return [operation[0] for operation in operations]


async def _ask(world, operation, headers):
    name, method, path, _ = operation
    url = path.replace("{workflow_id}", RUN).replace("{key}", "k1").replace("{import_id}", IMPORT)
    if name == "upload_playlist":
        files = {"file": ("a.csv", b"title,artist\nJolene,Dolly Parton\n")}
        return await world.http.request(method, url, headers=headers, files=files)
    return await world.http.request(method, url, headers=headers, json=BODIES.get(name))


def test_every_route_is_guarded_but_the_two_probes():
    open_ones = {path for _, _, path, security in OPERATIONS if not security}

    assert open_ones == OPEN_PATHS - {"/openapi.json"}


@pytest.mark.parametrize("operation", GUARDED, ids=_names(GUARDED))
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic c2VndWU6"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer segue_0123456789ab_nonsense"},
        {"Authorization": "Bearer other_0123456789ab_nonsense"},
        {"Authorization": "Bearer segue_'; DROP TABLE api_keys; --_x"},
        {"Authorization": f"Bearer segue_0123456789ab_{'x' * 9000}"},
    ],
    ids=["none", "basic", "empty", "unknown", "foreign", "injection", "endless"],
)
async def test_without_a_valid_key_no_route_answers(world, operation, headers):
    answer = await _ask(world, operation, headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="segue"'
    assert answer.json()["code"] == "api.unauthenticated"
    assert world.music.calls == []


@pytest.mark.parametrize("operation", GUARDED, ids=_names(GUARDED))
async def test_a_key_with_every_other_scope_is_not_enough(world, operation):
    needed = Scope(operation[3][0]["ApiKey"][0])
    others = [scope for scope in Scope if scope not in {needed, Scope.ADMIN}]

    answer = await _ask(world, operation, await world.key(*others))

    assert answer.status_code == 403
    assert answer.json()["code"] == "api.scope_missing"
    assert needed in answer.json()["detail"]
    assert world.music.calls == []


@pytest.mark.parametrize("operation", OF_A_RUN, ids=_names(OF_A_RUN))
async def test_another_keys_run_is_as_if_it_were_not_there(world, operation):
    everything = [scope for scope in Scope if scope is not Scope.ADMIN]
    owner, stranger = await world.key(*everything), await world.key(*everything)
    await world.http.post("/api/v1/sync", json=song(), headers=owner)
    world.music.runs[RUN].looks = 0

    theirs = await _ask(world, operation, stranger)
    missing = await world.http.get("/api/v1/runs/nothing", headers=stranger)

    assert theirs.status_code == missing.status_code == 404
    assert theirs.json()["code"] == missing.json()["code"]
    assert theirs.json()["detail"] == f"There is no sync {RUN!r}."
    assert world.music.runs[RUN].steered == []


@pytest.mark.parametrize("operation", OF_A_RUN, ids=_names(OF_A_RUN))
async def test_the_owner_and_an_admin_reach_the_run(world, operation):
    owner, admin = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE), await world.key(Scope.ADMIN)
    await world.http.post("/api/v1/sync", json=song(), headers=owner)
    world.music.runs[RUN].looks = 0
    world.music.runs[RUN].kind = "PlaylistSyncWorkflow"  # a song has no rows

    assert (await _ask(world, operation, owner)).is_success
    assert (await _ask(world, operation, admin)).is_success


async def test_an_import_of_another_key_cannot_be_synced(world):
    owner, stranger = await world.key(Scope.SYNC_WRITE), await world.key(Scope.SYNC_WRITE)
    await _ask(world, ("upload_playlist", "post", "/api/v1/imports", None), owner)
    request = BODIES["sync_playlist"]

    theirs = await world.http.post("/api/v1/playlist-syncs", json=request, headers=stranger)
    own = await world.http.post("/api/v1/playlist-syncs", json=request, headers=owner)

    assert (theirs.status_code, own.status_code) == (404, 202)


@pytest.mark.parametrize("operation", GUARDED, ids=_names(GUARDED))
async def test_no_route_takes_a_query_parameter_that_it_does_not_know(world, operation):
    name, method, path, security = operation
    misspelt = (name, method, f"{path}?formats=csv", security)

    answer = await _ask(world, misspelt, await world.key())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "query.formats"
    assert "unknown name 'formats'" in answer.json()["detail"]
    assert world.music.calls == []


async def test_a_list_holds_the_keys_own_runs_and_an_admins_all(world):
    ada = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    bob = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    await world.http.post("/api/v1/sync", json=song("One"), headers=ada)
    await world.http.post("/api/v1/sync", json=song("Two"), headers=bob)

    async def listed(headers):
        page = (await world.http.get("/api/v1/runs", headers=headers)).json()
        return [run["workflow_id"] for run in page["runs"]]

    assert await listed(ada) == ["pipeline-one"]
    assert await listed(bob) == ["pipeline-two"]
    assert await listed(await world.key(Scope.ADMIN)) == ["pipeline-two", "pipeline-one"]


async def test_a_revoked_key_opens_nothing_from_then_on(world):
    made = await world.services.keys.create("old", [Scope.ADMIN])
    assert (await world.http.get("/api/v1/runs", headers=bearer(made))).is_success

    await world.services.keys.revoke(made.key.id)

    assert (await world.http.get("/api/v1/runs", headers=bearer(made))).status_code == 401


async def test_the_probes_and_the_document_need_no_key(world):
    for path in OPEN_PATHS:
        assert (await world.http.get(path)).is_success


async def test_every_answer_carries_the_security_headers_and_none_allows_other_origins(world):
    key = await world.key()
    asked = {"Origin": "https://elsewhere.example"}
    answers = [
        await world.http.get("/healthz", headers=asked),
        await world.http.get("/api/v1/runs", headers=asked),
        await world.http.get("/api/v1/runs", headers=key | asked),
        await world.http.get("/api/v1/nothing", headers=key | asked),
        await world.http.options("/api/v1/runs", headers=key | asked),
    ]

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_head_is_answered_as_get_without_a_body(world):
    key = await world.key()
    for path, headers in [("/healthz", {}), ("/api/v1/runs", key), ("/api/v1/runs/nothing", key)]:
        head = await world.http.head(path, headers=headers)
        get = await world.http.get(path, headers=headers)

        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert (await world.http.head("/api/v1/runs")).status_code == 401


async def test_a_defect_carries_the_security_headers_too(world):
    world.music.failure = RuntimeError("boom")

    answer = await world.http.post("/api/v1/sync", json=song(), headers=await world.key())

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(tmp_path):
    async with api_world(tmp_path, ApiLimits(requests_per_minute=3)) as world:
        key, other = await world.key(), await world.key()
        answers = [await world.http.get("/api/v1/runs", headers=key) for _ in range(4)]
        elses = await world.http.get("/api/v1/runs", headers=other)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    refused = answers[-1]
    assert refused.json()["code"] == "api.too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Limit"] == "3"
    assert 1 <= int(refused.headers["RateLimit-Reset"]) <= 60
    assert elses.is_success


async def test_who_keeps_guessing_keys_is_slowed_down(world):
    answers = [await world.http.get("/api/v1/runs") for _ in range(FEWEST_REFUSALS + 1)]

    assert answers[-2].status_code == 401
    assert answers[-1].status_code == 429
