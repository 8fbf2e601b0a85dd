"""What a request may name, and what a boolean is."""

import pytest


@pytest.fixture
async def key(world):
    return await world.key()


@pytest.mark.parametrize("word", ["yes", "true", 1, None])
async def test_only_a_boolean_is_one(world, key, word):
    asked = {"import_id": "0" * 20, "playlist": "Summer", "dry_run": word}

    answer = await world.http.post("/api/v1/playlist-syncs", json=asked, headers=key)

    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.dry_run")
    assert world.music.calls == []


async def test_a_misspelt_field_is_told_with_the_one_that_is_meant(world, key):
    asked = {"import_id": "0" * 20, "playlist": "Summer", "dryRun": True}

    answer = await world.http.post("/api/v1/playlist-syncs", json=asked, headers=key)

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"where": "body.dryRun", "message": "unknown name 'dryRun'; is 'dry_run' meant?"}],
    )
