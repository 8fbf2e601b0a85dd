"""Strategies inside a playlist sync, on a real Temporal server."""

import asyncio
from dataclasses import replace
from importlib.resources import files
from typing import cast
from uuid import uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from segue.errors.run import AgentError
from segue.errors.sync import AlreadyRunningError
from segue.music.catalogues.open import open_local
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.music.contracts.tracks import TrackStatus
from segue.music.register.feature import MUSIC
from segue.music.service.music import MusicService
from segue.runtime.embedded import TUNING, Endpoint, server_program
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.processes import LocalCatalogueProcess
from tests.fakes.waiting import until
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, music_agent_world, says, scripted
from tests.fakes.worlds.strategies import (
    ABSENT,
    AGENTS_ON,
    BY_TOOLS,
    DOUBTFUL,
    MILES,
    HeldSearches,
    asked,
    music_of,
    spotify_over,
    synced,
    used,
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


@pytest.mark.parametrize("strategy", BY_TOOLS)
async def test_agents_bring_about_the_playlist_that_the_pipeline_does(
    open_world, catalogue, strategy
):
    songs = [*wishes(MILES[:12]), ABSENT, wish(MILES[3])]
    async with open_world() as world:
        plain = await synced(world, songs, Strategy.PIPELINE, "Plain")
        report = await synced(world, songs, strategy, "By agents")

    assert report.verified
    assert catalogue.uris_of(report.playlist.id) == catalogue.uris_of(plain.playlist.id)
    assert report.counts == plain.counts
    assert report.strategy is strategy
    assert used(report).asked == len(songs)
    assert used(report).given_back == 0
    assert used(report).model_calls > len(songs)
    assert used(report).offline
    assert report.per_thousand
    assert report.per_thousand.model_calls == pytest.approx(
        1000 * used(report).model_calls / len(songs)
    )
    assert plain.agents is None


async def test_only_doubtful_rows_go_to_a_model_in_an_assisted_sync(
    open_world, catalogue, scripted_openai
):
    # The only candidate, with the decoy behind it and then before it.
    steps = [says({"index": index, "reason": "it is this one"}) for index in (0, 1)]
    await scripted_openai.script("doubts", steps)
    async with open_world(scripted("doubts")) as world:
        plain = await synced(world, [*wishes(MILES[:60]), DOUBTFUL], Strategy.PIPELINE, "Plain")
        report = await synced(world, [*wishes(MILES[:60]), DOUBTFUL], Strategy.ASSISTED)

    assert plain.counts[TrackStatus.REVIEW] == 1
    assert (report.counts[TrackStatus.REVIEW], report.counts[TrackStatus.ADDED]) == (0, 61)
    assert report.tracks[-1].match == TRACKS[3]
    assert report.searches == 0  # of the matcher; it remembers
    assert (used(report).asked, used(report).model_calls) == (1, 2)
    assert report.per_thousand
    assert report.per_thousand.model_calls == pytest.approx(2000 / 61)
    assert not used(report).offline
    assert report.verified


@pytest.mark.parametrize("strategy", [Strategy.ASSISTED, Strategy.AGENT])
async def test_what_the_agents_of_a_sync_used_is_on_its_account(
    open_world, scripted_openai, sqlite_database, strategy
):
    nothing = says({"uri": None, "index": None, "confidence": 1.0, "reason": "none"})
    await scripted_openai.script("spender", [nothing.model_copy(update={"times": None})])
    async with open_world(scripted("spender")) as world:
        report = await synced(world, [wish(MILES[0]), DOUBTFUL], strategy)
        children = await MUSIC.children(sqlite_database, report.workflow_id)
        account = await world.agents.ports.accounts.spent_by(
            workflow_id=report.workflow_id, children=children
        )
        other = await MUSIC.children(sqlite_database, "another")

    assert account.model_calls == used(report).model_calls > 0
    assert account.tokens == used(report).tokens > 0
    assert other == []


@pytest.mark.parametrize("strategy", [Strategy.ASSISTED, Strategy.AGENT])
async def test_rows_whose_agent_fails_get_the_pipelines_verdict_and_are_counted(
    open_world, catalogue, strategy
):
    songs = [*wishes(MILES[:12]), DOUBTFUL]
    async with open_world(OFF) as world:
        report = await synced(world, songs, strategy)

    assert report.verified
    assert catalogue.uris_of(report.playlist.id) == [track.uri for track in MILES[:12]]
    assert report.counts[TrackStatus.REVIEW] == 1
    asked_rows = 1 if strategy is Strategy.ASSISTED else len(songs)
    assert (used(report).asked, used(report).given_back) == (asked_rows, asked_rows)


async def test_what_a_person_decided_is_no_question_for_an_agent(open_world, catalogue):
    async with open_world() as world:
        await world.store.verdicts.decide(DOUBTFUL, TRACKS[1], origin="review")
        report = await synced(world, [DOUBTFUL, wish(MILES[0])], Strategy.AGENT)

    assert catalogue.uris_of(report.playlist.id) == [TRACKS[1].uri, MILES[0].uri]
    assert used(report).asked == 1


async def test_agents_are_refused_before_anything_starts_where_they_are_off(open_world, catalogue):
    async with open_world() as world:
        with pytest.raises(AgentError, match="agents are off"):
            await synced(world, wishes(MILES[:1]), Strategy.AGENT, flags=FlagSet(allowed=False))

        report = await synced(world, wishes(MILES[:1]), Strategy.AUTO, flags=FlagSet(allowed=False))

    assert report.strategy is Strategy.PIPELINE
    assert report.strategy_reason == "agents are off (USE_AGENT_SDK)"


async def test_auto_takes_the_new_path_for_syncs_that_are_in_and_runs_say_so(open_world):
    async with open_world() as world:
        music = music_of(world)
        report = await synced(world, wishes(MILES[:2]), Strategy.AUTO)
        run = next(
            run for run in await music.runs(limit=100) if run.workflow_id == report.workflow_id
        )

    assert report.strategy is run.strategy is Strategy.AGENT
    assert "rolled out to 100 %" in report.strategy_reason


async def children_of(world, workflow_id):
    """How every child of a workflow stands."""
    handle = world.agents.client.get_workflow_handle(workflow_id)
    return [
        (await world.agents.client.get_workflow_handle(event_id).describe()).status
        async for event_id in _begun(handle)
    ]


async def _begun(handle):
    for event in (await handle.fetch_history()).events:
        begun = event.child_workflow_execution_started_event_attributes
        if begun.workflow_execution.workflow_id:
            yield begun.workflow_execution.workflow_id


async def test_a_pause_holds_the_songs_that_have_not_begun(open_world, catalogue):
    held = HeldSearches(catalogue)
    songs = wishes(MILES[:20])
    async with open_world() as world:
        music = music_of(world)
        started = await music.start_sync(await asked(world, songs, Strategy.AGENT))
        async with asyncio.timeout(30):
            await held.asked.wait()
        await music.pause(started.workflow_id)
        held.go.set()

        async def under_way():
            told = await children_of(world, started.workflow_id)
            return all(each is WorkflowExecutionStatus.COMPLETED for each in told) and bool(told)

        await until(under_way, "the end of the songs that had begun")
        paused = await children_of(world, started.workflow_id)
        await music.resume(started.workflow_id)
        report = await music.report(started.workflow_id)

    assert len(paused) < len(songs)
    assert report.verified
    assert report.counts[TrackStatus.ADDED] == len(songs)


async def test_as_many_songs_go_to_agents_at_once_as_the_settings_say(open_world, catalogue):
    held = HeldSearches(catalogue)
    async with open_world() as world:
        music = music_of(world, replace(AGENTS_ON, songs_at_once=2))
        started = await music.start_sync(await asked(world, wishes(MILES[:9]), Strategy.AGENT))
        async with asyncio.timeout(30):
            await held.asked.wait()
        under_way = len(await children_of(world, started.workflow_id))
        held.go.set()
        report = await music.report(started.workflow_id)

    assert under_way <= 2
    assert report.counts[TrackStatus.ADDED] == 9


async def test_cancelling_a_sync_cancels_its_agents(open_world, catalogue):
    held = HeldSearches(catalogue)
    async with open_world() as world:
        music = music_of(world)
        started = await music.start_sync(await asked(world, wishes(MILES[:30]), Strategy.AGENT))
        async with asyncio.timeout(30):
            await held.asked.wait()
        await music.cancel(started.workflow_id)
        report = await music.report(started.workflow_id)
        ends = await children_of(world, started.workflow_id)
        held.go.set()
        settled = await world.store.outcomes.without_end(limit=10)

    assert report.message == "The sync was cancelled."
    assert report.strategy is Strategy.AGENT
    assert set(ends) == {WorkflowExecutionStatus.CANCELED}
    assert settled == []


async def test_an_agent_that_somebody_ends_is_a_song_for_the_pipeline(open_world, catalogue):
    held = HeldSearches(catalogue)
    async with open_world() as world:
        music = music_of(world)
        started = await music.start_sync(await asked(world, wishes(MILES[:2]), Strategy.AGENT))
        async with asyncio.timeout(30):
            await held.asked.wait()
        await world.agents.client.get_workflow_handle(f"song-{started.run_id}-0").cancel()
        held.go.set()
        report = await music.report(started.workflow_id)

    assert report.verified
    assert report.counts[TrackStatus.ADDED] == 2
    assert (used(report).asked, used(report).given_back) == (2, 1)


async def test_another_strategy_on_the_same_playlist_is_another_sync(open_world, catalogue):
    held = HeldSearches(catalogue)
    async with open_world() as world:
        music = music_of(world)
        request = await asked(world, wishes(MILES[:2]), Strategy.AGENT)
        started = await music.start_sync(request)
        joined = await music.start_sync(request.model_copy(update={"strategy": Strategy.AUTO}))
        with pytest.raises(AlreadyRunningError, match="strategy"):
            await music.start_sync(request.model_copy(update={"strategy": Strategy.PIPELINE}))
        held.go.set()
        await music.report(started.workflow_id)

    assert joined.joined
    assert joined.workflow_id == started.workflow_id


@pytest.fixture
async def impatient_server():
    """A server that asks for a new run early."""
    limit = "limit.historyCount.suggestContinueAsNew=150"
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(server_program()),
        dev_server_extra_args=[*TUNING, "--dynamic-config-value", limit],
    ) as server:
        yield Endpoint(address=server.client.service_client.config.target_host, ui_url="")


