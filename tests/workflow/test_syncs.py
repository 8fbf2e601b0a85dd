"""Watching, listing and steering syncs, on a real Temporal server."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from segue.errors.base import SegueError
from segue.errors.catalogue import (
    CatalogueUnavailableError,
    ForbiddenError,
    LoginRequiredError,
    NotFoundError,
    RateLimitedError,
)
from segue.errors.sync import RunNotFoundError, SyncError
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.runs import RunAddress
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncPhase, SyncRequest
from segue.music.contracts.tracks import TrackStatus, WorkflowInput
from segue.music.service.music import MusicService
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.wire.syncs import PlaylistSyncInput
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.playlist_sync import BATCH, PlaylistSyncWorkflow
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import add_song, forgotten_sync, music_world, wish

MILES = TRACKS[4:]


async def never() -> bool:
    return False


class TwoWaits(InMemoryCatalogue):
    """Asks for a long wait first, and for a shorter one once the long one is kept.

    Attributes:
        kept: Whether the long wait has begun.
    """

    def __init__(self, tracks, *, name):
        super().__init__(tracks, name=name)
        self.kept = never
        self._waits = {"milestone 0": 5, f"milestone {BATCH}": 1}

    async def search(self, query, *, limit=10, offset=0):
        for title in [title for title in self._waits if title in query.casefold()]:
            hours = self._waits.pop(title)
            if hours == 1:
                await until(self.kept, "the long wait")
            raise RateLimitedError("slow down", retry_after=timedelta(hours=hours))
        return await super().search(query, limit=limit, offset=offset)


def wishes(tracks):
    return [wish(track) for track in tracks]


async def mirror(world):
    """A sync that waits for an answer: it would remove one track."""
    world.catalogue.put_playlist("Mine", [MILES[9].uri])
    return await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)


async def test_a_sync_is_watched_until_its_end(world):
    started = await mirror(world)
    run, phases = await world.music.run(RunAddress(started.workflow_id)), []

    async with asyncio.timeout(60):
        async for now in run.watch(every=0.01):
            progress = await now.progress()
            phases.append(progress.phase if progress else None)
            if phases[-1] is SyncPhase.AWAITING_CONFIRMATION:
                await world.music.confirm(started.workflow_id, agreed=True)

    assert SyncPhase.AWAITING_CONFIRMATION in phases
    assert (await world.music.report(started.workflow_id)).verified


async def test_who_stops_watching_leaves_the_sync_running(world):
    started = await mirror(world)
    run = await world.music.run(RunAddress(started.workflow_id))

    async with aclosing(run.watch(every=0.25)) as looks:
        await anext(looks)
    await world.music.confirm(started.workflow_id, agreed=True)

    assert (await world.music.report(started.workflow_id)).verified


async def test_without_a_worker_there_is_no_progress_and_no_error(temporal_client, world):
    request = SyncRequest(import_id="i", playlist="Mine")
    handle = await temporal_client.start_workflow(
        PlaylistSyncWorkflow.run,
        PlaylistSyncInput(
            run_id="r", request=request, playlist=PlaylistLink(id="p", name="Mine"), rows=1
        ),
        id=f"unserved-{uuid4().hex}",
        task_queue=f"nobody-{uuid4().hex}",
    )

    progress = await world.music.progress(handle.id)
    await handle.terminate()

    assert progress is None


async def test_progress_of_what_is_no_playlist_sync_is_none_or_a_clear_error(world):
    held = world.catalogue.put_playlist("Mine")
    song = await world.client.start_workflow(
        MusicSyncWorkflow.run,
        WorkflowInput(song_metadata=wish(MILES[0]), playlist_id=held),
        id=f"one-song-{uuid4().hex}",
        task_queue=MUSIC_QUEUE,
    )

    assert await world.music.progress(song.id) is None
    with pytest.raises(RunNotFoundError, match="'nope'"):
        await world.music.progress("nope")
    await song.result()


async def test_the_first_answer_to_a_mirror_counts(world):
    started = await mirror(world)
    await world.music.pause(started.workflow_id)

    await world.music.confirm(started.workflow_id, agreed=True)
    await world.music.confirm(started.workflow_id, agreed=False)
    await world.music.resume(started.workflow_id)

    assert (await world.music.report(started.workflow_id)).verified


async def test_runs_are_listed_newest_first_with_what_a_person_wants_to_know(world):
    music = MusicService(world.client, world.store, world.catalogue, "http://127.0.0.1:8233")
    ended = await world.start(wishes(MILES[:2]), "Ended")
    await world.music.report(ended.workflow_id)
    held = world.catalogue.put_playlist("Single")
    await add_song(world.music, wish(MILES[0]), held)
    waiting = await mirror(world)

    async def ours():  # the server is shared, and playlists of other catalogues have the same ids
        runs = await music.runs(limit=1_000)
        return [run for run in runs if world.catalogue.name in run.workflow_id]

    async def listed():
        return [run.status for run in await ours()] == ["running", "completed", "completed"]

    await until(listed, "the three runs in the list")
    newest, song, oldest = await ours()
    await music.cancel(waiting.workflow_id)

    assert (newest.workflow_id, newest.playlist_name) == (waiting.workflow_id, "Mine")
    assert newest.closed_at is None
    assert (song.kind, song.playlist_name) == ("MusicSyncWorkflow", "")
    assert (oldest.workflow_id, oldest.playlist_name) == (ended.workflow_id, "Ended")
    assert oldest.closed_at is not None
    assert oldest.started_at <= oldest.closed_at <= newest.started_at
    assert oldest.ui_url is not None
    assert oldest.ui_url.startswith("http://127.0.0.1:8233/namespaces/default/workflows/")
    assert (await world.music.runs(limit=1))[0].ui_url is None


async def test_a_sync_that_temporal_has_forgotten_stays_listed_and_told(world):
    ended = await world.start(wishes(MILES[:2]), "Ended")
    whole = await world.music.report(ended.workflow_id)
    gone = await forgotten_sync(world, ended)

    (listed,) = [run for run in await world.music.runs(limit=1_000) if run.workflow_id == gone]
    report = await world.music.report(gone)

    assert (listed.status, listed.playlist_name) == ("completed", "Gone")
    assert report.tracks == whole.tracks
    assert (report.counts, report.verified) == (whole.counts, True)
    assert "forgotten this sync (completed)" in report.message


async def test_a_sync_that_temporal_has_forgotten_still_answers_and_cannot_be_steered(world):
    ended = await world.start(wishes(MILES[:2]), "Ended")
    await world.music.report(ended.workflow_id)
    gone, music = await forgotten_sync(world, ended), world.music

    progress = await music.progress(gone)
    run = await music.run(RunAddress(gone))
    pinned = await music.run(RunAddress(gone, run.summary.run_id))
    ending = await pinned.ending(within=0)
    looks = [each async for each in pinned.watch(every=1)]

    assert (progress.phase, progress.total, progress.matched) == (SyncPhase.DONE, 2, 2)
    assert (progress.to_add, progress.added, progress.playlist_name) == (2, 2, "Gone")
    assert (run.summary.status, run.is_running, run.is_playlist) == ("completed", False, True)
    assert (await pinned.progress(), await pinned.again()) == (progress, pinned)
    assert (ending.status, ending.playlist.head.counts[TrackStatus.ADDED]) == ("completed", 2)
    assert looks == [pinned]
    assert (await music.removals(gone), await pinned.removals()) == ((), ())
    assert (await music.run_summaries([RunAddress(gone, run.summary.run_id)])).popitem()[1] == (
        run.summary
    )
    for call in (music.cancel(gone), music.pause(gone), music.confirm(gone, agreed=True)):
        with pytest.raises(SyncError, match=r"has ended \(completed\)"):
            await call
    with pytest.raises(SyncError, match=r"has ended \(completed\)"):
        await pinned.cancel()


async def test_what_neither_temporal_nor_the_database_knows_any_more_is_told_as_that(world):
    with pytest.raises(RunNotFoundError, match="any more: Temporal has forgotten it"):
        await world.music.run(RunAddress("playlist-sync-pruned", str(uuid4())))
    with pytest.raises(RunNotFoundError, match="There is no sync 'playlist-sync-never-was'"):
        await world.music.progress("playlist-sync-never-was")


async def test_an_ended_sync_cannot_be_steered_and_says_how_it_ended(world):
    ended = await world.start(wishes(MILES[:1]), "Ended")
    await world.music.report(ended.workflow_id)

    with pytest.raises(SyncError, match=r"has ended \(completed\)") as refused:
        await world.music.cancel(ended.workflow_id)

    assert refused.value.hint


@pytest.mark.parametrize(
    ("playlist", "method", "error"),
    [
        ("Mine", "my_id", LoginRequiredError("log in")),
        ("spotify:playlist:" + "z" * 22, "get_playlist", NotFoundError("no such playlist")),
    ],
)
async def test_a_playlist_that_cannot_be_found_or_made_starts_nothing(
    world, playlist, method, error
):
    world.catalogue.fail_next(method, error)

    with pytest.raises(type(error), match=error.message):
        await world.start(wishes(MILES[:1]), playlist)

    assert world.catalogue.called("search") == 0


async def test_what_temporal_refuses_is_told_as_an_error_of_ours(world):
    config = world.client.config()
    config["namespace"] = "nowhere"
    lost = MusicService(Client(**config), world.store, world.catalogue)
    song = lost.start_song(wish(MILES[0]), "p", Strategy.PIPELINE)
    request = SyncRequest(import_id=await world.imported(wishes(MILES[:1])), playlist="Mine")

    for call in (song, lost.start_sync(request), lost.runs(), lost.cancel("x")):
        with pytest.raises(SegueError, match="nowhere"):
            await call


async def test_only_the_page_that_failed_is_read_again(world):
    world.catalogue.fail_next("read_items", None, None, CatalogueUnavailableError("503"))

    started = await world.start(wishes(MILES))
    report = await world.music.report(started.workflow_id)

    assert report.verified
    # One page of the empty playlist, then three pages of the full one, the second of them twice.
    assert world.catalogue.called("read_items") == 5


async def test_a_playlist_that_may_not_be_read_fails_the_sync_with_that_error(world):
    world.catalogue.fail_next("read_items", ForbiddenError("not yours"))
    started = await world.start(wishes(MILES[:1]))

    with pytest.raises(ForbiddenError, match="not yours"):
        await world.music.report(started.workflow_id)


async def test_a_run_that_the_database_does_not_know_is_a_clear_error(world):
    sync = PlaylistSyncInput(
        run_id="forgotten",
        request=SyncRequest(import_id="i", playlist="Mine"),
        playlist=PlaylistLink(id=world.catalogue.put_playlist("Mine"), name="Mine"),
        rows=0,
    )
    handle = await world.client.start_workflow(
        PlaylistSyncWorkflow.run, sync, id=f"forgotten-{uuid4().hex}", task_queue=MUSIC_QUEUE
    )

    with pytest.raises(RunNotFoundError, match="'forgotten' is not in the database"):
        await world.music.report(handle.id)


async def test_of_several_waits_the_longest_is_kept(time_skipping, tmp_path):
    catalogue = TwoWaits(TRACKS, name="two-waits")
    async with music_world(
        time_skipping.client, tmp_path, catalogue, skip=time_skipping.sleep
    ) as world:
        started = await world.start(wishes(MILES[: 2 * BATCH]))

        async def long_wait():
            now = await world.music.progress(started.workflow_id)
            return now is not None and now.waiting_seconds > timedelta(hours=2).total_seconds()

        catalogue.kept = long_wait
        handle = world.client.get_workflow_handle(started.workflow_id)
        for _ in range(20):
            if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
                break
            await time_skipping.sleep(timedelta(hours=1))
        report = await world.music.report(started.workflow_id)

    assert report.verified
    assert report.seconds >= timedelta(hours=5).total_seconds()
