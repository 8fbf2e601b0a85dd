"""What people listen to and say is nobody else's on the machine."""

import os
import stat
from pathlib import Path

import pytest

from segue.settings.load import embedded_settings
from segue.storage.private_files import make_private, make_private_file, open_to_others
from segue.wiring.database import open_database
from segue.wiring.doctor import examine


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder as earlier releases made it."""
    folder = tmp_path / "data"
    for name in ("segue.db", "segue.db-wal", "temporal/temporal.db", "logs/worker.log"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_new_folder_is_its_owners(tmp_path: Path):
    make_private(tmp_path / "a" / "data")

    assert mode(tmp_path / "a" / "data") == 0o700


def test_what_an_earlier_release_made_is_mended(old: Path):
    assert open_to_others(old)

    make_private(old)

    assert not open_to_others(old)
    assert {mode(path) for path in (old, old / "temporal", old / "logs")} == {0o700}
    assert {mode(path) for path in old.rglob("*") if path.is_file()} == {0o600}


@pytest.mark.parametrize("name", ["data", "sticky"])
def test_a_folder_that_is_more_than_segues_is_left_as_it_is(old: Path, name: str, monkeypatch):
    (old / "mine.txt").touch()
    if name == "sticky":
        old.chmod(0o1777)
    else:
        monkeypatch.chdir(old)
    before = mode(old)

    make_private(old)

    assert (mode(old), mode(old / "mine.txt"), mode(old / "segue.db")) == (before, 0o644, 0o600)


def test_a_file_of_somebody_elses_is_told(old: Path, monkeypatch):
    monkeypatch.setattr(Path, "chmod", _not_permitted)

    make_private(old)

    assert old in open_to_others(old)


def _not_permitted(*_: object) -> None:
    raise PermissionError


def test_a_file_is_made_for_its_owner_and_keeps_what_it_holds(tmp_path: Path):
    file = tmp_path / "new" / "a.db"
    make_private_file(file)
    file.write_text("x", encoding="ascii")
    file.chmod(0o644)

    make_private_file(file)

    assert (mode(file), mode(file.parent), file.read_text(encoding="ascii")) == (0o600, 0o700, "x")


async def test_the_database_and_its_journals_are_their_owners(tmp_path: Path):
    folder = tmp_path / "data"
    async with open_database(embedded_settings(folder)) as database:
        await database.identity()
        files = {path.name: mode(path) for path in folder.glob("segue.db*")}

    assert mode(folder) == 0o700
    assert {name: files[name] for name in ("segue.db", "segue.db-wal", "segue.db-shm")} == {
        "segue.db": 0o600,
        "segue.db-wal": 0o600,
        "segue.db-shm": 0o600,
    }


async def test_doctor_names_what_it_could_not_mend(old: Path, monkeypatch):
    monkeypatch.setattr(Path, "chmod", _not_permitted)

    checks = {check.name: check async for check in examine(embedded_settings(old), ())}

    assert checks["Data folder"].ok is False
    assert str(old) in checks["Data folder"].detail
    assert "chmod" in checks["Data folder"].next_step
