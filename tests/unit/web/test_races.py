"""What is counted or decided holds for requests that come at one moment, too."""

import asyncio

import pytest

from segue.web.contracts import SongRequest
from segue.web.services import ApiLimits
from tests.fakes.waiting import until
from tests.fakes.worlds.web import api_world, song


async def test_of_sixty_streams_at_once_as_many_are_open_as_a_key_may_have(tmp_path):
    async with api_world(tmp_path, ApiLimits(streams=16)) as world:
        key = await world.key()
        await world.http.post("/api/v1/sync", json=song(), headers=key)
        run = world.music.runs["pipeline-jolene"]
        run.steps, run.looks = [], None

        async def follow():
            return await world.http.get("/api/v1/runs/pipeline-jolene/events", headers=key)

        followers = [asyncio.create_task(follow()) for _ in range(60)]
        await until(lambda: sum(it.done() for it in followers) == 44, "the refusals")
        run.looks = 0  # it has ended, and so do the streams
        answers = await asyncio.gather(*followers)
        later = await follow()

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (16, 44)
    assert later.status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/sync", "/api/v1/playlist-syncs"])
async def test_who_joins_a_run_is_told_so_the_same_each_time(world, path):
    key = await world.key()
    playlist = {"import_id": "0" * 20, "playlist": "x", "confirmed": True}
    asked = song() if path.endswith("/sync") else playlist

    first = await world.http.post(path, json=asked, headers=key)
    headers = key | {"Idempotency-Key": "k"}
    again = [await world.http.post(path, json=asked, headers=headers) for _ in range(2)]

    assert first.json()["joined"] is False
    assert [answer.json()["joined"] for answer in again] == [True, True]
    assert first.json()["workflow_id"] == again[0].json()["workflow_id"]


async def test_an_answer_of_the_release_before_is_still_given(world):
    made = await world.key()
    (owner,) = await world.services.keys.all()
    body = "sync\n" + SongRequest.model_validate(song()).model_dump_json()

    async def earlier() -> str:
        return "pipeline-jolene"

    await world.services.answers.once(owner, "old", body, earlier)
    answer = await world.http.post(
        "/api/v1/sync", json=song(), headers=made | {"Idempotency-Key": "old"}
    )

    assert answer.json() == {
        "workflow_id": "pipeline-jolene",
        "url": "/api/v1/runs/pipeline-jolene",
        "joined": False,
    }


async def test_a_long_poll_is_told_to_come_back_when_the_server_stops(world):
    key = await world.key()
    await world.http.post("/api/v1/sync", json=song(), headers=key)
    run = world.music.runs["pipeline-jolene"]

    async def never(*, within):
        await asyncio.sleep(within)

    run.ending = never
    polling = asyncio.create_task(
        world.http.get("/api/v1/runs/pipeline-jolene/result?wait=30", headers=key)
    )
    await asyncio.sleep(0)
    world.services.streams.stop()

    async with asyncio.timeout(10):
        answer = await polling
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "1")
