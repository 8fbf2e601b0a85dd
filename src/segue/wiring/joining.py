"""The stack of a data folder, joined by a command that needs it, or started in the background."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from segue.errors.base import SegueError
from segue.errors.storage import StorageFullError
from segue.errors.temporal import TemporalStartError
from segue.runtime.last_words import Words
from segue.settings.load import Settings
from segue.storage.private_files import make_private
from segue.wiring.locks import hold, is_held
from segue.wiring.stack import StackFiles, StackInfo

START_WITHIN_S = 90.0  # a cold disk on a busy machine; the usual start takes about five seconds
STOP_WITHIN_S = 60.0  # a worker drains for 30 s at most
POLL_S = 0.05
_WORDS_NEED = 2**20  # bytes, with what a file system takes for itself


@asynccontextmanager
async def joined_stack(
    settings: Settings, *, stays: Callable[[], bool]
) -> AsyncGenerator[StackInfo]:
    """The stack that runs on this data folder, or one that is started for it.

    Args:
        settings: As loaded.
        stays: Asked at the end: whether a stack that was started here stays running.

    Raises:
        SegueError: A part cannot be started.
    """
    files = StackFiles(settings.data.directory.resolve())
    # Whoever holds this shared lock keeps a background stack from ending.
    with hold(files.users, shared=True, wait=True):
        pid, info = await _join(settings, files)
        stop = False
        try:
            yield info
        finally:
            stop = pid is not None and not stays()
    if pid is not None and stop:
        await _stop(pid, files)


async def _join(settings: Settings, files: StackFiles) -> tuple[int | None, StackInfo]:
    pid: int | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(START_WITHIN_S):
            while True:
                if info := files.running():
                    return pid, info
                if pid is None and not is_held(files.lock):
                    pid = _launch(settings, files)
                elif pid is not None and _has_ended(pid):
                    break
                await asyncio.sleep(POLL_S)
    raise start_failure(files)


def _launch(settings: Settings, files: StackFiles) -> int:
    """Start a background stack; its process id. It outlives this process unless it is ended."""
    make_private(files.folder)
    files.log.parent.mkdir(exist_ok=True)
    files.error.unlink(missing_ok=True)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "segue.wiring.background"],
        settings.environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(files.log), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,  # Ctrl-C ends the command, not what it started
    )


async def _wait_for_end(pid: int) -> None:
    while True:
        if _has_ended(pid):
            return
        await asyncio.sleep(POLL_S)


def _has_ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG) != (0, 0)


def start_failure(files: StackFiles) -> SegueError:
    """Why a background stack did not come up: its own error, where it could write that down."""
    words = files.error.read_bytes() if files.error.exists() else b""
    if words:
        return Words.model_validate_json(words).error(TemporalStartError)
    if shutil.disk_usage(files.folder).free < _WORDS_NEED:
        return StorageFullError(f"The disk that holds {files.folder} is full.")
    return TemporalStartError(f"The background process did not come up; its log: {files.log}.")


async def _stop(pid: int, files: StackFiles) -> None:
    """End the stack unless another command uses it by now."""
    with hold(files.users) as alone:
        if not alone:
            return
        os.kill(pid, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN_S):
                await _wait_for_end(pid)
