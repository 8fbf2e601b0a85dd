"""Playlists, decisions, and songs as JSON."""

import json

import pytest

from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.songs import SongMetadata
from segue.web.contracts import MOST_SONGS
from tests.fakes.doubles.music_service import review_item
from tests.fakes.worlds.web import api_world, song


@pytest.fixture
async def key(world):
    return await world.key()


async def pages(world, key, path, name):
    """All pages of a list, of two rows each."""
    offset, rows = 0, []
    while offset is not None:
        page = (await world.http.get(f"{path}?limit=2&offset={offset}", headers=key)).json()
        rows.append(page[name])
        offset = page["next_offset"]
    return rows


@pytest.mark.parametrize(
    ("path", "methods"), [("imports", "GET, POST"), ("runs", "GET"), ("decisions/k1", "DELETE")]
)
async def test_what_may_be_asked_of_a_path_is_told_for_all_its_routes(world, key, path, methods):
    answer = await world.http.patch(f"/api/v1/{path}", headers=key)

    assert (answer.status_code, answer.headers["Allow"]) == (405, methods)


async def test_playlists_are_listed_in_pages(world, key):
    rows = await pages(world, key, "/api/v1/playlists", "playlists")

    assert [[each["id"] for each in page] for page in rows] == [["pl0", "pl1"], ["pl2"]]


async def test_reviews_are_listed_in_pages(world, key):
    world.music.waiting = [review_item(f"k{number}") for number in range(5)]

    rows = await pages(world, key, "/api/v1/reviews", "items")

    assert [[each["key"] for each in page] for page in rows] == [["k0", "k1"], ["k2", "k3"], ["k4"]]


async def test_a_page_of_runs_is_one_question_and_one_for_each_that_the_list_lacks(world, key):
    for number in range(20):
        await world.http.post("/api/v1/sync", json=song(f"Song {number}"), headers=key)
    world.music.unlisted = {"pipeline-song-19"}
    world.music.runs.pop("pipeline-song-0")

    page = (await world.http.get("/api/v1/runs?limit=20", headers=key)).json()

    statuses = {run["workflow_id"]: run["status"] for run in page["runs"]}
    assert (statuses["pipeline-song-19"], statuses["pipeline-song-0"]) == ("running", "forgotten")
    assert len(statuses) == 20
    assert world.music.listed == 1
    assert sorted(world.music.asked) == ["pipeline-song-0", "pipeline-song-19"]


async def test_what_temporal_has_forgotten_is_not_asked_for_one_by_one(tmp_path):
    now = 1_800_000_000.0
    async with api_world(tmp_path, clock=lambda: now) as world:
        key = await world.key()
        for number in range(20):
            await world.http.post("/api/v1/sync", json=song(f"Song {number}"), headers=key)
        world.music.runs["pipeline-song-3"].status = "continued_as_new"
        world.music.unlisted = {f"pipeline-song-{number}" for number in range(10, 20)}
        now += 3_600
        page = (await world.http.get("/api/v1/runs?limit=20", headers=key)).json()

    statuses = [run["status"] for run in page["runs"]]
    assert statuses.count("forgotten") == 10
    assert (world.music.listed, world.music.asked) == (1, ["pipeline-song-3"])


async def test_decisions_are_listed_and_undone(world, key):
    world.music.made = [
        ReviewDecision(
            key=f"k{number}", song=SongMetadata(title="Hurt"), uri=None, decided_at="2026-11-20"
        )
        for number in range(3)
    ]
    rows = await pages(world, key, "/api/v1/decisions", "decisions")
    undone = await world.http.delete("/api/v1/decisions/k1", headers=key)
    again = await world.http.delete("/api/v1/decisions/k1", headers=key)

    assert [len(page) for page in rows] == [2, 1]
    assert (undone.status_code, undone.content, again.status_code) == (204, b"", 404)
    assert [each.key for each in world.music.made] == ["k0", "k2"]


async def test_a_list_of_songs_is_stored_as_a_file_is(world, key):
    songs = [{"title": "Jolene", "artist": "Dolly Parton", "year": 1973}, {"title": "Hurt"}]

    answer = await world.http.post("/api/v1/song-lists", json={"songs": songs}, headers=key)
    started = await world.http.post(
        "/api/v1/playlist-syncs",
        json={"import_id": answer.json()["import_id"], "playlist": "Road"},
        headers=key,
    )

    assert (answer.status_code, started.status_code) == (201, 202)
    kind, _, content, options = world.music.calls[0]
    assert (kind, options["format"]) == ("import", "json")
    assert json.loads(content) == [songs[0], {"title": "Hurt", "artist": ""}]


@pytest.mark.parametrize(
    ("songs", "where"),
    [
        ([], "body.songs"),
        ([{"artist": "x"}], "body.songs.0.title"),
        ([{"title": "x", "titel": "y"}], "body.songs.0.titel"),
        ([{"title": "x", "year": "1973"}], "body.songs.0.year"),
        ([{"title": "x"}] * (MOST_SONGS + 1), "body.songs"),
    ],
    ids=["none", "no title", "misspelt", "no number", "too many"],
)
async def test_a_list_that_is_none_is_refused(world, key, songs, where):
    answer = await world.http.post("/api/v1/song-lists", json={"songs": songs}, headers=key)

    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)
    assert world.music.calls == []
