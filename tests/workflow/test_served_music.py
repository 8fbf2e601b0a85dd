"""Runs as a server addresses them: one by one, whatever has followed under the same id."""

import asyncio
from uuid import uuid4

import pytest

from segue.errors.catalogue import NotFoundError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError, SyncError
from segue.music.contracts.runs import COMPLETED, RUNNING, RunAddress
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncRequest
from segue.music.contracts.tracks import TrackStatus
from segue.runtime.ids import workflow_id
from tests.fakes.data.tracks import TRACKS
from tests.fakes.waiting import until
from tests.fakes.worlds.music import wish

LIGHTS, MILES = TRACKS[0], TRACKS[4:]
SOON_S = 60.0


@pytest.fixture
def served(world):
    return world.music


@pytest.fixture
def playlist(world):
    return world.catalogue.put_playlist("Mine", [])


async def added(served, playlist):
    """Start one song and wait for its end."""
    execution = await served.start_song(wish(LIGHTS), playlist, Strategy.PIPELINE)
    run = await served.run(execution)
    return execution, await run.ending(within=SOON_S)


async def asking(world, served):
    """A mirror that would remove a track, and asks first."""
    world.catalogue.put_playlist("Mirrored", [MILES[9].uri])
    request = SyncRequest(
        import_id=await world.imported([wish(MILES[0])]), playlist="Mirrored", mode=SyncMode.MIRROR
    )
    return await served.run(await served.start_playlist(request))


async def test_a_songs_run_ends_in_its_result(served, playlist):
    execution, ending = await added(served, playlist)
    run = await served.run(execution)

    assert (ending.status, ending.song.status) == (COMPLETED, TrackStatus.ADDED)
    assert not run.is_playlist
    assert await run.progress() is None
    assert await run.removals() == ()


async def test_equal_wishes_at_once_are_one_run_and_all_but_one_hear_that_they_joined(
    world, served, playlist
):
    songs = await asyncio.gather(
        *(served.start_song(wish(LIGHTS), playlist, Strategy.PIPELINE) for _ in range(4))
    )
    mirror = await asking(world, served)
    request = SyncRequest(
        import_id=await world.imported([wish(MILES[0])]),
        playlist="Mirrored",
        mode=SyncMode.MIRROR,
        confirmed=True,
    )
    again = await served.start_playlist(request)

    assert sorted(song.joined for song in songs) == [False, True, True, True]
    assert len({song.first_run_id for song in songs}) == 1
    assert (again.joined, again.workflow_id) == (True, mirror.summary.workflow_id)
    await mirror.cancel()


async def test_many_runs_are_told_in_one_question_to_temporal(world, served, playlist):
    first, _ = await added(served, playlist)
    mirror = await asking(world, served)
    newest = RunAddress(mirror.summary.workflow_id, mirror.summary.run_id)
    addresses = [RunAddress(first.workflow_id, first.first_run_id), newest]

    async def listed() -> bool:  # Temporal's list lags behind a little
        return len(await served.run_summaries(addresses)) == len(addresses)

    await until(listed, "both runs in Temporal's list")
    summaries = await served.run_summaries([*addresses, RunAddress("w", str(uuid4()))])
    await mirror.cancel()

    assert [summaries[address].status for address in addresses] == [COMPLETED, "running"]
    assert summaries[newest].playlist_name == "Mirrored"
    assert await served.run_summaries([]) == {}


async def test_what_made_a_song_fail_is_its_ending(served):
    _, ending = await added(served, "no-such-playlist")

    assert isinstance(ending.error, NotFoundError)
    assert ending.song is None


async def test_a_run_is_still_there_when_another_has_followed_it(served, playlist):
    first, _ = await added(served, playlist)
    second, again = await added(served, playlist)

    assert again.song.status is TrackStatus.ALREADY_PRESENT
    assert second.workflow_id == first.workflow_id
    older = await (await served.run(first)).ending(within=SOON_S)
    newest = await (await served.run(RunAddress(first.workflow_id))).ending(within=SOON_S)
    assert older.song.status is TrackStatus.ADDED
    assert newest == again


async def test_only_a_running_playlist_sync_can_be_steered(served, playlist):
    execution, _ = await added(served, playlist)
    run = await served.run(execution)

    with pytest.raises(SyncError, match="one song"):
        await run.pause()
    with pytest.raises(SyncError, match="has ended"):
        await run.cancel()


async def test_a_strategy_without_a_workflow_for_one_song_is_refused(served, playlist):
    with pytest.raises(InputError, match="for a single song"):
        await served.start_song(wish(LIGHTS), playlist, Strategy.SIMPLE)


async def test_runs_that_are_not_there_and_runs_of_other_kinds_are_not_found(
    world, served, playlist
):
    execution, _ = await added(served, playlist)
    sync = await asking(world, served)
    other = workflow_id("playlist-resolve", world.catalogue.name, "Mirrored")

    with pytest.raises(RunNotFoundError):
        await served.run(RunAddress("never-started"))
    with pytest.raises(RunNotFoundError):
        await served.run(RunAddress(execution.workflow_id, str(uuid4())))
    with pytest.raises(RunNotFoundError):
        await served.run(RunAddress(other))
    await sync.cancel()


async def test_a_sync_that_asks_has_no_ending_until_it_is_answered(world, served):
    run = await asking(world, served)

    assert await run.ending(within=0.5) is None
    assert run.summary.status == RUNNING
    assert [track.uri for track in await run.removals()] == [MILES[9].uri]
    await run.confirm(agreed=True)
    ending = await run.ending(within=SOON_S)

    assert ending.playlist.head.verified
    assert world.catalogue.uris_of(ending.playlist.head.playlist.id) == [MILES[0].uri]


async def test_a_sync_is_watched_to_its_end_and_its_watcher_may_leave(world, served):
    run = await asking(world, served)

    watched = run.watch(every=0.05)
    assert (await anext(watched)).is_running
    await watched.aclose()
    await run.pause()
    await run.resume()
    await run.confirm(agreed=False)
    looks = [each.is_running async for each in run.watch(every=0.05)]

    assert looks[-1] is False
    assert all(looks[:-1])
