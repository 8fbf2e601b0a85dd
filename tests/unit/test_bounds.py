"""A test that hangs fails, whatever part of it hangs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIGURATION = """
[pytest]
timeout = 0.2
timeout_grace = 0.2
"""
STUBBORN = """
import threading, pytest

def hang():
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass

@pytest.fixture
def beginning(): hang()

@pytest.fixture
def end():
    yield
    hang()

def test_it({fixture}): {body}

def test_other(): pass
"""


@pytest.mark.parametrize(
    ("fixture", "body"),
    [("beginning", "pass"), ("end", "assert False"), ("", "hang()")],
)
def test_a_test_that_no_timeout_ends_fails_and_says_where_it_was(tmp_path, fixture, body):
    (tmp_path / "pytest.ini").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "test_stubborn.py").write_text(
        STUBBORN.format(fixture=fixture, body=body), encoding="utf-8"
    )

    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider"),
            *("-p", "xdist", "-p", "pytest_timeout", "-p", "tests.fakes.bounds"),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert "in hang" in ended.stderr
    assert ended.returncode == 1
    assert " passed" in ended.stdout  # another process went on
