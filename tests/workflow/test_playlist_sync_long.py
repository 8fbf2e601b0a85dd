"""A playlist longer than one run may be, on a real Temporal server."""

import asyncio
from uuid import uuid4

import pytest

from segue.music.contracts.syncs import SyncPhase
from segue.music.contracts.tracks import TrackStatus
from segue.music.workflows.playlist_sync import BATCH, BATCHES_PER_RUN
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import music_world, wish

LATE, MILES = TRACKS[3], TRACKS[4:]
ROWS = 13_000
IN_ONE_RUN = BATCH * BATCHES_PER_RUN
MOST_EVENTS = 4_096  # where the server begins to ask for a new run
MOST_BYTES_A_TRACK = 1_024


class GatedCatalogue(InMemoryCatalogue):
    """Answers searches for ``LATE`` only when told to."""

    def __init__(self, tracks, *, name):
        super().__init__(tracks, name=name)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def search(self, query, *, limit=10, offset=0):
        if LATE.title in query:
            self.asked.set()
            await self.go.wait()
        return await super().search(query, limit=limit, offset=offset)


@pytest.fixture
async def world(temporal_client, tmp_path):
    catalogue = GatedCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")
    async with music_world(temporal_client, tmp_path, catalogue) as made:
        yield made


def rows(count):
    """Few different songs, so that matching is quick; no two alike side by side."""
    return [MILES[row % len(MILES)] for row in range(count)]


async def histories(world, workflow_id):
    """Of all runs of a workflow, the first one first."""
    found = []
    run_id = (await world.client.get_workflow_handle(workflow_id).describe()).run_id
    while run_id:
        handle = world.client.get_workflow_handle(workflow_id, run_id=run_id)
        history = await handle.fetch_history()
        found.insert(0, history)
        began = history.events[0].workflow_execution_started_event_attributes
        run_id = began.continued_execution_run_id
    return found


def size(history):
    """Bytes of a history as the server stores and sends it."""
    return sum(event.ByteSize() for event in history.events)


async def test_a_long_playlist_arrives_whole_and_in_order_and_a_pause_passes_on_to_the_next_run(
    world,
):
    tracks = rows(ROWS)
    tracks[IN_ONE_RUN - 1] = LATE
    started = await world.start([wish(track) for track in tracks])
    handle = world.client.get_workflow_handle(started.workflow_id)
    first_run = (await handle.describe()).run_id

    async def in_the_next_run():
        return (await handle.describe()).run_id != first_run

    async with asyncio.timeout(60):
        await world.catalogue.asked.wait()
    await world.music.pause(started.workflow_id)
    world.catalogue.go.set()
    await until(in_the_next_run, "the next run")
    paused = await world.music.progress(started.workflow_id)
    await world.music.resume(started.workflow_id)
    report = await world.music.report(started.workflow_id)
    runs = await histories(world, started.workflow_id)

    assert paused is not None
    assert (paused.phase, paused.paused, paused.total) == (SyncPhase.MATCHING, True, ROWS)
    assert (paused.matched, paused.accepted) == (IN_ONE_RUN, IN_ONE_RUN)
    assert report.verified
    assert world.catalogue.uris_of(report.playlist.id) == [track.uri for track in tracks]
    assert report.counts[TrackStatus.ADDED] == len(report.tracks) == ROWS
    assert report.searches == world.catalogue.called("search")
    assert len(runs) > 1
    assert max(len(run.events) for run in runs) < MOST_EVENTS
    assert max(map(size, runs)) / IN_ONE_RUN < MOST_BYTES_A_TRACK
    assert sum(map(size, runs)) / ROWS < MOST_BYTES_A_TRACK
