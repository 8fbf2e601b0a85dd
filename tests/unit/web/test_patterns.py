"""Patterns of agents over HTTP."""

from segue.web.scopes import Scope
from tests.fakes.doubles.gallery_service import BROKEN, SLOW
from tests.fakes.worlds.web import World

PATTERNS = "/api/v1/patterns"
RUNS = f"{PATTERNS}/hello_world/runs"


async def test_patterns_are_listed_with_what_they_take(world: World):
    headers = await world.key(Scope.PATTERNS_READ)

    listed = (await world.http.get(PATTERNS, headers=headers)).json()["patterns"]

    first = next(each for each in listed if each["slug"] == "hello_world")
    assert first["workflow"] == "HelloWorldAgent"
    assert first["parameters"] == [{"name": "prompt", "type": "str", "is_optional": False}]


async def test_a_run_is_started_and_its_end_is_shown(world: World):
    headers = await world.key(Scope.PATTERNS_READ, Scope.PATTERNS_WRITE)

    start = await world.http.post(RUNS, json={"arguments": ["a"]}, headers=headers)
    name = start.json()["workflow_id"]
    ending = await world.http.get(f"{RUNS}/{name}?wait=5", headers=headers)

    assert (start.status_code, start.json()["status"]) == (202, "running")
    assert (ending.status_code, ending.json()["result"]) == (200, "a")
    assert ending.json()["offline"]


async def test_a_run_that_goes_on_says_to_ask_again_and_one_that_failed_says_why(world: World):
    headers = await world.key(Scope.PATTERNS_READ, Scope.PATTERNS_WRITE)
    names = [
        (await world.http.post(RUNS, json={"arguments": [word]}, headers=headers)).json()
        for word in (SLOW, BROKEN)
    ]

    slow, broken = [
        await world.http.get(f"{RUNS}/{each['workflow_id']}", headers=headers) for each in names
    ]

    assert (slow.status_code, slow.headers["Retry-After"]) == (202, "1")
    assert (broken.status_code, broken.json()["failure"]["code"]) == (200, "run.refused")


async def test_a_run_of_another_key_is_not_there(world: World):
    mine = await world.key(Scope.PATTERNS_READ, Scope.PATTERNS_WRITE)
    other, admin = await world.key(Scope.PATTERNS_READ), await world.key()
    start = await world.http.post(RUNS, json={}, headers=mine)
    url = f"{RUNS}/{start.json()['workflow_id']}"

    assert (await world.http.get(url, headers=other)).status_code == 404
    assert (await world.http.get(url, headers=admin)).status_code == 200


async def test_an_unknown_pattern_and_a_missing_scope_are_refused(world: World):
    writer, reader = await world.key(Scope.PATTERNS_WRITE), await world.key(Scope.PATTERNS_READ)

    unknown = await world.http.post(f"{PATTERNS}/nope/runs", json={}, headers=writer)
    unscoped = await world.http.post(RUNS, json={}, headers=reader)

    assert (unknown.status_code, unknown.json()["code"]) == (404, "gallery.unknown_pattern")
    assert unscoped.status_code == 403
