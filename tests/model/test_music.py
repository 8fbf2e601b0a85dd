"""Songs by a model that seldom calls a tool, in every strategy: no worse than without one."""

import asyncio
from collections.abc import Iterable
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHistory

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncReport
from segue.music.contracts.tracks import TrackStatus
from segue.music.wire.agents import AgentPlan
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.histories import children_of, failed_tasks
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.waiting import until
from tests.fakes.worlds.music_agents import MusicAgentWorld, music_agent_world
from tests.fakes.worlds.strategies import (
    ABSENT,
    DOUBTFUL,
    asked,
    music_of,
    spotify_over,
    used,
    wishes,
)
from tests.model.server import LlamaServer

pytestmark = pytest.mark.timeout(400)

CERTAIN, FOREIGN = TRACKS[4:5], TRACKS[8:9]
PLAN = AgentPlan(enabled=True, max_tokens=80, max_turns=3)
STRATEGIES = (
    Strategy.ASSISTED,
    Strategy.SIMPLE,
    Strategy.AGENT,
    Strategy.MULTI_AGENT,
    Strategy.MCP,
)
_WITHIN_S = 360.0


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS, name=f"memory-{uuid4().hex[:8]}")


@pytest.fixture
async def world(temporal_server, llama, llm_config, sqlite_database, catalogue):
    async with music_agent_world(
        temporal_server,
        ScriptedOpenAI(llama.url),  # of the real one; nobody scripts it
        sqlite_database,
        catalogue,
        plan=PLAN,
        mcp_servers=spotify_over(catalogue, sqlite_database),
        config=llm_config,
        stall_seconds=120,
    ) as opened:
        yield opened


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_what_the_pipeline_knows_is_added_and_nothing_goes_without_a_search(
    world: MusicAgentWorld, catalogue: InMemoryCatalogue, llama: LlamaServer, strategy: Strategy
):
    before = await llama.generated_tokens()
    catalogue.put_playlist("Mine", [track.uri for track in FOREIGN])
    songs = [*wishes(CERTAIN), DOUBTFUL, ABSENT]
    report = await mirrored(world, songs, strategy)

    assert report.playlist.id is not None
    held = catalogue.uris_of(report.playlist.id)
    assert report.verified
    assert [uri for uri in held if uri in {track.uri for track in CERTAIN}] == [
        track.uri for track in CERTAIN
    ]
    assert all(row.status is TrackStatus.ADDED for row in report.tracks[: len(CERTAIN)])
    assert catalogue.called("search") > 0 or set(held) >= {track.uri for track in FOREIGN}
    assert ABSENT.title not in {row.match.title for row in report.tracks if row.match}
    assert sum(reason.count for reason in used(report).reasons) == used(report).given_back
    assert all("." in reason.code for reason in used(report).reasons)
    assert not used(report).offline
    histories = await histories_of(world, report.workflow_id)
    assert [problem for each in histories.values() for problem in failed_tasks(each)] == []
    assert await output_tokens(world, histories) == await llama.generated_tokens() - before


async def test_a_sync_cancelled_while_the_model_speaks_frees_it_and_takes_nothing_out(
    world: MusicAgentWorld, catalogue: InMemoryCatalogue, llama: LlamaServer
):
    mine = catalogue.put_playlist("Mine", [track.uri for track in FOREIGN])
    music = music_of(world)
    sync = await started(world, wishes(TRACKS[4:10]), Strategy.AGENT)
    await until(llama.is_busy, "the model's first word")
    await music.cancel(sync)

    report = await music.report(sync)
    assert report.message == "The sync was cancelled."
    assert report.removed == ()
    await until(llama.is_idle, "the model is free", within_s=30)
    assert catalogue.uris_of(mine) == [track.uri for track in FOREIGN]
    histories = await histories_of(world, sync)
    assert [problem for each in histories.values() for problem in failed_tasks(each)] == []


async def started(world: MusicAgentWorld, songs: list[SongMetadata], strategy: Strategy) -> str:
    """The id of a mirror of these songs."""
    request = await asked(world, songs, strategy)
    request = request.model_copy(update={"mode": SyncMode.MIRROR, "confirmed": True})
    return (await music_of(world).start_sync(request)).workflow_id


async def mirrored(
    world: MusicAgentWorld, songs: list[SongMetadata], strategy: Strategy
) -> SyncReport:
    async with asyncio.timeout(_WITHIN_S):
        return await music_of(world).report(await started(world, songs, strategy))


async def histories_of(world: MusicAgentWorld, sync: str) -> dict[str, WorkflowHistory]:
    """Of all of its workflows, by their ids."""
    left, histories = [sync], dict[str, WorkflowHistory]()
    while left:
        workflow_id = left.pop()
        handle = world.agents.client.get_workflow_handle(workflow_id)
        histories[workflow_id] = await handle.fetch_history()
        left += children_of(histories[workflow_id])
    return histories


async def output_tokens(world: MusicAgentWorld, workflows: Iterable[str]) -> int:
    """What the models of these workflows have said, by the accounts."""
    accounts = world.agents.ports.accounts
    return sum([(await accounts.spent_by(workflow_id=each)).output_tokens for each in workflows])
