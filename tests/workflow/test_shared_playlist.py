"""Songs and a sync that write to one playlist at the same time."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from segue.music.contracts.strategies import Strategy
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import music_world, wish

MILES = TRACKS[4:]


class SlowCatalogue(InMemoryCatalogue):
    """Takes a while to add, so that others read the playlist meanwhile."""

    async def add_items(self, playlist_id, uris, *, position):
        await asyncio.sleep(0.3)
        await super().add_items(playlist_id, uris, position=position)


@pytest.fixture
async def world(temporal_client, tmp_path):
    catalogue = SlowCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")
    async with music_world(temporal_client, tmp_path, catalogue) as made:
        yield made


async def ended(world, addresses):
    for address in addresses:
        ending = await (await world.music.run(address)).ending(within=60)
        assert ending is not None
        assert ending.song is not None, ending.error
        assert ending.song.success


async def test_one_recording_wished_in_two_ways_at_once_is_there_once(world):
    playlist = world.catalogue.put_playlist("Mine")
    songs = [wish(track) for track in MILES[:6]]
    without_album = [song.model_copy(update={"album": None}) for song in songs]

    await ended(
        world,
        await asyncio.gather(
            *(
                world.music.start_song(song, playlist, Strategy.PIPELINE)
                for song in (*songs, *without_album)
            )
        ),
    )

    assert Counter(world.catalogue.uris_of(playlist)) == Counter(track.uri for track in MILES[:6])


async def test_songs_that_come_while_a_sync_writes_are_there_once(world):
    playlist = world.catalogue.put_playlist("Mine")
    sync = await world.start([wish(track) for track in MILES[:20]])
    await until(lambda: world.catalogue.called("read_items") > 0, "the sync's plan")

    await ended(
        world,
        [
            await world.music.start_song(wish(track), playlist, Strategy.PIPELINE)
            for track in MILES[15:23]
        ],
    )
    report = await world.music.report(sync.workflow_id)

    assert report.verified
    assert Counter(world.catalogue.uris_of(playlist)) == Counter(track.uri for track in MILES[:23])
