"""The small program that ties a child to its parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from segue.runtime import leash

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")


class BecameError(Exception):
    """Instead of becoming another program."""


def become(program: str, command: list[str]) -> NoReturn:
    raise BecameError(program, command)


@pytest.fixture
def untied() -> Iterator[None]:
    """This very process is put on the leash by a test, and taken off it afterwards."""
    yield
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)


@pytest.fixture
def sigterm_kept() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@linux_only
@pytest.mark.usefixtures("untied")
def test_on_linux_the_kernel_is_asked_and_the_command_takes_over():
    with pytest.raises(BecameError) as became:
        leash.main([str(os.getppid()), "server", "--port", "1"], platform="linux", become=become)

    asked = ctypes.c_int()
    ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(asked), 0, 0, 0)
    assert became.value.args == ("server", ["server", "--port", "1"])
    assert asked.value == signal.SIGKILL


@linux_only
def test_a_child_whose_parent_died_too_early_ends_itself():
    orphan = subprocess.run(
        [sys.executable, "-I", "-S", leash.__file__, "1234567", "true"], timeout=20, check=False
    )

    assert orphan.returncode == -signal.SIGKILL


def test_a_command_that_does_not_exist_is_named():
    with pytest.raises(SystemExit, match="/no/such/program cannot be run: No such file"):
        leash.main([str(os.getppid()), "/no/such/program"], platform="elsewhere")


@pytest.mark.usefixtures("sigterm_kept")
def test_elsewhere_the_exit_status_is_handed_on():
    command = [sys.executable, "-I", "-S", "-c", "raise SystemExit(7)"]

    assert leash.main([str(os.getppid()), *command], platform="elsewhere") == 7


@pytest.mark.usefixtures("sigterm_kept")
def test_elsewhere_a_child_is_killed_once_its_parent_is_gone():
    forever = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]

    assert leash.watch_for_parent(1234567, forever, look_every_s=0.05) == -signal.SIGKILL


@pytest.mark.usefixtures("sigterm_kept")
def test_elsewhere_sigterm_is_handed_on():
    ask_me = f"import os, signal, time\nos.kill({os.getpid()}, signal.SIGTERM)\ntime.sleep(600)"

    status = leash.watch_for_parent(
        os.getppid(), [sys.executable, "-I", "-S", "-c", ask_me], look_every_s=0.001
    )

    assert status == -signal.SIGTERM
