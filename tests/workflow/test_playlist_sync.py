"""Playlist syncs on a real Temporal server, with a catalogue that fails on demand.

What waits for hours runs on a server that skips time.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    LoginRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaExceededError,
    RateLimitedError,
)
from segue.errors.sync import AlreadyRunningError, PlaylistChangedError, RunNotFoundError
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import SyncMode, SyncPhase, SyncRequest
from segue.music.contracts.tracks import TrackStatus
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import Failure, InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import music_world, wish

MILES = TRACKS[4:]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
LOST = Failure(OutcomeUnknownError("no answer"), after_effect=True)
SPURNED = OutcomeUnknownError("502 before anything happened")


@pytest.fixture
def catalogue():
    """Workflow ids hold the catalogue's name: tests that share a server must not meet."""
    return InMemoryCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")


@pytest.fixture
async def world(temporal_client, tmp_path, catalogue):
    async with music_world(temporal_client, tmp_path, catalogue) as made:
        yield made


@pytest.fixture
async def skipping_world(time_skipping, tmp_path, catalogue):
    async with music_world(
        time_skipping.client, tmp_path, catalogue, skip=time_skipping.sleep
    ) as made:
        yield made


def uris(tracks):
    return [track.uri for track in tracks]


def wishes(tracks):
    return [wish(track) for track in tracks]


async def synced(world, songs, playlist="Mine", **options):
    started = await world.start(songs, playlist, **options)
    if world.skip:
        return await reported(world, started)
    return await world.music.report(started.workflow_id)


async def reported(world, started):
    """The report of a sync on a server that skips time, which it does only when told to."""
    handle = world.client.get_workflow_handle(started.workflow_id)
    for _ in range(200):
        if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
            return await world.music.report(started.workflow_id)
        await world.skip(timedelta(hours=1))
    raise AssertionError("the sync does not end")


async def test_a_playlist_arrives_whole_in_order_and_is_read_back(world):
    report = await synced(world, [*wishes(MILES), ABSENT])

    assert report.verified
    assert uris(MILES) == world.catalogue.uris_of(report.playlist.id)
    assert report.counts == {
        TrackStatus.ADDED: 120,
        TrackStatus.ALREADY_PRESENT: 0,
        TrackStatus.REVIEW: 0,
        TrackStatus.NOT_FOUND: 1,
        TrackStatus.FAILED: 0,
    }
    assert [track.position for track in report.tracks] == list(range(1, 122))


async def test_an_existing_playlist_is_completed_and_intended_repeats_are_kept(world):
    one, two, three = MILES[:3]
    held = world.catalogue.put_playlist("Mine", [two.uri])

    report = await synced(world, wishes([one, two, three, two]))

    assert world.catalogue.uris_of(held) == [two.uri, one.uri, three.uri, two.uri]
    assert [track.status for track in report.tracks] == [
        TrackStatus.ADDED,
        TrackStatus.ALREADY_PRESENT,
        TrackStatus.ADDED,
        TrackStatus.ADDED,
    ]


async def test_a_second_run_adds_nothing_and_searches_nothing(world):
    first = await synced(world, wishes(MILES[:5]))
    searched = world.catalogue.called("search")

    again = await synced(world, wishes(MILES[:5]))

    assert again.verified
    assert again.counts[TrackStatus.ALREADY_PRESENT] == 5
    assert (again.searches, world.catalogue.called("search")) == (0, searched)
    assert world.catalogue.uris_of(first.playlist.id) == uris(MILES[:5])


async def test_a_dry_run_makes_nothing_and_says_what_it_would_do(world):
    report = await synced(world, wishes(MILES[:3]), dry_run=True)

    assert report.dry_run
    assert report.playlist.id is None
    assert report.counts[TrackStatus.ADDED] == 3
    assert world.catalogue.called("create_playlist") == world.catalogue.called("add_items") == 0


@pytest.mark.parametrize(
    "failures",
    [
        [LOST],
        [SPURNED],
        [LOST, LOST],
        [None, LOST, SPURNED, LOST],
        [CatalogueUnavailableError("no connection"), SPURNED, LOST],
        [RateLimitedError("slow down", retry_after=timedelta(hours=20)), LOST],
    ],
    ids=lambda failures: f"{len(failures)} failures",
)
async def test_whatever_happens_to_an_answer_every_track_is_there_once(skipping_world, failures):
    skipping_world.catalogue.fail_next("add_items", *failures)

    report = await synced(skipping_world, wishes(MILES))

    assert report.verified
    assert uris(MILES) == skipping_world.catalogue.uris_of(report.playlist.id)


