"""The parts of the small model: found, unpacked and tried; without them nothing breaks."""

import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import model_parts

PROGRAM = "#!/bin/sh\necho version: 1\n"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A server, packed."""
    file = tmp_path / "llama-server.xz"
    file.write_bytes(lzma.compress(PROGRAM.encode()))
    return file


def test_a_packed_server_is_unpacked_and_runs(packed: Path, tmp_path: Path):
    program = model_parts.unpacked(packed, tmp_path / "cache")

    assert program.read_text(encoding="utf-8") == PROGRAM
    assert model_parts.runs_here(program)


def test_what_is_unpacked_already_is_taken_as_it_is(packed: Path, tmp_path: Path):
    program = model_parts.unpacked(packed, tmp_path)
    before = program.stat().st_mtime_ns

    assert model_parts.unpacked(packed, tmp_path) == program
    assert program.stat().st_mtime_ns == before


def test_a_server_that_this_machine_cannot_run_is_none(tmp_path: Path):
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    program.chmod(0o755)

    assert not model_parts.runs_here(program)
    assert not model_parts.runs_here(tmp_path / "absent")


def test_without_a_server_the_command_is_skipped_and_that_is_said(tmp_path: Path):
    run = subprocess.run(
        [sys.executable, "-m", "scripts.model_parts", "false"],
        cwd=ROOT,
        env={"SEGUE_LLAMA_SERVER": str(tmp_path / "absent")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0
    assert "SKIPPED, without a small model: false" in run.stdout
