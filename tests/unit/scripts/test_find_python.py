"""Which Python the Makefile takes where several are on the PATH."""

import subprocess
from pathlib import Path

import pytest

FIND_PYTHON = Path(__file__).parents[3] / "scripts" / "find-python"


def found(folder: Path, **runs: bool) -> str:
    """What is printed where these Pythons are on the PATH, fit for Segue or not."""
    for name, good in runs.items():
        python = folder / name.replace("_", ".")
        python.write_text(f"#!/bin/sh\nexit {int(not good)}\n", encoding="utf-8")
        python.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", FIND_PYTHON],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(done.stdout.strip()).name or done.stderr


@pytest.mark.parametrize(
    ("runs", "taken"),
    [
        ({"python3": True, "python3_11": True, "python3_13": True}, "python3.11"),
        ({"python3": True, "python3_11": False, "python3_13": True}, "python3.13"),
        ({"python3": True, "python3_12": False}, "python3"),
    ],
)
def test_a_version_that_was_tested_comes_before_any_other(tmp_path, runs, taken):
    assert found(tmp_path, **runs) == taken


def test_where_none_will_do_it_is_said_what_to_do(tmp_path):
    assert "make PYTHON=/path/to/python" in found(tmp_path, python3=False)
