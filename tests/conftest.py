"""Fixtures that every test folder shares."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.fakes.databases", "tests.fakes.temporal"]


@pytest.fixture(scope="session")
def bench_dir() -> Path:
    """The folder of evaluation data; it lies beside the checkout, outside the project."""
    named = os.environ.get("SEGUE_BENCH_DIR")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "bench"
    if not (folder / "dev.jsonl").exists():
        pytest.skip(f"no evaluation data at {folder} (SEGUE_BENCH_DIR names another place)")
    return folder
