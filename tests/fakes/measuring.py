"""Where branches are measured, and what keeps that from hanging the tests.

Measuring doubles what a test costs: Python's tracer visits each instruction, of every package. What
only repeats on a large scale what other tests measure is marked ``unmeasured``.

Coverage gives every thread a main greenlet and files it in a weak dictionary. A thread's greenlet
is freed in a pending call of the interpreter, and with it runs the dictionary's callback: Python
code, and traced. Where another thread ends in that moment, it asks for a pending call too, and
CPython 3.11 never leaves the callback's first instruction: before it traces a call it looks for
pending calls, and while it runs one it begins no other. No timeout can end that. Bursts of 20
threads hang within the first 50. Greenlets that are kept are not freed there.
Source: `DO_TRACING` and `make_pending_calls` in CPython 3.11's Python/ceval.c.
"""

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import coverage
import greenlet

_PASSED_ON = "COVERAGE_PROCESS_CONFIG"  # by which the programs that a test starts are measured too

_kept: list[greenlet.greenlet] = []


def keep_greenlets_of_threads() -> None:
    """Keep the main greenlet of each thread that starts from now on; they are small."""
    # Otherwise greenlet goes through all objects that there are, to find who keeps them.
    greenlet.enable_optional_cleanup(False)  # pyright: ignore[reportAttributeAccessIssue] - left out of its stubs
    threading.setprofile(_keep)


def _keep(frame: FrameType, event: str, arg: object) -> None:
    del frame, event, arg
    sys.setprofile(None)
    _kept.append(greenlet.getcurrent())


@contextmanager
def unmeasured() -> Generator[None]:
    """While the body runs, neither this process nor a program that it starts is measured."""
    measuring = coverage.Coverage.current()
    if measuring is None:
        yield
        return
    passed_on = os.environ.pop(_PASSED_ON, None)
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
        if passed_on is not None:
            os.environ[_PASSED_ON] = passed_on
