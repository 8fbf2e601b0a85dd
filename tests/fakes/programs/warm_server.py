"""The process from which programs are forked: ``tests.fakes.programs.warm`` says what for.

It has one thread, so that forking it is safe. What it forks are children of its parent, the process
that asked. So each program that may start others has one more process like this one as a child.
"""

import ctypes
import fcntl
import gc
import importlib
import io
import os
import platform
import runpy
import signal
import socket
import sys
import warnings
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import tests.fakes.measuring  # noqa: F401 # pyright: ignore[reportUnusedImport] - before Segue
from segue.runs.worker.plugin import _ANSWER
from segue.runs.workflow.durable_model import output_items
from segue.runtime.leash import tie_to_parent
from tests.fakes.programs.warm import (
    CLONE,
    LONGEST,
    MOST_DESCRIPTORS,
    OUT_OF_THE_WAY,
    ROOT,
    Launcher,
    Start,
    WarmStarts,
)
from tests.fakes.tls import share_contexts

# Whatever the programs import at some time.
_IMPORTED = (
    *("segue.cli.main", "segue.wiring.worker", "segue.wiring.background", "segue.wiring.api"),
    *("segue.wiring.records", "segue.wiring.doctor", "segue.wiring.spotify_mcp"),
    *("segue.music.catalogues.local.serve", "tests.fakes.programs.agent_worker"),
    *("tests.fakes.programs.music_agent_worker", "tests.fakes.programs.openai_server.__main__"),
    *(
        "tests.fakes.programs.fault_mcp_server",
        "tests.fakes.programs.tool_servers",
        "tests.fakes.doubles.music_service",
        "tests.fakes.doubles.agent_records",
    ),
    *("aiosqlite", "alembic.runtime.migration", "asyncpg", "sqlalchemy.dialects.sqlite.aiosqlite"),
    *("sqlalchemy.dialects.postgresql.asyncpg", "uvicorn.loops.auto", "uvicorn.lifespan.on"),
    *("uvicorn.protocols.http.auto", "rich.progress", "temporalio.bridge.worker"),
)
# These start no program of ours.
_LEAVES = (
    *("segue.music.catalogues.local.serve", "segue.wiring.spotify_mcp"),
    *(
        "tests.fakes.programs.openai_server",
        "tests.fakes.programs.fault_mcp_server",
        "tests.fakes.programs.tool_servers",
        "tests.fakes.programs.agent_worker",
    ),
)
_CLONE_PARENT = 0x8000  # linux/sched.h
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # it ends when its parent has


@dataclass(frozen=True)
class _Asked:
    """What this process is to become.

    Attributes:
        descriptors: Those of the start, in its order.
        answers: Takes the id of this process once it can be signalled.
    """

    start: Start
    descriptors: Sequence[int]
    answers: socket.socket


def _forked(channel: socket.socket) -> _Asked:
    """Fork a process for each start that is asked for; returns in those processes only."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, LONGEST, MOST_DESCRIPTORS)
        if not message:
            os._exit(0)
        if _fork_beside() == 0:
            return _Asked(Start.model_validate_json(message), descriptors, _moved(channel))
        for descriptor in descriptors:
            os.close(descriptor)


def _fork_beside() -> int:
    """As ``os.fork``, but the new process is a child of this one's parent; see ``clone(2)``."""
    python = ctypes.pythonapi  # its functions are called with the interpreter's lock held
    python.PyOS_BeforeFork()
    call = ctypes.PyDLL(None, use_errno=True).syscall
    pid = call(CLONE[platform.machine()], _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone was refused")
    return pid


def _start_of_this_process(channel: socket.socket, read: Mapping[str, str]) -> _Asked:
    """The same, in a process that can start others in its turn."""
    while True:
        asked = _forked(channel)
        start = asked.start
        if start.own_session:
            os.setsid()
        elif start.group >= 0:
            os.setpgid(0, start.group)
        if start.module.startswith(_LEAVES):
            return asked
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork():
            theirs.close()
            Launcher(partial(WarmStarts, _moved(ours), read)).install()
            return asked
        asked.answers.close()
        ours.close()
        channel = _moved(theirs)
        _close_others(())


def _moved(channel: socket.socket) -> socket.socket:
    """The same under a number that no program asks for."""
    number = channel.detach()
    moved = socket.socket(fileno=fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY))
    os.close(number)
    return moved


def _close_others(spared: Collection[int]) -> None:
    """Close what neither the program asked for nor its starts need."""
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208 - numbers
        if number not in spared and number < OUT_OF_THE_WAY:
            with suppress(OSError):  # the one that listed them
                os.close(number)


def _set_up(asked: _Asked) -> None:
    """Give this process what an exec'd one would have."""
    start = asked.start
    numbers = [fcntl.fcntl(it, fcntl.F_DUPFD, OUT_OF_THE_WAY) for it in asked.descriptors]
    for number, wanted in zip(numbers, start.descriptors, strict=True):
        os.dup2(number, wanted)
        os.close(number)
    _close_others(start.descriptors)
    os.chdir(start.folder)
    os.environ.clear()
    os.environ.update(start.environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if start.leash is not None:
        tie_to_parent(start.leash)
    _set_title(start.title)
    _open_standard_streams()


def _open_standard_streams() -> None:
    """As an interpreter does; ``create_stdio`` in CPython's Python/pylifecycle.c."""
    at_once = bool(os.environ.get("PYTHONUNBUFFERED"))
    for name, number, errors in (
        ("stdin", 0, "strict"),
        ("stdout", 1, "strict"),
        ("stderr", 2, "backslashreplace"),
    ):
        writes = number > 0
        size = 0 if writes and at_once else -1
        stream = io.TextIOWrapper(
            open(number, "wb" if writes else "rb", size, closefd=False),  # noqa: SIM115
            encoding="utf-8",
            errors=errors,
            line_buffering=writes and not at_once and (number == 2 or os.isatty(number)),
            write_through=writes and at_once,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _set_title(words: Sequence[str]) -> None:
    """Have lists of processes show this command line; ``proc(5)``, ``/proc/pid/cmdline``."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    title = b"".join(os.fsencode(word) + b"\0" for word in words)
    ctypes.memmove(begin, title[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)


def _run(start: Start) -> None:
    sys.path[0] = str(ROOT) if start.module.startswith("tests.") else start.folder
    sys.argv[:] = [start.title[0], *start.arguments]
    for name in (start.module, f"{start.module}.__main__"):
        if not hasattr(sys.modules.get(name), "__path__"):
            sys.modules.pop(name, None)  # it is run, not imported
    runpy.run_module(start.module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Import everything, serve, and become what was asked for."""
    with warnings.catch_warnings(action="ignore"):  # what they complain of, whoever tests hears
        for name in _IMPORTED:
            importlib.import_module(name)
    share_contexts()
    output_items([_ANSWER])  # what reads answers is built at the first one
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    asked = _start_of_this_process(socket.socket(fileno=int(sys.argv[1])), dict(os.environ))
    try:
        _set_up(asked)
    except BaseException as failed:
        asked.answers.send(f"{failed!r}".encode())
        raise
    asked.answers.send(str(os.getpid()).encode())
    asked.answers.close()
    _run(asked.start)


if __name__ == "__main__":
    main()
