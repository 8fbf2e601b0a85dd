"""Whoever asked to be told hears of the end of a sync, and of songs that wait for a person."""

import asyncio
from uuid import uuid4

import pytest

from segue.errors.base import SegueError
from segue.errors.catalogue import ForbiddenError
from segue.music.contracts.songs import SongMetadata
from segue.runs.events import Event
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.worlds.music import MusicWorld, music_world, wish

DOUBT = SongMetadata(title=TRACKS[4].title)  # without an artist


class Told(list[Event]):
    """The events so far."""

    async def __call__(self, event: Event) -> None:
        self.append(event)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def world(temporal_client, tmp_path, told):
    catalogue = InMemoryCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")
    async with music_world(temporal_client, tmp_path, catalogue, announce=told) as made:
        yield made


async def test_a_sync_that_is_done_is_told_with_its_counts_and_no_title(
    world: MusicWorld, told: Told
):
    started = await world.start([wish(TRACKS[5]), DOUBT])
    report = await world.music.report(started.workflow_id)

    end, reviews = told
    assert (end.type, reviews.type) == ("sync.ended", "reviews.waiting")
    assert end.data["ending"] == "completed"
    assert end.data["workflow_id"] == started.workflow_id
    assert end.data["verified"] is True
    assert end.data["counts"] == {status.value: count for status, count in report.counts.items()}
    assert all(TRACKS[n].title not in event.model_dump_json() for n in (4, 5) for event in told)


async def test_a_sync_that_fails_is_told_with_the_code(world: MusicWorld, told: Told):
    world.catalogue.fail_next("add_items", ForbiddenError("not yours"))
    started = await world.start([wish(TRACKS[5])])
    with pytest.raises(SegueError):
        await world.music.report(started.workflow_id)

    assert [(each.type, each.data["error"]) for each in told] == [
        ("sync.ended", "catalogue.forbidden")
    ]


async def test_a_cancelled_sync_is_told_as_that(world: MusicWorld, told: Told, monkeypatch):
    reached, finish, add = asyncio.Event(), asyncio.Event(), world.catalogue.add_items

    async def slow(playlist_id, uris, *, position):
        reached.set()
        await finish.wait()
        await add(playlist_id, uris, position=position)

    monkeypatch.setattr(world.catalogue, "add_items", slow)
    started = await world.start([wish(TRACKS[5]), DOUBT])
    await reached.wait()
    await world.music.cancel(started.workflow_id)
    finish.set()
    report = await world.music.report(started.workflow_id)

    assert told[0].data["ending"] == "cancelled"
    assert told[0].data["counts"] == {each.value: n for each, n in report.counts.items()}


async def test_each_sync_of_a_playlist_is_an_event_of_its_own(world: MusicWorld, told: Told):
    for _ in range(2):
        await world.music.report((await world.start([wish(TRACKS[5])])).workflow_id)

    assert [each.data["ending"] for each in told] == ["completed", "completed"]
    assert len({each.id for each in told}) == 2
