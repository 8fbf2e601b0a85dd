"""``segue demo``: its own data, and the proof after a crash."""

import json

import pytest

from segue.cli.demo import PLAYLIST
from segue.music.contracts.playlists import PlaylistView
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import SyncPhase
from segue.music.contracts.tracks import TrackStatus
from tests.fakes.doubles.music_service import (
    HURT,
    JOLENE,
    FakeInstallation,
    Story,
    matching,
    outcome,
    report,
)
from tests.unit.cli.conftest import Segue

CRASHING = (matching(0), matching(4), None, matching(6), matching(10))


def view(*tracks: Track | None) -> PlaylistView:
    return PlaylistView(id="pl1", name=PLAYLIST, total=len(tracks), tracks=tracks)


def test_the_demo_says_that_it_uses_the_local_catalogue(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("demo", on=installation)

    assert result.exit_code == 0
    assert "local catalogue" in result.stderr
    assert installation.music.requests[0].playlist == PLAYLIST
    assert installation.called == []


def test_the_demo_leaves_nothing_behind(segue: Segue) -> None:
    installation = FakeInstallation()

    segue("demo", on=installation)

    assert installation.demo_folder is not None
    assert not installation.demo_folder.exists()


def test_kept_data_is_told_with_the_next_command(segue: Segue) -> None:
    installation = FakeInstallation()

    result = segue("demo", "--keep", on=installation)

    assert installation.demo_folder is not None
    assert installation.demo_folder.is_dir()
    assert f"SEGUE_DATA_DIR={installation.demo_folder} segue up" in result.stderr
    installation.demo_folder.rmdir()


def test_the_demo_as_json_is_a_report(segue: Segue) -> None:
    result = segue("demo", "--json")

    body = json.loads(result.stdout)
    assert body["verified"] is True
    assert "crash" not in body


def test_a_crash_is_told_step_by_step_and_proved_harmless(segue: Segue) -> None:
    installation = FakeInstallation(Story(steps=CRASHING, playlist=view(JOLENE)))

    result = segue("demo", "--crash", on=installation)

    killed = result.stderr.index("Killed the worker (process 4242, SIGKILL)")
    assert (
        killed < result.stderr.index("no worker answers now") < result.stderr.index("A new worker")
    )
    assert "matched 4/10" in result.stderr[killed:]
    assert installation.called == [("kill",)]
    assert installation.search_delay > 0  # else the sync may be over before anybody looks
    assert "Lost" in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("present", "lost", "doubled"),
    [
        ((), 1, 0),
        ((JOLENE, JOLENE), 0, 1),
        ((HURT,), 1, 1),
        ((JOLENE, None), 0, 1),
    ],
)
def test_a_playlist_that_differs_from_the_plan_fails_the_proof(
    segue: Segue, present: tuple[Track | None, ...], lost: int, doubled: int
) -> None:
    story = Story(steps=CRASHING, playlist=view(*present))

    result = segue("demo", "--crash", "--json", story=story)

    assert json.loads(result.stdout)["crash"] == {
        "killed_worker": 4242,
        "planned": 1,
        "present": len(present),
        "lost": lost,
        "doubled": doubled,
    }
    assert result.exit_code == 8


def test_songs_that_were_not_added_are_not_promised(segue: Segue) -> None:
    ending = report(outcome(1, TrackStatus.ADDED), outcome(2, TrackStatus.NOT_FOUND, match=HURT))
    story = Story(steps=CRASHING, ending=ending, playlist=view(JOLENE))

    result = segue("demo", "--crash", "--json", story=story)

    assert json.loads(result.stdout)["crash"]["planned"] == 1


@pytest.mark.parametrize(
    "story",
    [
        Story(steps=(matching(10, phase=SyncPhase.DONE),), playlist=view(JOLENE)),
        Story(steps=CRASHING, playlist=view(JOLENE), worker=None),
    ],
)
def test_a_crash_that_did_not_happen_proves_nothing(segue: Segue, story: Story) -> None:
    result = segue("demo", "--crash", story=story)

    assert result.exit_code == 8
    assert "before its worker could be killed" in result.stdout