async def test_agents_go_on_in_the_next_run_where_they_were(
    impatient_server, scripted_openai, sqlite_database, catalogue
):
    songs = [*wishes(MILES[:41]), DOUBTFUL, *wishes(MILES[41:43])]
    async with music_agent_world(
        impatient_server, scripted_openai, sqlite_database, catalogue, plan=OFF
    ) as world:
        report = await synced(world, songs, Strategy.AGENT)
        began = await world.agents.client.get_workflow_handle(report.workflow_id).fetch_history()

    first = began.events[0].workflow_execution_started_event_attributes
    assert first.continued_execution_run_id
    assert report.verified
    assert catalogue.uris_of(report.playlist.id) == [track.uri for track in MILES[:43]]
    assert used(report).asked == used(report).given_back == len(songs)


# --- the demo -------------------------------------------------------------------------------------


ALL, EVEN, ODD = slice(None), slice(0, None, 2), slice(1, None, 2)


# A half of it for each strategy, and each half by two: what the rules say of a song is the same.
@pytest.mark.timeout(400)  # 22 songs, each a workflow of its own
@pytest.mark.parametrize(
    ("strategy", "rows"),
    [(Strategy.ASSISTED, ALL), *zip(BY_TOOLS, (EVEN, ODD, ODD, EVEN), strict=True)],
)
async def test_agents_give_the_demos_playlist(
    temporal_server, scripted_openai, sqlite_database, tmp_path, strategy, rows
):
    header, *songs = (files("segue.music") / "demo_playlist.csv").read_text("utf-8").splitlines()
    playlist = tmp_path / "demo.csv"
    playlist.write_text("\n".join([header, *songs[rows]]), encoding="utf-8")
    service = LocalCatalogueProcess(tmp_path)
    service.start()
    catalogue = open_local(service.url)
    try:
        async with music_agent_world(
            temporal_server,
            scripted_openai,
            sqlite_database,
            cast("InMemoryCatalogue", catalogue),
            plan=OFFLINE,
            mcp_servers=spotify_over(catalogue, sqlite_database),
        ) as world:
            plain = await demo(world, catalogue, playlist, Strategy.PIPELINE)
            told = await demo(world, catalogue, playlist, strategy)
    finally:
        await catalogue.aclose()
        service.stop()

    assert len(plain[0]) > 0.7 * len(songs[rows])
    assert told == plain


async def demo(world, catalogue, playlist, strategy):
    """What the playlist holds, read back, and how its rows ended."""
    music = MusicService(world.agents.client, world.store, catalogue, flags=AGENTS_ON)
    imported = await music.imports.read(playlist)
    name = f"Demo {strategy} {uuid4().hex[:6]}"
    started = await music.start_sync(
        SyncRequest(import_id=imported.import_id, playlist=name, strategy=strategy)
    )
    report = await music.report(started.workflow_id)
    assert report.verified
    held = await music.show_playlist(name)
    return [track.uri for track in held.tracks if track], report.counts