async def test_a_mirror_asks_and_then_removes_moves_and_adds(world):
    one, two, three, gone = MILES[:4]
    held = world.catalogue.put_playlist("Mine", [gone.uri, three.uri, None, one.uri])
    started = await world.start(wishes([one, two, three]), mode=SyncMode.MIRROR)

    async def asked():
        now = await world.music.progress(started.workflow_id)
        return now is not None and now.phase is SyncPhase.AWAITING_CONFIRMATION

    await until(asked, "the mirror's question")
    removals = await world.music.removals(started.workflow_id)
    await world.music.confirm(started.workflow_id, agreed=True)
    report = await world.music.report(started.workflow_id)

    assert [track.uri for track in removals] == [gone.uri]
    assert report.verified
    kept = [uri for uri in world.catalogue.uris_of(held) if uri]
    assert kept == uris([one, two, three])
    assert world.catalogue.uris_of(held).count(None) == 1


async def test_a_mirror_takes_nothing_out_while_a_song_could_not_be_searched(world):
    held = world.catalogue.put_playlist("Mine", uris(MILES[2:5]))
    world.catalogue.fail_next("search", InvalidRequestError("400"))
    report = await synced(world, wishes(MILES[:1]), mode=SyncMode.MIRROR)

    assert report.counts[TrackStatus.FAILED] == 1
    assert report.removed == ()
    assert world.catalogue.uris_of(held) == uris(MILES[2:5])
    assert "1 songs could not be searched" in report.message


async def test_a_mirror_without_consent_changes_nothing(world):
    held = world.catalogue.put_playlist("Mine", uris(MILES[5:8]))
    started = await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)
    await world.music.confirm(started.workflow_id, agreed=False)

    report = await world.music.report(started.workflow_id)

    assert not report.verified
    assert report.removed == ()
    assert uris(MILES[5:8]) == world.catalogue.uris_of(held)


async def test_an_unanswered_question_is_a_no_after_a_day(skipping_world):
    held = skipping_world.catalogue.put_playlist("Mine", uris(MILES[5:8]))
    report = await synced(skipping_world, wishes(MILES[:3]), mode=SyncMode.MIRROR)

    assert "Nobody agreed" in report.message
    assert uris(MILES[5:8]) == skipping_world.catalogue.uris_of(held)


async def test_a_mirror_that_removes_nothing_does_not_ask(world):
    report = await synced(world, wishes(MILES[:3]), mode=SyncMode.MIRROR)

    assert report.verified


async def test_a_day_long_quota_wait_is_a_timer_and_then_the_sync_goes_on(skipping_world):
    skipping_world.catalogue.fail_next(
        "search", QuotaExceededError("QUOTA_EXCEEDED", retry_after=timedelta(hours=23))
    )
    started = await skipping_world.start(wishes(MILES[:10]))

    report = await reported(skipping_world, started)

    assert report.verified
    assert report.seconds > timedelta(hours=23).total_seconds()


async def test_rows_that_fail_for_ever_are_reported_and_the_others_arrive(skipping_world):
    class Allergic(InMemoryCatalogue):
        async def search(self, query, *, limit=10, offset=0):
            if "Milestone 7" in query:
                raise CatalogueUnavailableError("500")
            return await super().search(query, limit=limit, offset=offset)

    allergic = Allergic(TRACKS)
    skipping_world.catalogue.search = allergic.search

    report = await synced(skipping_world, wishes(MILES[5:10]))

    assert report.verified
    assert [track.status for track in report.tracks].count(TrackStatus.FAILED) == 1
    assert report.tracks[2].reason.startswith("could not be searched")


async def test_a_row_the_catalogue_calls_malformed_fails_alone(world):
    world.catalogue.fail_next("search", InvalidRequestError("bad query"))

    report = await synced(world, wishes(MILES[:3]))

    assert report.counts[TrackStatus.FAILED] == 1
    assert report.counts[TrackStatus.ADDED] == 2


async def test_without_a_login_the_sync_fails_with_that_error(world):
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    started = await world.start(wishes(MILES[:3]))

    with pytest.raises(LoginRequiredError, match="log in"):
        await world.music.report(started.workflow_id)


@pytest.mark.parametrize("method", ["add_items", "read_items"])
@pytest.mark.parametrize("refusal", [ForbiddenError, LoginRequiredError, NotFoundError])
async def test_a_refused_write_fails_the_sync_with_that_error(world, method, refusal):
    world.catalogue.fail_next(method, *[refusal("not your playlist any more")] * 50)
    started = await world.start(wishes(MILES[:3]))

    with pytest.raises(refusal, match="any more") as failed:
        await world.music.report(started.workflow_id)

    assert failed.value.hint
    assert world.catalogue.called(method) == 1


