"""Fixtures that every test folder shares."""

import gc
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

import tests.fakes.measuring  # noqa: F401 # pyright: ignore[reportUnusedImport] - before Segue
from tests.fakes.programs.warm import warm_starts
from tests.fakes.tls import share_contexts

# No deadline: speed is for benchmarks. The same examples in every run and for everybody, so that a
# commit has one verdict; `make explore` takes new ones, and more, to find what nobody thought of.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("same")

share_contexts()

# Temporal's server collects its garbage four times less often, which saves a seventh of its time.
os.environ.setdefault("GOGC", "400")

# A shell starts what it puts into the background with Ctrl-C ignored, and programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "tests.fakes.bounds",
    "tests.fakes.costs",
    "tests.fakes.worlds.databases",
    "tests.fakes.no_servers",
    "tests.fakes.programs.openai",
    "tests.fakes.worlds.temporal",
    "tests.fakes.worlds.agents",  # it imports the others, so it comes last
]


@pytest.fixture(scope="session", autouse=True)
def _warm_starts() -> Generator[None]:
    with warm_starts():
        yield


@pytest.fixture(scope="session")
def bench_dir() -> Path:
    """The folder of evaluation data; it lies beside the checkout, outside the project."""
    named = os.environ.get("SEGUE_BENCH_DIR")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "bench"
    if not (folder / "dev.jsonl").exists():
        pytest.skip(f"no evaluation data at {folder} (SEGUE_BENCH_DIR names another place)")
    return folder


# From the slowest to the fastest: what is begun last is waited for alone.
_ROOMS = ("model", "faults", "e2e", "workflow", "contract", "docs", "replay", "unit")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the rooms of slow tests first; within a room the order stays."""
    root = Path(__file__).parent
    items.sort(key=lambda item: _ROOMS.index(item.path.relative_to(root).parts[0]))


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going through everything imported, over and over.

    A pause of two seconds, which it reaches on a busy machine, is a deadlock to Temporal.
    """
    gc.collect()
    gc.freeze()
