"""How a playlist sync ended, row by row: in pages, and as it is read."""

import csv
import io
import json

import pytest

from segue.errors.catalogue import CatalogueUnavailableError
from segue.music.contracts.reports import PAGE
from segue.music.contracts.runs import COMPLETED, RunEnding
from segue.music.contracts.tracks import TrackStatus
from segue.web.contracts import RunResult
from tests.fakes.doubles.music_service import outcome, report
from tests.fakes.doubles.reports import stored
from tests.fakes.worlds.web import FakeRun


@pytest.fixture
async def key(world):
    return await world.key()


def ended_with(world, *rows):
    whole = report(*rows)
    ended = RunEnding(COMPLETED, playlist=stored(whole))
    world.music.runs["w"] = FakeRun("w", status=COMPLETED, ended=ended)
    return whole


MIXED = [
    outcome(n, TrackStatus.ADDED if n % 3 else TrackStatus.NOT_FOUND) for n in range(1, PAGE + 8)
]


async def test_a_result_of_many_pages_is_one_object(world, key):
    whole = ended_with(world, *MIXED)

    answer = await world.http.get("/api/v1/runs/w/result", headers=key)

    assert answer.headers["content-type"] == "application/json"
    expected = RunResult(workflow_id="w", status=COMPLETED, playlist=whole)
    assert answer.text == expected.model_dump_json()


@pytest.mark.parametrize("missing", [False, True])
async def test_rows_are_read_page_by_page(world, key, missing):
    whole = ended_with(world, *MIXED)
    expected = [row for row in whole.tracks if not missing or row.position % 3 == 0]
    rows, cursor = [], ""

    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = await world.http.get(
            f"/api/v1/runs/w/tracks?limit=100&missing={str(missing).lower()}{more}", headers=key
        )
        assert len(page.json()["tracks"]) <= 100
        assert page.json()["total"] == len(expected)
        rows += page.json()["tracks"]
        cursor = page.json()["next_cursor"]

    assert rows == [row.model_dump(mode="json") for row in expected]


async def test_rows_are_exported_as_lines(world, key):
    whole = ended_with(world, *MIXED)

    jsonl = await world.http.get("/api/v1/runs/w/tracks/export?format=jsonl", headers=key)
    table = await world.http.get("/api/v1/runs/w/tracks/export?missing=true", headers=key)

    assert [json.loads(line) for line in jsonl.text.splitlines()] == [
        row.model_dump(mode="json") for row in whole.tracks
    ]
    positions = [row["position"] for row in csv.DictReader(io.StringIO(table.text))]
    assert positions == [str(row.position) for row in whole.tracks if row.position % 3 == 0]
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="w.csv"'


@pytest.mark.parametrize("route", ["tracks", "tracks/export"])
async def test_rows_are_there_after_the_end_of_a_playlist_alone(world, key, route):
    world.music.runs["w"] = FakeRun("w")
    world.music.runs["s"] = FakeRun("s", kind="MusicSyncWorkflow", status=COMPLETED)
    failed = RunEnding("failed", error=CatalogueUnavailableError("away", hint="wait"))
    world.music.runs["f"] = FakeRun("f", status="failed", ended=failed)

    early, song, broken = [
        await world.http.get(f"/api/v1/runs/{run}/{route}", headers=key) for run in "wsf"
    ]

    assert (early.status_code, early.headers["retry-after"]) == (202, "1")
    assert (song.status_code, song.json()["code"]) == (409, "sync.error")
    assert broken.json()["code"] == "catalogue.unavailable"
