"""One song into one playlist, on a real Temporal server; long waits on one that skips time."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor, WorkflowFailureError

from segue.errors.catalogue import (
    CatalogueUnavailableError,
    ForbiddenError,
    LoginRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    WriteNotShownError,
)
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.tracks import TrackStatus, WorkflowInput
from segue.music.service.music import MusicService
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.runtime.faults import from_failure
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import Failure, InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import add_song, music_world, wish

LIGHTS, LIVE = TRACKS[:2]
MILE, OTHER = TRACKS[4:6]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
DOUBTFUL = SongMetadata(title=LIGHTS.title, artist="Ada Quill", duration_ms=240_000)
LOST = Failure(OutcomeUnknownError("no answer"), after_effect=True)
SPURNED = OutcomeUnknownError("502 before anything happened")


class LaggingCatalogue(InMemoryCatalogue):
    """Shows a write only to later readings, or never.

    Attributes:
        hidden_for: Readings after a write that still show what was there before it.
    """

    def __init__(self, tracks, *, hidden_for):
        super().__init__(tracks)
        self.hidden_for = hidden_for
        self._before = None

    async def add_items(self, playlist_id, uris, *, position):
        self._before = await super().read_items(playlist_id)
        await super().add_items(playlist_id, uris, position=position)

    async def read_items(self, playlist_id, *, offset=0, limit=50):
        if self._before is not None and self.hidden_for:
            self.hidden_for -= 1
            return self._before
        return await super().read_items(playlist_id, offset=offset, limit=limit)


class Starts(Interceptor):
    """Counts the starts that the server has answered, by a yes or a no."""

    def __init__(self):
        self.answered = 0

    def intercept_client(self, next):  # noqa: A002 - Temporal's name
        return _CountedStarts(next, self)


class _CountedStarts(OutboundInterceptor):
    def __init__(self, inner, starts):
        super().__init__(inner)
        self._starts = starts

    async def start_workflow(self, input):  # noqa: A002 - Temporal's name
        try:
            return await super().start_workflow(input)
        finally:
            self._starts.answered += 1


@pytest.fixture
async def world(temporal_client, tmp_path):
    async with music_world(temporal_client, tmp_path, InMemoryCatalogue(TRACKS)) as made:
        yield made


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
async def patient_world(time_skipping, tmp_path, catalogue):
    async with music_world(time_skipping.client, tmp_path, catalogue) as made:
        yield made


async def started(world, song, playlist_id):
    return await world.client.start_workflow(
        MusicSyncWorkflow.run,
        WorkflowInput(song_metadata=song, playlist_id=playlist_id),
        id=f"one-song-{uuid4().hex}",
        task_queue=MUSIC_QUEUE,
    )


async def steps(handle):
    """Wire names of the steps that a run took, in order."""
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_certain_song_is_searched_matched_added_and_read_back(world):
    held = world.catalogue.put_playlist("Mine", [OTHER.uri, None])

    handle = await started(world, wish(MILE), held)
    result = await handle.result()

    assert await steps(handle) == [
        "spotify-search",
        "fuzzy-match",
        "add-to-playlist",
        "verify-track-added",
    ]
    assert world.catalogue.uris_of(held) == [OTHER.uri, None, MILE.uri]
    assert (result.success, result.status, result.position) == (True, TrackStatus.ADDED, 2)
    assert result.track == MILE
    assert result.alternatives[0].track == MILE
    assert result.confidence > 0.9
    assert result.message
    assert 0 < result.execution_time_seconds < 60


async def test_a_song_that_is_there_is_not_added_again(world):
    held = world.catalogue.put_playlist("Mine", [OTHER.uri, MILE.uri])

    result = await (await started(world, wish(MILE), held)).result()

    assert (result.success, result.status) == (True, TrackStatus.ALREADY_PRESENT)
    assert result.position == 1
    assert world.catalogue.called("add_items") == 0


async def test_a_doubtful_song_waits_for_a_person_and_is_not_added(world):
    held = world.catalogue.put_playlist("Mine")

    handle = await started(world, DOUBTFUL, held)
    result = await handle.result()

    assert await steps(handle) == ["spotify-search", "fuzzy-match", "ai-disambiguate"]
    assert (result.success, result.status, result.position) == (False, TrackStatus.REVIEW, None)
    assert world.catalogue.uris_of(held) == []
    (asked,) = (await world.store.verdicts.open_questions(limit=9)).items
    assert asked.song == DOUBTFUL
    assert asked.alternatives == result.alternatives
    assert {LIGHTS.uri, LIVE.uri} <= {near.track.uri for near in asked.alternatives}


async def test_what_a_person_decided_is_added_without_asking_again(world):
    held = world.catalogue.put_playlist("Mine")
    await (await started(world, DOUBTFUL, held)).result()
    await world.store.verdicts.decide(DOUBTFUL, LIVE, origin="review")

    handle = await started(world, DOUBTFUL, held)
    result = await handle.result()

    assert (result.success, result.status) == (True, TrackStatus.ADDED)
    assert result.message == "chosen by your review"
    assert world.catalogue.uris_of(held) == [LIVE.uri]
    assert "ai-disambiguate" not in await steps(handle)
    assert (await world.store.verdicts.open_questions(limit=9)).items == ()


async def test_a_song_that_a_person_left_out_stays_out(world):
    held = world.catalogue.put_playlist("Mine")
    await world.store.verdicts.decide(wish(MILE), None, origin="review")

    result = await (await started(world, wish(MILE), held)).result()

    assert (result.success, result.status) == (False, TrackStatus.NOT_FOUND)
    assert world.catalogue.uris_of(held) == []


async def test_a_song_that_the_catalogue_lacks_is_not_found(world):
    held = world.catalogue.put_playlist("Mine")

    handle = await started(world, ABSENT, held)
    result = await handle.result()

    assert (result.success, result.status) == (False, TrackStatus.NOT_FOUND)
    assert result.track is None
    assert await steps(handle) == ["spotify-search", "fuzzy-match"]


@pytest.mark.parametrize(
    "failures",
    [[LOST], [SPURNED], [SPURNED, LOST], [CatalogueUnavailableError("no connection"), LOST]],
    ids=["lost", "spurned", "spurned, lost", "unavailable, lost"],
)
async def test_whatever_happens_to_an_answer_the_song_is_there_once(patient_world, failures):
    held = patient_world.catalogue.put_playlist("Mine", [OTHER.uri])
    patient_world.catalogue.fail_next("add_items", *failures)

    result = await (await started(patient_world, wish(MILE), held)).result()

    assert (result.success, result.position) == (True, 1)
    assert patient_world.catalogue.uris_of(held) == [OTHER.uri, MILE.uri]


async def test_an_asked_for_wait_of_hours_is_kept_and_then_the_song_is_added(patient_world):
    held = patient_world.catalogue.put_playlist("Mine")
    patient_world.catalogue.fail_next(
        "search", RateLimitedError("slow down", retry_after=timedelta(hours=20))
    )

    result = await (await started(patient_world, wish(MILE), held)).result()

    assert result.success
    assert result.execution_time_seconds >= timedelta(hours=20).total_seconds()


async def test_an_outage_that_refuses_writes_alone_is_waited_for(patient_world):
    held = patient_world.catalogue.put_playlist("Mine")
    patient_world.catalogue.fail_next("add_items", *[SPURNED] * 30)

    result = await (await started(patient_world, wish(MILE), held)).result()

    assert result.success
    assert patient_world.catalogue.called("add_items") == 31


@pytest.mark.parametrize("catalogue", [LaggingCatalogue(TRACKS, hidden_for=4)], ids=["lags"])
async def test_a_write_that_shows_late_is_waited_for(patient_world):
    held = patient_world.catalogue.put_playlist("Mine")

    result = await (await started(patient_world, wish(MILE), held)).result()

    assert (result.success, result.status, result.position) == (True, TrackStatus.ADDED, 0)
    assert patient_world.catalogue.called("add_items") == 1


@pytest.mark.parametrize("catalogue", [LaggingCatalogue(TRACKS, hidden_for=1000)], ids=["never"])
async def test_without_reading_it_back_there_is_no_success(patient_world):
    held = patient_world.catalogue.put_playlist("Mine")
    handle = await started(patient_world, wish(MILE), held)

    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()

    error = from_failure(failed.value)
    assert type(error) is WriteNotShownError
    assert f"does not hold {MILE.uri}" in error.message


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("search", LoginRequiredError("log in", hint="Run it.")),
        ("add_items", ForbiddenError("not your playlist")),
        ("read_items", NotFoundError("the playlist was deleted")),
    ],
    ids=lambda value: getattr(value, "code", value),
)
async def test_a_refusal_is_told_as_the_error_it_is_and_not_tried_again(world, method, error):
    held = world.catalogue.put_playlist("Mine")
    world.catalogue.fail_next(method, error)

    with pytest.raises(type(error), match=error.message) as told:
        await add_song(world.music, wish(MILE), held)

    assert told.value.hint == error.hint
    assert world.catalogue.called(method) == 1
    assert world.catalogue.uris_of(held) == []


async def test_asking_twice_at_once_is_one_run(world):
    held = world.catalogue.put_playlist("Mine")
    search, go, starts = world.catalogue.search, asyncio.Event(), Starts()
    config = world.client.config()
    config["interceptors"] = [starts]
    music = MusicService(Client(**config), world.store, world.catalogue)

    async def slow(query, *, limit=10, offset=0):
        await go.wait()
        return await search(query, limit=limit, offset=offset)

    world.catalogue.search = slow
    both = asyncio.gather(*(add_song(music, wish(MILE), held) for _ in range(2)))
    await until(lambda: starts.answered == 2, "both to have asked")
    go.set()
    first, second = await both

    assert first == second
    assert world.catalogue.called("search") == world.catalogue.called("add_items") == 1
    assert world.catalogue.uris_of(held) == [MILE.uri]


async def test_asking_again_later_changes_nothing(world):
    held = world.catalogue.put_playlist("Mine")

    results = [await add_song(world.music, wish(MILE), held) for _ in range(2)]

    assert [result.status for result in results] == [
        TrackStatus.ADDED,
        TrackStatus.ALREADY_PRESENT,
    ]
    assert world.catalogue.uris_of(held) == [MILE.uri]
