"""What the roll-out learns of syncs that nobody asked about, on a real Temporal server."""

from dataclasses import replace
from uuid import uuid4

import pytest

from segue.errors.catalogue import LoginRequiredError
from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.strategies import FlagSet, Strategy, StrategyChoice
from segue.music.contracts.syncs import SyncMode
from segue.music.rollout.rollout import ENOUGH, WINDOW, Rollout, failure_share
from segue.music.service.music import MusicService
from segue.music.store.outcomes import StartedRun, StoredOutcome
from tests.fakes.data.tracks import TRACKS
from tests.fakes.worlds.music import wish

MILES = [wish(track) for track in TRACKS[4:]]
ON = FlagSet(use_agent_sdk=True, rollout_percentage=100, shadow_percentage=100)
AGENT = StrategyChoice(Strategy.AGENT, Strategy.AUTO, "in")


@pytest.fixture
def rollout(world):
    return Rollout(world.client, world.store, ON)


async def outcomes(world, strategy=Strategy.PIPELINE):
    found = await world.store.outcomes.latest(strategy, limit=100)
    return [run.outcome for run in found]


async def closed(world, started):
    """Wait for a sync's end without asking Segue about it."""
    await world.client.get_workflow_handle(started.workflow_id).result()


async def ran(world, outcome, *, given_back=0):
    """A sync of the new path, as the database tells of it."""
    run_id = uuid4().hex
    await world.store.runs.open(run_id, "an-import", None)
    await world.store.outcomes.record_start(
        StartedRun(
            run_id=run_id,
            workflow_id=f"nowhere-{run_id}",
            temporal_run_id=str(uuid4()),
            choice=AGENT,
            rows=0,
            dry_run=False,
        )
    )
    if outcome:
        use = AgentUse(asked=10, given_back=given_back)
        await world.store.outcomes.record_end(run_id, outcome, seconds=1.0, agents=use)


async def test_a_sync_that_nobody_asked_about_is_settled_later(world, rollout):
    await closed(world, await world.start(MILES[:2]))
    before = await outcomes(world)
    await rollout.settle()

    assert (before, await outcomes(world)) == ([], ["verified"])


async def test_a_later_sync_of_the_same_playlist_hides_no_earlier_one(world, rollout):
    await closed(world, await world.start(MILES[:2]))
    await closed(world, await world.start(MILES[:3]))
    await rollout.settle()

    assert await outcomes(world) == ["verified", "verified"]


async def test_a_failed_sync_is_a_failure_of_its_path(world, rollout):
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    started = await world.start(MILES[:1])
    with pytest.raises(LoginRequiredError):
        await world.music.report(started.workflow_id)
    await rollout.settle()

    assert await outcomes(world) == ["failed"]


async def test_a_dry_run_counts_as_planned(world, rollout):
    started = await world.start(MILES[:2], dry_run=True)
    await world.music.report(started.workflow_id)

    assert await outcomes(world) == ["planned"]


async def test_a_sync_that_still_runs_is_left_alone(world, rollout):
    world.catalogue.put_playlist("Mine", [TRACKS[0].uri])
    started = await world.start(MILES[:2], mode=SyncMode.MIRROR)
    await rollout.settle()
    waiting = await world.store.outcomes.without_end(limit=10)
    await world.music.cancel(started.workflow_id)
    await world.music.report(started.workflow_id)

    assert [run.run_id for run in waiting] == [started.run_id]
    assert await outcomes(world) == ["cancelled"]
    assert (await rollout.status()).old.syncs == 0


async def test_a_sync_that_temporal_has_forgotten_is_lost_and_counts_for_nothing(world, rollout):
    await ran(world, None)
    status = await rollout.status()

    assert await outcomes(world, Strategy.AGENT) == ["lost"]
    assert status.new.syncs == 0


async def test_a_few_failures_say_too_little_to_leave_a_path_for(world, rollout):
    for _ in range(ENOUGH - 1):
        await ran(world, "failed")
    few = await rollout.choose(Strategy.AUTO, "a sync")
    await ran(world, "incomplete")
    enough = await rollout.choose(Strategy.AUTO, "a sync")
    named = await rollout.choose(Strategy.AGENT, "a sync")

    assert few.strategy is Strategy.AGENT
    assert enough.strategy is Strategy.PIPELINE
    assert enough.reason == "agents failed too often"
    assert named.strategy is Strategy.AGENT
    assert await rollout.shadow(enough, "a sync") is None


async def test_rows_that_agents_gave_up_count_as_a_part_of_a_failure(world, rollout):
    for _ in range(ENOUGH):
        await ran(world, "verified", given_back=2)
    at_the_bound = await rollout.status()
    for _ in range(ENOUGH):
        await ran(world, "verified", given_back=3)
    beyond = await rollout.status()

    assert (at_the_bound.failure_rate_percent, at_the_bound.fallen_back) == (20, False)
    assert (beyond.failure_rate_percent, beyond.fallen_back) == (25, True)


async def test_old_failures_are_forgotten_when_enough_went_well_since(world, rollout):
    for _ in range(ENOUGH - 1):
        await ran(world, "failed")
    for _ in range(WINDOW):
        await ran(world, "verified")

    assert (await rollout.status()).failure_rate_percent == 0


async def test_without_agents_there_is_no_failure_rate_and_no_fall_back(world):
    for _ in range(ENOUGH):
        await ran(world, "failed")
    plain = Rollout(world.client, world.store, FlagSet())
    status = await plain.status()

    assert (status.new_path, status.failure_rate_percent, status.fallen_back) == (None, None, False)
    assert (await plain.choose(Strategy.AUTO, "a sync")).strategy is Strategy.PIPELINE


async def test_a_run_from_before_there_was_a_choice_is_the_pipelines(world):
    report = await world.music.report((await world.start(MILES[:1])).workflow_id)

    assert report.strategy is Strategy.PIPELINE
    assert report.per_thousand is None


ENDED = StoredOutcome(
    run_id="r",
    import_id="i",
    workflow_id="w",
    temporal_run_id="t",
    strategy=Strategy.AGENT,
    dry_run=False,
    rows=10,
    started_at=0.0,
    outcome="verified",
    seconds=1.0,
    agents=None,
)


@pytest.mark.parametrize(
    ("run", "share"),
    [
        (ENDED, 0),
        (replace(ENDED, agents=AgentUse(asked=8, given_back=2)), 0.25),
        (replace(ENDED, outcome="failed", agents=AgentUse(asked=8)), 1),
        (replace(ENDED, outcome="incomplete"), 1),
    ],
)
def test_how_much_of_a_sync_has_failed(run, share):
    assert failure_share(run) == share


async def test_syncs_tell_their_roll_out(world):
    music = MusicService(world.client, world.store, world.catalogue, flags=ON)

    assert music.rollout.flags == ON
