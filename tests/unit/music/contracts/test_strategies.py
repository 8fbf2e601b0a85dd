"""Which strategy a sync gets."""

import pytest

from segue.music.contracts.strategies import (
    FlagSet,
    Strategy,
    bucket,
    choose,
    shadowed_by,
    sync_identity,
)

IDS = [sync_identity("local", f"playlist-{number}", "a-file") for number in range(10_000)]
ON = FlagSet(use_agent_sdk=True)
FROZEN = [69.42, 9.55, 12.57]


def rolled_out(percentage, **flags):
    there = FlagSet(use_agent_sdk=True, rollout_percentage=percentage, **flags)
    return {
        sync for sync in IDS if choose(Strategy.AUTO, there, sync).strategy is not Strategy.PIPELINE
    }


@pytest.mark.parametrize("percentage", [1, 5, 25, 50, 90])
def test_so_many_syncs_of_ten_thousand_are_in_as_the_percentage_says(percentage):
    share = 100 * len(rolled_out(percentage)) / len(IDS)

    # Five standard deviations of a fair draw: sqrt(p (1 - p) / n) is at most half a percent.
    assert share == pytest.approx(
        percentage, abs=5 * (percentage * (100 - percentage) / 1e4) ** 0.5
    )


def test_nobody_is_in_at_nothing_and_everybody_at_a_hundred():
    assert rolled_out(0) == set()
    assert rolled_out(100) == set(IDS)


def test_raising_the_percentage_never_moves_a_sync_back():
    inside = set()
    for percentage in range(0, 101, 5):
        now = rolled_out(percentage)
        assert inside <= now
        inside = now


def test_a_sync_keeps_its_place_for_ever():
    """These numbers are frozen: another hash would move every sync of every user."""
    assert [bucket(sync) for sync in IDS[:3]] == FROZEN
    assert [bucket(sync) for sync in IDS] == [bucket(sync) for sync in IDS]


def test_places_are_spread_evenly_to_the_hundredth_of_a_percent():
    places = [bucket(sync) for sync in IDS]

    assert all(0 <= place < 100 for place in places)
    assert len(set(places)) > 6_000  # of 10,000 drawn with return, about 6,321 differ
    tenths = [sum(place // 10 == tenth for place in places) for tenth in range(10)]
    assert all(850 < count < 1150 for count in tenths)


def test_catalogue_playlist_and_source_make_a_sync_and_do_not_run_into_each_other():
    identities = {
        sync_identity("local", "a", "b"),
        sync_identity("spotify", "a", "b"),
        sync_identity("local", "ab", ""),
        sync_identity("local", "", "ab"),
        sync_identity("locala", "", "b"),
    }

    assert len(identities) == 5


@pytest.mark.parametrize("asked", [each for each in Strategy if each is not Strategy.AUTO])
@pytest.mark.parametrize("flags", [FlagSet(), ON, FlagSet(use_agent_sdk=True, allowed=False)])
def test_what_was_asked_for_wins_over_every_flag(asked, flags):
    choice = choose(asked, flags, IDS[0], fallen_back=True)

    assert (choice.strategy, choice.requested, choice.bucket) == (asked, asked, None)


@pytest.mark.parametrize(
    ("flags", "strategy"),
    [
        (FlagSet(rollout_percentage=100), Strategy.PIPELINE),
        (FlagSet(rollout_percentage=100, use_multi_agent=True), Strategy.PIPELINE),
        (FlagSet(use_agent_sdk=True, rollout_percentage=100), Strategy.AGENT),
        (FlagSet(use_agent_sdk=True, use_mcp_provider=True, rollout_percentage=100), Strategy.MCP),
        (
            FlagSet(
                use_agent_sdk=True,
                use_multi_agent=True,
                use_mcp_provider=True,
                rollout_percentage=100,
            ),
            Strategy.MULTI_AGENT,
        ),
        (FlagSet(use_agent_sdk=True, rollout_percentage=100, allowed=False), Strategy.PIPELINE),
    ],
)
def test_auto_does_what_the_flags_say(flags, strategy):
    choice = choose(Strategy.AUTO, flags, IDS[0])

    assert choice.strategy is strategy
    assert choice.requested is Strategy.AUTO


def test_auto_keeps_to_the_pipeline_after_a_fall_back():
    flags = FlagSet(use_agent_sdk=True, rollout_percentage=100)

    choice = choose(Strategy.AUTO, flags, IDS[0], fallen_back=True)

    assert choice.strategy is Strategy.PIPELINE
    assert choice.reason == "agents failed too often"


def test_a_choice_says_where_the_sync_stands():
    flags = FlagSet(use_agent_sdk=True, rollout_percentage=12.5)
    inside = next(sync for sync in IDS if bucket(sync) < 12.5)
    outside = next(sync for sync in IDS if bucket(sync) >= 12.5)

    assert choose(Strategy.AUTO, flags, inside).reason == "rolled out to 12.5 %; this sync is in"
    assert choose(Strategy.AUTO, flags, outside).reason == "rolled out to 12.5 %; this sync is out"
    assert choose(Strategy.AUTO, flags, outside).bucket == bucket(outside)


def test_shadows_fall_on_so_many_of_the_pipelines_syncs_whatever_the_roll_out_took():
    flags = FlagSet(use_agent_sdk=True, rollout_percentage=50, shadow_percentage=20)
    choices = {sync: choose(Strategy.AUTO, flags, sync) for sync in IDS}
    plain = [sync for sync, made in choices.items() if made.strategy is Strategy.PIPELINE]
    shadowed = [sync for sync in IDS if shadowed_by(choices[sync], flags, sync)]

    assert set(shadowed) <= set(plain)
    assert len(shadowed) / len(plain) == pytest.approx(0.2, abs=0.03)
    assert {shadowed_by(choices[sync], flags, sync) for sync in shadowed} == {Strategy.AGENT}


def test_a_pipeline_that_was_asked_for_has_no_shadow():
    flags = FlagSet(use_agent_sdk=True, shadow_percentage=100)

    assert shadowed_by(choose(Strategy.PIPELINE, flags, IDS[0]), flags, IDS[0]) is None
    assert shadowed_by(choose(Strategy.AUTO, FlagSet(), IDS[0]), flags, IDS[0]) is Strategy.AGENT
    assert shadowed_by(choose(Strategy.AUTO, flags, IDS[0]), FlagSet(), IDS[0]) is None
