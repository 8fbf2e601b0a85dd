"""Python programs that start at once, forked from a process that has imported everything.

Importing Segue takes three seconds of a processor, and the tests start hundreds of processes.
``warm_starts`` lets ``subprocess``, ``asyncio`` and ``os.posix_spawn`` start ``python -m segue…``
by asking a process to fork that has imported it already (``tests.fakes.programs.warm_server``).
What comes of it is the process that was wanted: a child of whoever started it, with its arguments,
environment, folder, descriptors, session and group, to be signalled, killed and waited for. Every
other program is started as ever, and so is one whose interpreter would be set up differently.
"""

import functools
import os
import platform
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from segue.runtime.processes import leash_command

ROOT = Path(__file__).parents[3]
LONGEST = 160_000  # bytes of a start; below the kernel's bound of a datagram
MOST_DESCRIPTORS = 64
CLONE = {"x86_64": 56, "aarch64": 220}  # the number of the call, where it is known
OUT_OF_THE_WAY = 500  # descriptors from here on lead to processes that fork
SERVER = "tests.fakes.programs.warm_server"
TITLE_ROOM = 4_000  # bytes, for the command lines of what it becomes

_RUN = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
# What an interpreter reads when it starts, and what packages read when they are imported.
_READ_AT_START = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "PYTHONHASHSEED"),
    *("PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONIOENCODING", "PYTHONUTF8"),
    *(
        "FORCE_COLOR",
        "NO_COLOR",
        "PY_COLORS",
        "TERMINAL_WIDTH",
        "GITHUB_ACTIONS",
        "TEST_COLD_START",
    ),
)
# In the environment of a program: it is really started, and so is what it starts.
COLD_START = {"TEST_COLD_START": "1"}


def command_of(module: str) -> list[str]:
    """The command that runs a module of the tests as a program, from whatever folder."""
    return [sys.executable, "-c", _RUN, str(ROOT), module]


class Start(BaseModel, frozen=True):
    """What a process is to become.

    Attributes:
        module: Run as ``python -m`` runs it.
        arguments: After the module.
        title: The whole command line, for whoever lists processes.
        leash: The process with which it dies; None: it lives on.
        environment: All of it.
        folder: Its current one.
        descriptors: Numbers for the descriptors that come with this, in the same order.
        own_session: It leads a session.
        group: Its process group: 0 leads one, -1 stays in that of the process that started it.
    """

    module: str
    arguments: list[str]
    title: list[str]
    leash: int | None
    environment: dict[str, str]
    folder: str
    descriptors: list[int]
    own_session: bool = False
    group: int = -1


class _Program(NamedTuple):
    """What is known of a ``Start`` by its command line."""

    module: str
    arguments: list[str]
    title: list[str]
    leash: int | None


def _program(argv: Sequence[str]) -> _Program | None:
    """What of ours a command runs; None: something else."""
    words, holder = list(argv), None
    *leash, own_id = leash_command([])
    if words[: len(leash)] == leash:
        if words[len(leash)] != own_id:
            return None
        words, holder = words[len(leash) + 1 :], int(own_id)
    if words[:2] == [sys.executable, "-m"] and words[2].partition(".")[0] == "segue":
        return _Program(words[2], words[3:], words, holder)
    if words[:4] == [sys.executable, "-c", _RUN, str(ROOT)]:
        return _Program(words[4], words[5:], words, holder)
    return None