async def test_a_playlist_that_never_becomes_right_ends_in_a_clear_error(skipping_world):
    async def swallow(playlist_id, uris, *, position):
        """Answers well and does nothing."""

    skipping_world.catalogue.add_items = swallow
    started = await skipping_world.start(wishes(MILES[:3]))

    with pytest.raises(PlaylistChangedError, match="3 tracks are missing"):
        await reported(skipping_world, started)


async def test_a_lost_answer_to_the_creation_makes_one_playlist(world):
    world.catalogue.fail_next("create_playlist", LOST)

    report = await synced(world, wishes(MILES[:2]))

    mine = [playlist.id async for playlist in world.catalogue.my_playlists()]
    assert mine == [report.playlist.id]


async def test_the_same_request_joins_and_another_is_refused(world):
    world.catalogue.put_playlist("Mine", [MILES[9].uri])
    first = await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)
    same = await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)

    assert (same.workflow_id, same.run_id, same.joined) == (first.workflow_id, first.run_id, True)
    with pytest.raises(AlreadyRunningError, match=first.workflow_id):
        await world.start(wishes(MILES[3:6]))


async def test_a_request_that_waits_starts_after_the_other(world):
    world.catalogue.put_playlist("Mine", [MILES[9].uri])
    first = await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)
    waiting = asyncio.create_task(
        world.music.start_sync(
            SyncRequest(
                import_id=await world.imported(wishes(MILES[3:5])),
                playlist="Mine",
                wait_for_other=True,
            )
        )
    )
    await world.music.confirm(first.workflow_id, agreed=True)
    second = await waiting
    report = await world.music.report(second.workflow_id)

    assert second.run_id != first.run_id
    assert report.verified
    assert world.catalogue.uris_of(report.playlist.id) == uris(MILES[:5])


async def test_a_paused_sync_waits_and_a_resumed_one_ends(world):
    world.catalogue.put_playlist("Mine", [MILES[9].uri])
    started = await world.start(wishes(MILES[:3]), mode=SyncMode.MIRROR)
    await world.music.pause(started.workflow_id)
    await world.music.confirm(started.workflow_id, agreed=True)
    paused = await world.music.progress(started.workflow_id)
    await world.music.resume(started.workflow_id)
    report = await world.music.report(started.workflow_id)

    assert paused is not None
    assert paused.paused
    assert report.verified


async def test_a_cancelled_sync_leaves_a_prefix_and_reports_it(world):
    reached = asyncio.Event()
    finish = asyncio.Event()
    add = world.catalogue.add_items

    async def slow_second_chunk(playlist_id, uris, *, position):
        if position:
            reached.set()
            await finish.wait()
        await add(playlist_id, uris, position=position)

    world.catalogue.add_items = slow_second_chunk
    started = await world.start([*wishes(MILES), *wishes(MILES)])
    await reached.wait()
    await world.music.cancel(started.workflow_id)
    finish.set()
    report = await world.music.report(started.workflow_id)

    planned = [*uris(MILES), *uris(MILES)]
    held = world.catalogue.uris_of(report.playlist.id)
    assert report.message == "The sync was cancelled."
    assert held == planned[: len(held)]
    assert 100 < len(held) < len(planned)
    assert report.counts[TrackStatus.ADDED] == len(held)
    assert report.counts[TrackStatus.FAILED] == len(planned) - len(held)


async def test_what_the_user_adds_meanwhile_stays(world):
    add = world.catalogue.add_items
    foreign = TRACKS[0].uri

    async def crowded(playlist_id, uris, *, position):
        await add(playlist_id, uris, position=position)
        await add(playlist_id, [foreign], position=0)
        world.catalogue.add_items = add

    world.catalogue.add_items = crowded
    report = await synced(world, wishes(MILES[:3]))

    assert report.verified
    assert world.catalogue.uris_of(report.playlist.id) == [foreign, *uris(MILES[:3])]


async def test_an_unknown_sync_is_a_clear_error(world):
    with pytest.raises(RunNotFoundError):
        await world.music.report("nope")
    with pytest.raises(RunNotFoundError):
        await world.music.pause("nope")
    with pytest.raises(RunNotFoundError):
        await world.music.removals("nope")


async def test_what_a_person_decided_wins_on_every_later_run(world):
    song, chosen = wish(TRACKS[0]), TRACKS[1]
    first = await synced(world, [song], "First")
    await world.store.verdicts.decide(song, chosen, origin="review")
    second = await synced(world, [song], "Second")

    assert first.tracks[0].match == TRACKS[0]
    assert second.tracks[0].match == chosen
    assert second.tracks[0].reason == "chosen by your review"
    assert world.catalogue.uris_of(second.playlist.id) == [chosen.uri]
