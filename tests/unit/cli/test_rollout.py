"""``segue rollout`` and ``--strategy``: what is asked for, and how it is told."""

import json
from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner, Result

from segue.cli.rollout import rollout as commands
from segue.music.contracts.agent_use import AgentUse, GivenBack, per_thousand
from segue.music.contracts.rollout import (
    PathFigures,
    RolloutDifference,
    RolloutStatus,
    ShadowResult,
)
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import RunSummary
from segue.music.contracts.tracks import TrackStatus
from segue.music.contracts.verdicts import Verdict
from tests.fakes.doubles.music_service import (
    HURT,
    JOLENE,
    JOLENE_LIVE,
    RUN,
    FakeInstallation,
    Story,
    outcome,
    report,
)
from tests.unit.cli.conftest import Segue

USE = AgentUse(
    asked=40, given_back=2, model_calls=120, tokens=36_000, cost_usd=0.5, unpriced_calls=3
)
MUTE = GivenBack(code="run.no_search", hint="Look at the model.", count=2)
OLD = PathFigures(
    name="old path",
    syncs=10,
    succeeded=10,
    rows=400,
    accepted=300,
    reviewed=4,
    overturned=3,
    seconds=40.0,
    timed_rows=400,
)
NEW = OLD.model_copy(update={"name": "new path", "syncs": 4, "succeeded": 3, "use": USE})
STATUS = RolloutStatus(
    new_path=Strategy.AGENT,
    percentage=5,
    shadow_percentage=10,
    failure_bound_percent=20,
    failure_rate_percent=25.0,
    old=OLD,
    new=NEW,
    strategies=(NEW.model_copy(update={"name": "agent"}),),
)
EMPTY = RolloutStatus(
    failure_bound_percent=20, old=PathFigures(name="old path"), new=PathFigures(name="new path")
)


def difference(old: Verdict, new: Verdict) -> RolloutDifference:
    return RolloutDifference(
        run_id="r",
        position=3,
        song=SongMetadata(title="Jolene", artist="Dolly Parton"),
        strategy=Strategy.MULTI_AGENT,
        old=old,
        new=new,
        seen_at="2026-11-21T10:00:00+00:00",
    )


class FakeRollout:
    """Tells what the test wrote."""

    def __init__(self, told: RolloutStatus, *differences: RolloutDifference) -> None:
        self.told = told
        self.found = list(differences)
        self.fallen = told.fallen_back

    async def status(self) -> RolloutStatus:
        return self.told

    async def differences(self, *, limit: int = 50) -> list[RolloutDifference]:
        return self.found[:limit]

    async def reset(self) -> bool:
        was, self.fallen = self.fallen, False
        return was


@pytest.fixture
def rollout() -> Callable[..., Result]:
    def call(fake: FakeRollout, *arguments: str) -> Result:
        app = typer.Typer()
        app.add_typer(commands, name="rollout")

        def installation() -> FakeInstallation:
            made = FakeInstallation(Story())
            made.music.rollout = fake
            return made

        return CliRunner().invoke(
            app, ["rollout", *arguments], obj=installation, env={"COLUMNS": "160"}
        )

    return call


def test_both_paths_stand_side_by_side(rollout: Callable[..., Result]) -> None:
    told = rollout(FakeRollout(STATUS)).stdout

    old, new = (
        next(line for line in told.splitlines() if name in line)
        for name in ("old path", "new path")
    )
    assert old.split()[2:] == ["10", "100.0%", "99.0%", "4", "0", "0.00", "0.10"]
    assert new.split()[2:] == ["4", "75.0%", "99.0%", "4", "2", "1.25+", "0.10"]
    assert "`auto` gives 5 % of the syncs to `agent`" in told
    assert "Of its last syncs 25 % failed; beyond 20 %" in told


def test_the_status_as_json_holds_counts_and_what_follows_from_them(
    rollout: Callable[..., Result],
) -> None:
    told = json.loads(rollout(FakeRollout(STATUS), "status", "--json").stdout)

    assert told["new"]["success"] == 0.75
    assert told["new"]["cost_usd_per_thousand"] == 1.25
    assert told["old"]["precision"] == pytest.approx(0.99)
    assert told["old"]["seconds_per_track"] == pytest.approx(0.1)
    assert told["strategies"][0]["use"]["model_calls"] == 120
    assert told["new_path"] == "agent"
    assert told["fallen_back"] is False


def test_precision_is_told_only_where_a_person_has_reviewed() -> None:
    assert PathFigures(name="agent", accepted=10).precision is None
    assert PathFigures(name="agent", accepted=10, reviewed=1).precision == 1
    assert PathFigures(name="agent", accepted=10, reviewed=1, overturned=1).precision == 0.9


def test_what_is_not_known_is_not_made_up(rollout: Callable[..., Result]) -> None:
    told = rollout(FakeRollout(EMPTY)).stdout

    row = next(line for line in told.splitlines() if "old path" in line)
    assert row.split()[2:] == ["0", "-", "-", "0", "0", "-", "-"]
    assert "Agents are off (USE_AGENT_SDK); `auto` is the pipeline." in told
    assert "Shadow mode" not in told


