"""Shadow mode and the way back to the pipeline, on a real Temporal server."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.contracts.syncs import SyncPhase
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, calls, music_agent_world, says, scripted
from tests.fakes.worlds.strategies import (
    ABSENT,
    DOUBTFUL,
    MILES,
    HeldSearches,
    asked,
    music_of,
    spotify_over,
    synced,
    wishes,
)


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")


@pytest.fixture
def open_world(temporal_server, scripted_openai, sqlite_database, catalogue):
    def opened(plan=OFFLINE):
        return music_agent_world(
            temporal_server,
            scripted_openai,
            sqlite_database,
            catalogue,
            plan=plan,
            mcp_servers=spotify_over(catalogue, sqlite_database),
        )

    return opened


SHADOWED = FlagSet(use_agent_sdk=True, shadow_percentage=100)


async def test_the_shadow_of_a_sync_writes_nothing_and_tells_where_it_differs(
    open_world, catalogue, scripted_openai
):
    lanterns = TRACKS[3]
    nothing = says({"uri": None, "confidence": 1.0, "reason": "I see none"})
    bold = says({"uri": lanterns.uri, "confidence": 1.0, "reason": "The guest sings it"})
    search = calls("spotify_search", query="Paper Lanterns", limit=10)
    again = says({"index": 1, "reason": "It still does"})  # the only candidate, behind the decoy
    steps = [search, nothing, search, bold, again, search, nothing]
    await scripted_openai.script("bold", steps)
    flags = replace(SHADOWED, songs_at_once=1)
    async with open_world(scripted("bold")) as world:
        songs = [wish(MILES[0]), DOUBTFUL, ABSENT]
        report = await synced(world, songs, Strategy.AUTO, flags=flags)
        rollout = music_of(world, flags).rollout
        status = await rollout.status()
        differences = await rollout.differences(limit=3)
        reviews = (await world.store.verdicts.open_questions(limit=9)).items

    assert report.strategy is Strategy.PIPELINE
    assert catalogue.uris_of(report.playlist.id) == [MILES[0].uri]
    assert (status.shadow_syncs, status.shadow_rows.compared) == (1, 3)
    assert status.shadow_rows.different == 1
    assert [told.position for told in differences] == [2]
    assert (differences[0].old.decision, differences[0].new.decision) == ("review", "accept")
    assert differences[0].new.track == lanterns
    assert differences[0].strategy is Strategy.AGENT
    assert status.shadow_use.model_calls == len(steps)
    assert [each.song.title for each in reviews] == [DOUBTFUL.title]  # the sync's own question


async def test_a_shadow_that_fails_leaves_the_sync_as_it_is(open_world, catalogue):
    async with open_world(OFF) as world:
        report = await synced(world, wishes(MILES[:3]), Strategy.AUTO, flags=SHADOWED)
        status = await music_of(world, SHADOWED).rollout.status()

    assert report.verified
    assert (status.shadow_rows.compared, status.shadow_rows.failed) == (0, 3)


async def test_cancelling_a_sync_in_its_shadow_ends_the_shadow_alone(
    open_world, catalogue, scripted_openai
):
    async with open_world() as world:
        music = music_of(world, SHADOWED)
        first = await synced(world, wishes(MILES[:3]), Strategy.PIPELINE)
        held = HeldSearches(catalogue)
        started = await music.start_sync(await asked(world, wishes(MILES[:3]), Strategy.AUTO))
        async with asyncio.timeout(30):
            await held.asked.wait()
        progress = await music.progress(started.workflow_id)
        await music.cancel(started.workflow_id)
        report = await music.report(started.workflow_id)
        held.go.set()

    assert progress
    assert progress.phase is SyncPhase.DONE
    assert report.verified
    assert report.playlist.id == first.playlist.id
    assert report.message != "The sync was cancelled."


# --- the way back ---------------------------------------------------------------------------------


async def test_auto_goes_back_to_the_pipeline_when_agents_fail_and_on_when_that_is_reset(
    open_world,
):
    async with open_world(OFF) as world:
        strategies = [
            (await synced(world, wishes([track]), Strategy.AUTO, track.title)).strategy
            for track in MILES[:7]
        ]
        rollout = music_of(world).rollout
        fallen = await rollout.status()
        was_fallen = await rollout.reset()
        again = await synced(world, wishes(MILES[7:8]), Strategy.AUTO, "Again")
        asked_for = await rollout.status()

    assert strategies == [Strategy.AGENT] * 5 + [Strategy.PIPELINE] * 2
    assert fallen.fallen_back
    assert fallen.failure_rate_percent == 100
    assert "100 % of the last syncs by `agent` failed" in fallen.fallen_back_reason
    assert fallen.fallen_back_at is not None
    assert was_fallen
    assert again.strategy is Strategy.AGENT
    assert not asked_for.fallen_back
    assert (asked_for.old.syncs, asked_for.new.syncs) == (2, 6)
    assert asked_for.new.success == 1.0


async def test_the_status_tells_what_people_overturned(open_world, catalogue):
    async with open_world() as world:
        await synced(world, wishes(MILES[:4]), Strategy.AGENT, "New")
        await synced(world, wishes(MILES[:4]), Strategy.PIPELINE, "Old")
        decide = world.store.verdicts.decide
        await decide(wish(MILES[0]), MILES[0], origin="review")
        await decide(wish(MILES[1]), None, origin="review")
        song = MILES[2]
        await decide(
            SongMetadata(title=song.title, artist=", ".join(song.artists)),
            MILES[9],
            origin="mapping",
        )
        status = await music_of(world).rollout.status()

    for path in (status.old, status.new):
        assert (path.syncs, path.accepted, path.reviewed, path.overturned) == (1, 4, 3, 2)
        assert path.precision == 0.5
        assert path.seconds_per_track
    assert [told.name for told in status.strategies] == ["pipeline", "agent"]
    assert status.new.use.model_calls > 0
    assert status.new.cost_per_thousand == 0
