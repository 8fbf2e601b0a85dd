"""No test hangs for ever, not even one whose end does.

A test's timeout is raised in it once, and is over when the test has failed for another reason. What
its fixtures then wait for, as for a worker that does not stop, nothing would end. So each part of a
test has a bound of its own; beyond it the process says where it is and dies, which xdist reports as
the failure of that test, and goes on with another process.
"""

import faulthandler
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

_STDERR = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much longer than the test's timeout, which ends what can be ended in order."""
    parser.addini("timeout_grace", "seconds that each part of a test may take beyond its timeout")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way to the terminal: while a test runs, standard error is a file."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        config.stash[_STDERR] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close it."""
    os.close(config.stash[_STDERR])


@contextmanager
def _bound(item: pytest.Item) -> Generator[None]:
    marker = item.get_closest_marker("timeout")
    seconds = float(marker.args[0] if marker else item.config.getini("timeout"))
    grace = float(item.config.getini("timeout_grace"))
    faulthandler.dump_traceback_later(seconds + grace, exit=True, file=item.config.stash[_STDERR])
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Bound the fixtures' beginning."""
    with _bound(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Bound the test itself, whose timeout may be swallowed."""
    with _bound(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Bound the fixtures' end."""
    with _bound(item):
        return (yield)
