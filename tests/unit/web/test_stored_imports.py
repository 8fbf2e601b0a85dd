"""What a key may store, and how it forgets."""

import asyncio

import pytest

from segue.errors.sync import ImportInUseError
from segue.web.scopes import Scope
from segue.web.services import ApiLimits
from tests.fakes.worlds.web import api_world

LINES = b"title,artist\nJolene,Dolly Parton\n"
IMPORT = "0" * 20
PATH = f"/api/v1/imports/{IMPORT}"


async def upload(world, key):
    return await world.http.post("/api/v1/imports", files={"file": ("a.csv", LINES)}, headers=key)


async def listed(world, key):
    answer = await world.http.get("/api/v1/imports", headers=key)
    return [each["id"] for each in answer.json()["imports"]]


async def test_a_key_lists_and_deletes_what_it_brought(world):
    key, other = (
        await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE),
        await world.key(Scope.SYNC_READ),
    )
    await upload(world, key)
    before = (await listed(world, key), await listed(world, other))

    deleted = await world.http.delete(PATH, headers=key)
    again = await world.http.delete(PATH, headers=key)

    assert before == ([IMPORT], [])
    assert (deleted.status_code, deleted.content, again.status_code) == (204, b"", 404)
    assert await listed(world, key) == []


async def test_what_two_keys_brought_stays_until_both_forget_it(world):
    one = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    two = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    await upload(world, one)
    await upload(world, two)

    await world.http.delete(PATH, headers=one)
    mine, theirs = await listed(world, one), await listed(world, two)
    world.music.stored[:] = [IMPORT]  # the real store holds equal imports once
    await world.http.delete(PATH, headers=two)

    assert (mine, set(theirs)) == ([], {IMPORT})
    assert world.music.calls[-1] == ("delete import", IMPORT)


async def test_an_import_that_a_sync_reads_is_not_deleted(world):
    key = await world.key(Scope.SYNC_READ, Scope.SYNC_WRITE)
    await upload(world, key)
    world.music.failure = ImportInUseError("in use")

    answer = await world.http.delete(PATH, headers=key)

    assert (answer.status_code, answer.json()["code"]) == (409, "sync.import_in_use")
    assert await listed(world, key) == [IMPORT]


async def test_a_key_stores_so_many_songs_and_no_more_until_it_deletes_some(tmp_path):
    async with api_world(tmp_path, ApiLimits(stored_songs=2)) as world:
        world.music.songs = 2
        key = await world.key()
        first = await upload(world, key)
        refused = await upload(world, key)
        await world.http.delete(PATH, headers=key)
        again = await upload(world, key)

    assert (first.status_code, refused.status_code, again.status_code) == (201, 403, 201)
    assert refused.json()["code"] == "api.storage_quota"


async def test_what_would_go_beyond_the_quota_is_not_kept(tmp_path):
    async with api_world(tmp_path, ApiLimits(stored_songs=2)) as world:
        world.music.songs = 3
        key = await world.key()
        refused = await upload(world, key)

        assert (refused.status_code, refused.json()["code"]) == (403, "api.storage_quota")
        assert await listed(world, key) == []
        assert world.music.stored == []


@pytest.mark.parametrize("scope", [Scope.ADMIN, Scope.SYNC_READ])
async def test_imports_are_listed_in_pages(world, scope):
    key = await world.key(scope)
    ids = [f"{number:020d}" for number in range(5)]
    world.music.stored += ids
    mine = await world.services.keys.verify(key["Authorization"].removeprefix("Bearer "))
    for each in ids:
        await world.services.owners.own_import(mine, each)
    pages, cursor = [], ""

    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        answer = await world.http.get(f"/api/v1/imports?limit=2{more}", headers=key)
        pages.append([each["id"] for each in answer.json()["imports"]])
        cursor = answer.json()["next_cursor"]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(each for page in pages for each in page) == ids


@pytest.mark.parametrize("limit", [1, 3])
async def test_a_key_has_so_many_uploads_read_at_once(tmp_path, limit):
    async with api_world(tmp_path, ApiLimits(imports_at_once=limit)) as world:
        key = await world.key()
        answers = await asyncio.gather(*(upload(world, key) for _ in range(8)))
        later = await upload(world, key)

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) >= limit
    assert statuses.count(429) == 8 - statuses.count(201)
    assert statuses.count(429) > 0
    assert later.status_code == 201
