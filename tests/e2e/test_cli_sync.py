"""``segue sync`` and the commands around it, as real processes on one data folder."""

import json
from pathlib import Path

import pytest

from tests.e2e.test_cli_demo import segue

pytestmark = pytest.mark.timeout(300)

_SONGS = (
    "Track Name,Artist Name(s)\nJolene,Dolly Parton\nFast Car,Tracy Chapman\nNo Such Song,Nobody\n"
)


def test_a_playlist_is_made_then_completed_then_mirrored(tmp_path: Path) -> None:
    """A second run adds nothing; a mirror asks first, and exports hold what is there."""
    (tmp_path / "trip.csv").write_text(_SONGS, encoding="utf-8")
    (tmp_path / "one.csv").write_text("Track Name,Artist Name(s)\nJolene,Dolly Parton\n")

    first = json.loads(segue("sync", "trip.csv", "--json", folder=tmp_path).stdout)
    again = json.loads(segue("sync", "trip.csv", "--json", folder=tmp_path).stdout)
    asked = segue(*("sync", "one.csv", "--playlist", "trip", "--mode", "mirror"), folder=tmp_path)
    exported = segue("export", "trip", "--format", "text", folder=tmp_path)

    assert (first["playlist"]["name"], first["verified"]) == ("trip", True)
    assert [track["status"] for track in first["tracks"]] == ["added", "added", "not_found"]
    assert [track["status"] for track in again["tracks"]] == [
        "already_present",
        "already_present",
        "not_found",
    ]
    assert again["playlist"]["id"] == first["playlist"]["id"]
    assert asked.returncode == 6
    assert "--yes" in asked.stderr
    assert exported.stdout == "Dolly Parton - Jolene\nTracy Chapman - Fast Car\n"


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    ended = segue("sync", "missing.csv", "--json", folder=tmp_path)

    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"]["code"] == "input.unreadable_file"
    assert not (tmp_path / "data").exists()


def test_commands_that_need_no_engine_answer_without_one(tmp_path: Path) -> None:
    formats = json.loads(segue("formats", "--json", folder=tmp_path).stdout)
    found = json.loads(segue("catalogue", "search", "jolene", "--json", folder=tmp_path).stdout)
    checks = json.loads(segue("doctor", "--json", folder=tmp_path).stdout)

    assert {"exportify", "xspf", "lines"} <= {known["name"] for known in formats}
    assert found[0]["title"].startswith("Jolene")
    assert [check["name"] for check in checks if check["ok"] is False] == []
    assert not list(tmp_path.rglob("stack.json"))