def test_a_fall_back_says_why_and_how_to_take_it_back(rollout: Callable[..., Result]) -> None:
    fallen = STATUS.model_copy(
        update={
            "fallen_back": True,
            "fallen_back_at": "2026-11-21T10:00:00+00:00",
            "fallen_back_reason": "40 % of the last syncs by `agent` failed; the bound is 20 %",
        }
    )
    told = " ".join(rollout(FakeRollout(fallen)).stdout.split())

    assert "Fallen back to the pipeline since 2026-11-21T10:00:00+00:00: 40 % of the last" in told
    assert "`segue rollout reset` lets `auto` try again." in told


def test_a_reset_says_whether_there_was_anything_to_reset(rollout: Callable[..., Result]) -> None:
    fake = FakeRollout(STATUS.model_copy(update={"fallen_back": True}))

    first, second = rollout(fake, "reset"), rollout(fake, "reset")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "may use the new path again" in first.stdout
    assert "had not fallen back" in second.stdout


def test_offline_answers_and_shadows_are_told_as_such(rollout: Callable[..., Result]) -> None:
    shadowed = STATUS.model_copy(
        update={
            "shadow_syncs": 2,
            "shadow_rows": ShadowResult(compared=20, different=3, failed=1),
            "shadow_use": AgentUse(offline=True),
        }
    )
    told = " ".join(rollout(FakeRollout(shadowed)).stdout.split())

    assert "20 songs of 2 syncs compared, 3 differ, 1 failed" in told
    assert "Offline rules answered in place of a model" in told


def test_differences_are_listed_with_both_choices(rollout: Callable[..., Result]) -> None:
    accepted = Verdict(decision="accept", track=JOLENE, reason="same")
    fake = FakeRollout(
        STATUS,
        difference(accepted, Verdict(decision="none", reason="I see none")),
        difference(Verdict(decision="review", reason="two"), accepted),
        difference(
            Verdict(decision="failed", reason="no"),
            Verdict(decision="accept", track=JOLENE_LIVE, reason="live"),
        ),
    )

    told = rollout(fake, "differences").stdout
    one = json.loads(rollout(fake, "differences", "--json", "--limit", "1").stdout)

    assert "Dolly Parton - Jolene (Jolene)" in told
    assert "not found" in told
    assert "in doubt" in told
    assert "Live from Glastonbury" in told
    assert [each["new"]["reason"] for each in one] == ["I see none"]


def test_no_difference_is_said_in_words(rollout: Callable[..., Result]) -> None:
    told = rollout(FakeRollout(STATUS), "differences").stdout

    assert "found no difference" in told


# --- segue sync, segue runs -----------------------------------------------------------------------


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_sync_asks_for_the_strategy_that_was_named(
    segue: Segue, playlist_file: str, strategy: Strategy
) -> None:
    installation = FakeInstallation(Story())

    segue("sync", playlist_file, "--strategy", strategy.value, on=installation)

    assert installation.music.requests[0].strategy is strategy


def test_a_sync_leaves_the_strategy_to_the_roll_out(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story())

    segue("sync", playlist_file, on=installation)

    assert installation.music.requests[0].strategy is Strategy.AUTO


def test_a_report_tells_the_strategy_and_what_it_cost(segue: Segue, playlist_file: str) -> None:
    ending = report(outcome(1, TrackStatus.ADDED)).model_copy(
        update={
            "strategy": Strategy.AGENT,
            "strategy_reason": "asked for",
            "agents": USE.model_copy(update={"offline": True, "reasons": (MUTE,)}),
            "per_thousand": per_thousand(USE, 40),
        }
    )

    shown = segue("sync", playlist_file, story=Story(ending=ending)).stdout
    told = " ".join(shown.replace("│", " ").split())
    listed = segue("sync", playlist_file, "--json", story=Story(ending=ending)).stdout

    assert "Strategy agent: asked for" in told
    assert "40 songs asked, 2 given back to the pipeline" in told
    assert "3000 model calls, 900000 tokens, US$ 12.50" in told
    assert "offline rules answered, no model" in told
    assert "Given back 2 songs: run.no_search. Look at the model." in told
    assert json.loads(listed)["agents"]["reasons"] == [MUTE.model_dump()]
    assert json.loads(listed)["strategy"] == "agent"
    assert json.loads(listed)["per_thousand"]["model_calls"] == 3000


def test_a_report_of_the_pipeline_speaks_of_no_agents(segue: Segue, playlist_file: str) -> None:
    ending = report(outcome(1, TrackStatus.ADDED, match=HURT))

    told = " ".join(segue("sync", playlist_file, story=Story(ending=ending)).stdout.split())

    assert "Strategy pipeline" in told
    assert "songs asked" not in told


def test_the_list_of_runs_names_the_strategy(segue: Segue) -> None:
    summary = RunSummary(
        workflow_id=RUN,
        run_id="r1",
        kind="PlaylistSyncWorkflow",
        status="running",
        playlist_name="Summer",
        started_at="2026-11-20T10:00:00+00:00",
        strategy=Strategy.MULTI_AGENT,
    )

    assert "multi-agent" in segue("runs", story=Story(runs=(summary,))).stdout
