"""Songs by a model that seldom calls a tool, in every strategy: no worse than without one."""

import asyncio
from uuid import uuid4

import pytest

from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode, SyncReport
from segue.music.contracts.tracks import TrackStatus
from segue.music.wire.agents import AgentPlan
from tests.fakes.catalogue import InMemoryCatalogue
from tests.fakes.histories import children_of, failed_tasks
from tests.fakes.music_agents import MusicAgentWorld, music_agent_world
from tests.fakes.openai import ScriptedOpenAI
from tests.fakes.strategies import ABSENT, DOUBTFUL, asked, music_of, spotify_over, used, wishes
from tests.fakes.tracks import TRACKS

pytestmark = [pytest.mark.timeout(400), pytest.mark.unmeasured]

CERTAIN, FOREIGN = TRACKS[4:6], TRACKS[8:10]
PLAN = AgentPlan(enabled=True, max_tokens=160, max_turns=3)
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
    world: MusicAgentWorld, catalogue: InMemoryCatalogue, strategy: Strategy
):
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
    assert await failures(world, report) == []


async def mirrored(world: MusicAgentWorld, songs, strategy: Strategy) -> SyncReport:
    music = music_of(world)
    request = await asked(world, songs, strategy)
    request = request.model_copy(update={"mode": SyncMode.MIRROR, "confirmed": True})
    async with asyncio.timeout(_WITHIN_S):
        started = await music.start_sync(request)
        return await music.report(started.workflow_id)


async def failures(world: MusicAgentWorld, report: SyncReport) -> list[str]:
    """Of workflow tasks, in all of its workflows."""
    left, found = [report.workflow_id], list[str]()
    while left:
        handle = world.agents.client.get_workflow_handle(left.pop())
        history = await handle.fetch_history()
        found += failed_tasks(history)
        left += children_of(history)
    return found
