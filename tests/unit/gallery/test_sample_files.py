"""The sample file server reads its folder, and nothing outside of it."""

import os
from pathlib import Path

import pytest

from segue.errors.gallery import FileRefusedError
from segue.gallery.tools.tool_servers.files import LARGEST, MOST_ENTRIES, SAMPLE_FILES, Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to serve, with a secret beside it and ways that lead there."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "served"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "note.txt").write_text("Grüße", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "own.txt").symlink_to(folder / "inner" / "note.txt")
    (folder / "way").symlink_to(tmp_path / "outside")
    (folder / "large.txt").write_bytes(b"x" * (LARGEST + 1))
    (folder / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(folder / "pipe")
    return folder


def test_files_and_folders_below_the_folder_are_read(folder: Path):
    files = Files(folder)

    assert files.read_text_file("inner/note.txt") == "Grüße"
    assert files.read_text_file("./inner/./note.txt") == "Grüße"
    assert files.list_directory("inner") == ["[FILE] note.txt"]
    assert "[DIR] inner" in files.list_directory()


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "inner/../../secret.txt",
        "/etc/passwd",
        "link.txt",
        "own.txt",
        "way/secret.txt",
        "inner/note.txt\0.png",
        "no.txt",
        "inner",
        "pipe",
        "large.txt",
        "bytes.txt",
        "x" * 300,
    ],
)
def test_a_path_that_leads_elsewhere_or_to_no_small_text_is_refused(folder: Path, path: str):
    with pytest.raises(FileRefusedError) as refusal:
        Files(folder).read_text_file(path)
    assert "secret" not in str(refusal.value).replace(repr(path), "").replace(path, "")


@pytest.mark.parametrize("path", ["..", "/", "way", "inner/note.txt", "inner/../.."])
def test_a_folder_outside_over_a_link_or_none_is_not_listed(folder: Path, path: str):
    with pytest.raises(FileRefusedError):
        Files(folder).list_directory(path)


def test_a_served_folder_may_itself_be_reached_by_a_link_and_its_list_is_bounded(tmp_path: Path):
    real = tmp_path / "real"
    real.mkdir()
    for number in range(MOST_ENTRIES + 1):
        (real / f"{number:03}").touch()
    (tmp_path / "link").symlink_to(real)

    assert len(Files(tmp_path / "link").list_directory()) == MOST_ENTRIES


def test_refused_paths_leave_no_file_open(folder: Path):
    files = Files(folder)
    before = len([*Path("/proc/self/fd").iterdir()])

    for path in ("link.txt", "way/secret.txt", "no.txt", "large.txt", "inner"):
        with pytest.raises(FileRefusedError):
            files.read_text_file(path)

    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_the_shipped_folder_has_the_files_that_the_pattern_reads():
    assert len(Files(SAMPLE_FILES).list_directory()) == 3
