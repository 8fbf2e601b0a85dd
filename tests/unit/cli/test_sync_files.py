"""``segue sync``: files that hold several playlists, and what an import warns of."""

from pathlib import Path

import pytest

from segue.errors.input import InputError
from tests.fakes.doubles.music_service import FakeInstallation, Story
from tests.unit.cli.conftest import Segue
from tests.unit.cli.test_sync import imported


def test_all_makes_each_playlist_of_a_file_by_its_name(segue: Segue, playlist_file: str) -> None:
    installation = FakeInstallation(Story(imported=imported(playlists=("A", "B"))))

    result = segue("sync", playlist_file, "--all", on=installation)

    assert result.exit_code == 0
    assert [request.playlist for request in installation.music.requests] == ["A", "B"]
    reads = [call[5] for call in installation.music.calls if call[0] == "import"]
    assert reads == [None, "A", "B"]


@pytest.mark.parametrize("option", ["--playlist", "--playlist-in-file", "--report"])
def test_all_and_one_are_a_contradiction(segue: Segue, playlist_file: str, option: str) -> None:
    result = segue("sync", playlist_file, "--all", option, "x.csv")

    assert result.exit_code == InputError.exit_code
    assert "--all" in result.stderr


def test_what_the_import_warns_of_is_shown(segue: Segue, playlist_file: str) -> None:
    story = Story(imported=imported(warnings=("the text is read as koi8-r",)))

    result = segue("sync", playlist_file, story=story)

    assert "the text is read as koi8-r" in result.stderr


def test_a_folder_is_synced_as_one_source(segue: Segue, tmp_path: Path) -> None:
    installation = FakeInstallation()

    result = segue("sync", str(tmp_path), on=installation)

    assert result.exit_code == 0
    assert installation.music.calls[0][:2] == ("import", tmp_path)
