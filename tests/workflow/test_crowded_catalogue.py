"""Many syncs on a slow catalogue: all of them get on, none waits for a larger one."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import PendingActivityState

from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import Strategy
from segue.music.register.worker import music_parts
from segue.runtime.client import connect
from tests.fakes.data.tracks import track_uri
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import AT_ONCE as NO_WAIT, music_world, wish
from tests.fakes.worlds.temporal import serving

SYNCS, ROWS = 8, 30
SEARCHES_BEFORE = 120  # the first ten songs of each, and some
SEARCH_S = 0.02
AT_ONCE = 4  # searches, as the worker of the tests is set


def tracks_of(playlist, count):
    return [
        Track(
            uri=track_uri(playlist * 1_000 + row),
            title=f"Song {row} of {playlist}",
            artists=(f"Band {playlist}",),
        )
        for row in range(count)
    ]


LARGE = [tracks_of(playlist, ROWS) for playlist in range(SYNCS)]
TINY, SINGLE = tracks_of(51, 5), tracks_of(52, 1)


class SlowCatalogue(InMemoryCatalogue):
    """Answers a search only when the test lets it.

    Attributes:
        in_flight: Searches that wait or are answered now.
        most: Searches at once, ever.
    """

    in_flight, most = 0, 0

    def __init__(self, tracks, *, name):
        super().__init__(tracks, name=name)
        self._answers = asyncio.Semaphore(0)

    def let_answer(self, searches):
        """Let so many searches be answered."""
        for _ in range(searches):
            self._answers.release()

    async def search(self, query, *, limit=10, offset=0):
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await self._answers.acquire()
        await asyncio.sleep(SEARCH_S)
        self.in_flight -= 1
        return await super().search(query, limit=limit, offset=offset)


@pytest.fixture
async def world(temporal_client, tmp_path):
    tracks = [track for each in (*LARGE, TINY, SINGLE) for track in each]
    catalogue = SlowCatalogue(tracks, name=f"memory-{uuid4().hex[:8]}")
    async with music_world(temporal_client, tmp_path, catalogue) as made:
        yield made


async def started(world, tracks):
    """A sync of these tracks into a playlist of its own."""
    return await world.start([wish(track) for track in tracks], tracks[0].artists[0])


def searches(world):
    """The songs that were searched for, in order."""
    return [query for method, query in world.catalogue.calls if method == "search"]


def place_of_last(world, tracks):
    """How many searches were sent until the last one for these tracks."""
    artist = tracks[0].artists[0].casefold()
    return max(at for at, query in enumerate(searches(world), 1) if artist in query.casefold())


async def until_called(world, workflow_id):
    """Return once a worker has taken an activity of the workflow."""

    async def called():
        run = await world.client.get_workflow_handle(workflow_id).describe()
        calls = run.raw_description.pending_activities
        return bool(calls) and calls[0].state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED

    await until(called, f"a call of {workflow_id}")


async def test_many_syncs_search_everything_once_and_hold_no_small_one_up(world):
    syncs = await asyncio.gather(*(started(world, tracks) for tracks in LARGE))
    for sync in syncs:
        await until_called(world, sync.workflow_id)
    world.catalogue.let_answer(SEARCHES_BEFORE)
    await until(
        lambda: (len(searches(world)), world.catalogue.in_flight) == (SEARCHES_BEFORE, AT_ONCE),
        "all searches that are let",
    )

    tiny = await started(world, TINY)
    playlist = world.catalogue.put_playlist("Single")
    song = await world.music.start_song(wish(SINGLE[0]), playlist, Strategy.PIPELINE)
    await until_called(world, tiny.workflow_id)
    await until_called(world, song.workflow_id)
    world.catalogue.let_answer(SYNCS * ROWS)
    reports = [await world.music.report(each.workflow_id) for each in (tiny, *syncs)]

    assert place_of_last(world, TINY) - SEARCHES_BEFORE <= 10 * len(TINY)
    assert place_of_last(world, SINGLE) - SEARCHES_BEFORE <= 10
    assert all(report.verified for report in reports)
    assert set(Counter(searches(world)).values()) == {1}
    assert world.catalogue.most == AT_ONCE
    assert min(place_of_last(world, tracks) for tracks in LARGE) > 0.8 * SYNCS * ROWS  # fair shares


async def test_a_small_sync_waits_for_no_large_one_where_two_workers_search(world, temporal_server):
    """Two workers with turns of their own, as two processes have them.

    Temporal gives each what no worker has taken, the first songs of any sync first; what a worker
    has taken it orders by itself. So the bound is twice that of one worker, which orders all; large
    syncs have equal shares within a worker only.
    """
    parts = music_parts(world.catalogue, world.store, search_concurrency=AT_ONCE, settle=NO_WAIT)
    async with serving(await connect(temporal_server.address, {}), parts):
        syncs = await asyncio.gather(*(started(world, tracks) for tracks in LARGE))
        for sync in syncs:
            await until_called(world, sync.workflow_id)
        world.catalogue.let_answer(SEARCHES_BEFORE)
        await until(lambda: len(searches(world)) == SEARCHES_BEFORE, "all searches that are let")

        tiny = await started(world, TINY)
        await until_called(world, tiny.workflow_id)
        world.catalogue.let_answer(SYNCS * ROWS)
        reports = [await world.music.report(each.workflow_id) for each in (tiny, *syncs)]

    assert place_of_last(world, TINY) - SEARCHES_BEFORE <= 2 * 2 * (AT_ONCE + len(TINY))
    assert all(report.verified for report in reports)
    assert set(Counter(searches(world)).values()) == {1}
    assert AT_ONCE < world.catalogue.most <= 2 * AT_ONCE
