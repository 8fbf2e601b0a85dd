"""Where branches are measured, and what makes that cheaper and keeps it from hanging the tests.

Measuring doubles what a test costs: Python's tracer visits each instruction, of every package. What
only repeats on a large scale what other tests measure is marked ``unmeasured``.

Coverage gives every greenlet a stack and finds it, at each call of a function, in a dictionary with
weak keys. That is Python code: it costs a third of what measuring does, and it can hang. A thread's
greenlet is freed in a pending call of the interpreter, and with it runs the dictionary's callback,
traced. Where another thread ends in that moment, it asks for a pending call too, and CPython 3.11
never leaves the callback's first instruction: before it traces a call it looks for pending calls,
and while it runs one it begins no other. No timeout can end that. Bursts of 20 threads hang within
the first 50. So here that dictionary is a plain one; the greenlets that it keeps are small.
Source: `CTracer_set_pdata_stack` in coverage's ctracer/tracer.c; `DO_TRACING` and
`make_pending_calls` in CPython 3.11's Python/ceval.c.
"""

import os
import sys
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import coverage
import greenlet
from coverage.collector import Collector

_PASSED_ON = "COVERAGE_PROCESS_CONFIG"  # by which the programs that a test starts are measured too

_start_tracer: Any = Collector._start_tracer  # pyright: ignore[reportPrivateUsage] - nothing public
_WeakKeys = weakref.WeakKeyDictionary
_one_at_a_time = threading.Lock()


def find_greenlets_fast() -> None:
    """Give each tracer that starts from now on a plain dictionary of greenlets."""
    # Otherwise greenlet goes through all objects that there are, to find who keeps them.
    greenlet.enable_optional_cleanup(False)  # pyright: ignore[reportAttributeAccessIssue] - left out of its stubs
    Collector._start_tracer = _start_plainly  # pyright: ignore[reportPrivateUsage]
    if measuring := coverage.Coverage.current():
        measuring.stop()
        measuring.start()


def _start_plainly(self: Collector) -> Any:
    """In the place of ``Collector._start_tracer``, which a thread calls for its own tracer."""
    with _one_at_a_time:
        weakref.WeakKeyDictionary = dict  # pyright: ignore[reportAttributeAccessIssue]
        try:
            trace = _start_tracer(self)
            frame = sys._getframe()
            trace(frame, "call", None)  # the first call makes the dictionary
            trace(frame, "return", None)
        finally:
            weakref.WeakKeyDictionary = _WeakKeys
    return trace


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
