"""``segue runs``: list, look, attach, steer."""

import json

import pytest

from segue.music.contracts.syncs import RunSummary
from segue.music.contracts.tracks import TrackStatus
from tests.fakes.doubles.music_service import (
    RUN,
    FakeInstallation,
    Story,
    matching,
    outcome,
    report,
)
from tests.unit.cli.conftest import Segue


def run(status: str = "running", **changes: object) -> RunSummary:
    plain = {
        "workflow_id": RUN,
        "run_id": "r1",
        "kind": "PlaylistSyncWorkflow",
        "status": status,
        "playlist_name": "Summer",
        "started_at": "2026-11-20T10:00:00+00:00",
        "ui_url": "http://127.0.0.1:8233/run",
    }
    return RunSummary.model_validate({**plain, **changes})


def test_runs_are_listed_with_their_status(segue: Segue) -> None:
    result = segue("runs", story=Story(runs=(run(), run("completed"))))

    assert result.exit_code == 0
    assert result.stdout.count(RUN) == 2
    assert "completed" in result.stdout


def test_runs_as_json_are_a_list(segue: Segue) -> None:
    result = segue("runs", "--json", "--limit", "1", story=Story(runs=(run(), run("completed"))))

    assert json.loads(result.stdout) == [run().model_dump(mode="json")]


def test_no_run_is_said_in_words(segue: Segue) -> None:
    assert "No run yet" in segue("runs").stdout


def test_a_running_run_shows_how_far_it_is(segue: Segue) -> None:
    story = Story(runs=(run(),), steps=(matching(5),))

    told = segue("runs", "show", RUN, story=story)
    listed = segue("runs", "show", RUN, "--json", story=story)

    assert "Summer: finding songs; matched 5/10" in told.stdout
    assert "http://127.0.0.1:8233/run" in told.stdout
    assert json.loads(listed.stdout)["progress"]["matched"] == 5


def test_a_running_run_without_a_worker_says_so(segue: Segue) -> None:
    story = Story(runs=(run(ui_url=None, playlist_name=""),), steps=(None,))

    told = segue("runs", "show", RUN, story=story)
    listed = segue("runs", "show", RUN, "--json", story=story)

    assert "PlaylistSyncWorkflow: no worker answers now" in told.stdout
    assert json.loads(listed.stdout)["progress"] is None


def test_an_ended_run_shows_its_report(segue: Segue) -> None:
    story = Story(runs=(run("completed"),))

    assert "the same recording" in segue("runs", "show", RUN, story=story).stdout


def test_attaching_ends_as_the_sync_does(segue: Segue) -> None:
    story = Story(ending=report(outcome(1, TrackStatus.REVIEW)))

    assert segue("runs", "attach", RUN, story=story).exit_code == 0
    assert segue("runs", "attach", RUN, "--strict", story=story).exit_code == 7


@pytest.mark.parametrize("command", ["show", "attach", "pause", "resume", "cancel"])
def test_an_unknown_run_ends_with_6(segue: Segue, command: str) -> None:
    result = segue("runs", command, "nothing")

    assert result.exit_code == 6
    assert "segue runs" in result.stderr


@pytest.mark.parametrize("command", ["pause", "resume", "cancel"])
def test_a_run_is_steered(segue: Segue, command: str) -> None:
    installation = FakeInstallation()

    result = segue("runs", command, RUN, on=installation)

    assert result.exit_code == 0
    assert installation.music.calls == [(command, RUN)]
    assert RUN in result.stdout


def test_a_resumed_run_is_left_running(segue: Segue) -> None:
    installation = FakeInstallation()

    segue("runs", "resume", RUN, on=installation)

    assert installation.app.detached
