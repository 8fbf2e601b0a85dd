"""What the tests of each folder cost, and the files that cost most, said at the end of a run.

Seconds of a processor, for those of a clock depend on what else the machine does. They hold what
the processes used that a test started and saw end. What all tests of a process share, such as
Temporal's server, is no folder's; it ends with the last test.
"""

import resource
from collections import Counter
from collections.abc import Generator

import pytest

_BEGAN = pytest.StashKey[float]()
_ENDING = pytest.StashKey[float]()
_COST = "cpu seconds"
_SHARED_COST = "cpu seconds of what is shared"
_FILES = 15


def _used() -> float:
    own, ended = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Begin to count."""
    item.stash[_BEGAN] = _used()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Count apart what ends with the last test."""
    began = _used()
    try:
        return (yield)
    finally:
        item.stash[_ENDING] = 0.0 if nextitem else _used() - began


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with the last report of a test what it cost."""
    report = yield
    if call.when == "teardown":
        shared = item.stash[_ENDING]
        report.user_properties.append((_COST, _used() - item.stash[_BEGAN] - shared))
        report.user_properties.append((_SHARED_COST, shared))
    return report


class _Sums:
    """By folder; where tests run in several processes, in the one that shows the results."""

    def __init__(self) -> None:
        self.folders: dict[str, float] = {}
        self.files: dict[str, float] = {}
        self.tests = Counter[str]()
        self.shared = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, cost in report.user_properties:
            if name == _SHARED_COST and isinstance(cost, float):
                self.shared += cost
            if name == _COST and isinstance(cost, float):
                file = report.nodeid.split("::")[0]
                folder = "/".join(file.split("/")[:2])
                self.folders[folder] = self.folders.get(folder, 0.0) + cost
                self.files[file] = self.files.get(file, 0.0) + cost
                self.tests[folder] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("processor seconds by folder")
        for folder, seconds in sorted(self.folders.items()):
            terminalreporter.write_line(
                f"{folder:16} {self.tests[folder]:5} tests {seconds:7.1f} s"
            )
        terminalreporter.write_line(f"{'shared servers':28} {self.shared:7.1f} s")
        terminalreporter.section(f"the {_FILES} files that use the most processor seconds")
        costly = sorted(self.files.items(), key=lambda each: -each[1])
        for file, seconds in costly[:_FILES]:
            terminalreporter.write_line(f"{seconds:7.1f} s {file}")


def pytest_configure(config: pytest.Config) -> None:
    """Sum them up where the results are shown."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Sums(), "costs of the tests")