@dataclass
class WarmStarts:
    """The way to a process that forks, which is a child of this one.

    Attributes:
        channel: To it.
        read: The variables that it has read.
    """

    channel: socket.socket
    read: Mapping[str, str]
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether a process with this environment would be no different."""
        return all(environment.get(name) == self.read.get(name) for name in _READ_AT_START)

    def start(self, start: Start, descriptors: Sequence[int]) -> int:
        """Start a process; its id."""
        message = start.model_dump_json().encode()
        assert len(message) <= LONGEST
        with self._turn:
            socket.send_fds(self.channel, [message], list(descriptors))
            answer = self.channel.recv(LONGEST).decode()
        assert answer.isdecimal(), f"no process was forked: {answer or 'the server is gone'}"
        return int(answer)


# --- where processes are started ---

_fork_exec: Any = subprocess._fork_exec  # pyright: ignore[reportAttributeAccessIssue]
_posix_spawn: Any = os.posix_spawn


class _ForkExec(NamedTuple):
    """What ``_posixsubprocess.fork_exec`` is given."""

    args: Sequence[bytes]
    executable_list: Sequence[bytes]
    close_fds: bool
    fds_to_keep: Sequence[int]
    cwd: bytes | str | None
    env_list: Sequence[bytes] | None
    p2cread: int
    p2cwrite: int
    c2pread: int
    c2pwrite: int
    errread: int
    errwrite: int
    errpipe_read: int
    errpipe_write: int
    restore_signals: bool
    start_new_session: bool
    process_group: int
    gid: int | None
    gids: Sequence[int] | None
    uid: int | None
    umask: int
    preexec_fn: Callable[[], None] | None


@dataclass
class Launcher:
    """Takes the places of the two functions by which Python starts programs.

    Attributes:
        opened: Makes the way to the process that forks, when first it is needed.
    """

    opened: Callable[[], WarmStarts]

    @functools.cached_property
    def starts(self) -> WarmStarts:
        """The way to the process that forks."""
        return self.opened()

    def fork_exec(self, *given: Any) -> int:
        """In the place of ``_posixsubprocess.fork_exec``."""
        call = _ForkExec(*given[: len(_ForkExec._fields)])
        program = _program([os.fsdecode(word) for word in call.args])
        environment = _environment(call.env_list)
        simple = call.close_fds and call.preexec_fn is None
        if program is None or not simple or not self.starts.fits(environment):
            return _fork_exec(*given)
        standard = {
            number: inherited if ours == -1 else ours
            for number, ours, inherited in (
                (0, call.p2cread, 0),
                (1, call.c2pwrite, 1),
                (2, call.errwrite, 2),
            )
        }
        passed = {number: number for number in call.fds_to_keep if number != call.errpipe_write}
        return self._start(
            program,
            environment,
            standard | passed,
            folder=os.fsdecode(call.cwd) if call.cwd is not None else str(Path.cwd()),
            own_session=bool(call.start_new_session),
            group=call.process_group,
        )

    def posix_spawn(
        self, path: str, argv: Sequence[str], env: Mapping[str, str], **options: Any
    ) -> int:
        """In the place of ``os.posix_spawn``."""
        program = _program(argv)
        if (
            program is None
            or set(options) != {"file_actions", "setsid"}
            or not self.starts.fits(env)
        ):
            return _posix_spawn(path, argv, env, **options)
        numbers, opened = {0: 0, 1: 1, 2: 2}, list[int]()
        for action, *operands in options["file_actions"]:
            if action == os.POSIX_SPAWN_OPEN:
                number, name, flags, mode = operands
                opened.append(os.open(name, flags, mode))
                numbers[number] = opened[-1]
            else:
                assert action == os.POSIX_SPAWN_DUP2
                numbers[operands[1]] = numbers[operands[0]]
        try:
            return self._start(
                program,
                env,
                numbers,
                folder=str(Path.cwd()),
                own_session=options["setsid"],
            )
        finally:
            for number in opened:
                os.close(number)

    def _start(
        self,
        program: _Program,
        environment: Mapping[str, str],
        descriptors: Mapping[int, int],
        **options: Any,
    ) -> int:
        start = Start(
            **program._asdict(),
            environment=dict(environment),
            descriptors=list(descriptors),
            **options,
        )
        return self.starts.start(start, list(descriptors.values()))

    def install(self) -> None:
        """From now on."""
        subprocess._fork_exec = self.fork_exec  # pyright: ignore[reportAttributeAccessIssue]
        os.posix_spawn = self.posix_spawn  # pyright: ignore[reportAttributeAccessIssue]


def _environment(listed: Sequence[bytes] | None) -> dict[str, str]:
    if listed is None:
        return dict(os.environ)
    pairs = (os.fsdecode(pair).partition("=") for pair in listed)
    return {name: value for name, _, value in pairs}


@contextmanager
def warm_starts() -> Generator[None]:
    """While the body runs, programs of ours start from a process that has imported everything."""
    if sys.platform != "linux" or platform.machine() not in CLONE:
        yield
        return
    servers = list[tuple[socket.socket, subprocess.Popen[bytes]]]()

    def opened() -> WarmStarts:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        read = dict(os.environ)
        server = subprocess.Popen(
            [sys.executable, "-m", SERVER, str(theirs.fileno()), "." * TITLE_ROOM],
            cwd=ROOT,
            env=read,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        servers.append((ours, server))
        return WarmStarts(ours, read)

    Launcher(opened).install()
    try:
        yield
    finally:
        subprocess._fork_exec = _fork_exec  # pyright: ignore[reportAttributeAccessIssue]
        os.posix_spawn = _posix_spawn
        for channel, server in servers:
            channel.close()  # this ends it
            server.wait()
