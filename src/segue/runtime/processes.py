"""Child processes that are started in order, watched, restarted and stopped in reverse.

A child runs in a process group of its own, so that Ctrl-C in a terminal reaches the parent only and
the parent decides the order in which things stop. It cannot outlive the parent (see ``leash``).
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from segue.errors.base import SegueError
from segue.runtime.last_words import Words, last_words
from segue.storage.private_files import UMASK

_LEASH = Path(__file__).with_name("leash.py")
_LOGS_KEPT = 3  # this start and the two before it: enough to read what led to a crash
_READY_EVERY_S = (
    0.05  # fine enough to be unseen beside a start of 0.2 s, coarse enough to cost nothing
)

logger = logging.getLogger(__name__)


async def _always() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Child:
    """A command to keep running.

    Attributes:
        name: Short and unique in its supervisor; seen in messages.
        argv: The command; ``argv[0]`` is looked up on PATH when it holds no slash.
        log_path: Takes standard output and error; the files of the two starts before are kept.
        failure: Makes the error that says this child was given up, from a sentence.
        ready: Whether the child does its work; asked until true at start, then as a health check.
            May raise OSError, RuntimeError or a SegueError for "no".
        env: The whole environment; None inherits the parent's.
        ready_within: How long a start may take.
        grace: Time between SIGTERM and SIGKILL.
        keep_fds: File descriptors that the child inherits, such as a lock it holds with us.
    """

    name: str
    argv: Sequence[str]
    log_path: Path
    failure: Callable[[str], SegueError]
    ready: Callable[[], Awaitable[bool]] = _always
    env: Mapping[str, str] | None = None
    ready_within: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=10)
    keep_fds: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class RestartPolicy:
    """When a child is started again, and when it is given up.

    Attributes:
        first_delay: Wait before the first restart; doubles with each crash in the window.
        longest_delay: Bound of that doubling.
        crashes: So many crashes within ``window`` are borne; one more and the child is given up.
        window: Crashes older than this are forgotten.
        check_every: Time between two health checks.
        check_within: A health check that takes longer has failed.
        failed_checks: So many failed checks in a row count as a crash.
    """

    first_delay: timedelta = timedelta(milliseconds=100)
    longest_delay: timedelta = timedelta(seconds=5)
    crashes: int = 5
    window: timedelta = timedelta(minutes=1)
    check_every: timedelta = timedelta(seconds=5)
    check_within: timedelta = timedelta(seconds=5)
    failed_checks: int = 3


def leash_command(argv: Sequence[str]) -> list[str]:
    """The command that runs ``argv`` so that it dies with this process."""
    return [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *argv]


class Supervisor:
    """Keeps children running while its ``async with`` block lasts.

    Args:
        children: Started in this order, each once the one before is ready; stopped in reverse.
        policy: When to restart and when to give up.

    Raises:
        SegueError: From entering the block: a child did not become ready (made by its ``failure``);
            those already started are stopped first.
    """

    def __init__(
        self, children: Sequence[Child] = (), *, policy: RestartPolicy | None = None
    ) -> None:
        self._first = children
        self._policy = policy or RestartPolicy()
        self._kept: dict[str, _ChildProcess] = {}

    async def __aenter__(self) -> Self:
        self._given_up: asyncio.Future[SegueError] = asyncio.get_running_loop().create_future()
        try:
            for child in self._first:
                await self.start(child)
        except BaseException:
            await self._stop_all()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop_all()

    @property
    def restarts(self) -> Mapping[str, int]:
        """How often each child was started again, by name."""
        return {name: process.restarts for name, process in self._kept.items()}

    def pid(self, name: str) -> int:
        """Process id of the child as it runs now; it changes with every restart."""
        return self._kept[name].pid

    async def start(self, child: Child) -> None:
        """Start one more child and wait until it is ready.

        Raises:
            SegueError: It ended or did not become ready in time (made by ``child.failure``).
            ValueError: A child of this name is here already.
        """
        if child.name in self._kept:
            raise ValueError(f"a child named {child.name!r} is running already")
        process = _ChildProcess(child, self._policy, self._give_up)
        await process.start()
        self._kept[child.name] = process

    async def stop(self, name: str) -> None:
        """Stop one child for good: SIGTERM, its grace, SIGKILL."""
        await self._kept.pop(name).stop()

    async def watch(self) -> NoReturn:
        """Wait until a child is given up; the others go on until the block is left.

        Raises:
            SegueError: The first child that could not be kept running, with its log's path.
        """
        raise await asyncio.shield(self._given_up)

    def _give_up(self, error: SegueError) -> None:
        logger.error("%s", error)
        if not self._given_up.done():
            self._given_up.set_result(error)

    async def _stop_all(self) -> None:
        for name in reversed(tuple(self._kept)):
            await self.stop(name)


@dataclass
class _ChildProcess:
    """One child and the task that keeps it running."""

    child: Child
    policy: RestartPolicy
    give_up: Callable[[SegueError], None]
    restarts: int = 0
    crashes: deque[float] = field(default_factory=deque[float])
    ended_early: bool = False

    async def start(self) -> None:
        problem = await self._launch()
        if problem and self.ended_early and not self._is_final():
            # Once more: a port that a program chose for itself may have been taken under its hands.
            logger.warning("%s %s; starting it again", self.child.name, problem)
            self.restarts += 1
            problem = await self._launch()
        if problem:
            raise self._failure(problem)
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.child.name}")

    async def stop(self) -> None:
        self._keeping.cancel()
        await asyncio.wait({self._keeping})
        await self._end()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def _launch(self) -> str | None:
        """Start the process; None once it is ready, else what went wrong (and it is gone)."""
        try:
            self._process = await self._spawn()
        except OSError as failure:
            return f"could not be started: {failure}"
        try:
            problem = await self._wait_until_ready()
        except BaseException:
            await self._end()
            raise
        if problem:
            await self._end()
        return problem

    async def _spawn(self) -> asyncio.subprocess.Process:
        if not self.restarts:
            _rotate(self.child.log_path)
        with self.child.log_path.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *leash_command(self.child.argv),
                env=self.child.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=self.child.keep_fds,
                umask=UMASK,
            )

    async def _wait_until_ready(self) -> str | None:
        try:
            async with asyncio.timeout(self.child.ready_within.total_seconds()):
                while self._process.returncode is None:
                    if await self._is_ready():
                        return None
                    await asyncio.sleep(_READY_EVERY_S)
        except TimeoutError:
            return f"was not ready within {self.child.ready_within.total_seconds():g} s"
        self.ended_early = True
        return f"ended with status {self._process.returncode} before it was ready"

    async def _is_ready(self) -> bool:
        try:
            return await self.child.ready()
        except (OSError, RuntimeError, SegueError):
            return False

    async def _keep(self) -> None:
        while True:
            problem: str | None = await self._until_it_fails()
            while problem:
                await self._end()
                if self._is_final() or self._is_hopeless():
                    times = f"{len(self.crashes)} crashes in {self.policy.window}"
                    return self.give_up(self._failure(f"{problem}, after {times}"))
                logger.warning("%s %s; starting it again", self.child.name, problem)
                await asyncio.sleep(self._delay())
                self.restarts += 1
                problem = await self._launch()

    async def _until_it_fails(self) -> str:
        failures = 0
        while failures < self.policy.failed_checks:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.policy.check_every.total_seconds()):
                    return f"ended with status {await self._process.wait()}"
            failures = 0 if await self._is_healthy() else failures + 1
        return f"failed {failures} health checks in a row"

    async def _is_healthy(self) -> bool:
        try:
            async with asyncio.timeout(self.policy.check_within.total_seconds()):
                return await self._is_ready()
        except TimeoutError:
            return False

    def _is_hopeless(self) -> bool:
        """Whether one more crash, counted here, is one too many."""
        now = asyncio.get_running_loop().time()
        self.crashes.append(now)
        while self.crashes[0] < now - self.policy.window.total_seconds():
            self.crashes.popleft()
        return len(self.crashes) > self.policy.crashes

    def _delay(self) -> float:
        delay = self.policy.first_delay * 2 ** (len(self.crashes) - 1)
        return min(delay, self.policy.longest_delay).total_seconds()

    def _is_final(self) -> bool:
        """Whether the child has said what it ended by, and that starting it again does not help."""
        words = last_words(self.child.log_path)
        return isinstance(words, Words) and not words.error(SegueError).retryable

    def _failure(self, problem: str) -> SegueError:
        words = last_words(self.child.log_path)
        if isinstance(words, Words):
            return words.error(SegueError)
        ending = f" Its last line: {words}" if words else ""
        return self.child.failure(
            f"{self.child.name} {problem}; its log: {self.child.log_path}.{ending}"
        )

    async def _end(self) -> None:
        """Stop the process and whatever it left behind in its group."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.child.grace.total_seconds()):
                    await self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _rotate(log: Path) -> None:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(_LOGS_KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        newer = log if number == 1 else log.with_name(f"{log.name}.{number - 1}")
        if newer.exists():
            newer.replace(older)
