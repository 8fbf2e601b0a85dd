"""Segue as a command or a server uses it: one context that opens everything and closes it again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from segue.errors.temporal import TemporalStartError
from segue.errors.tree import known_errors
from segue.music.catalogues.open import http_client
from segue.music.catalogues.stored_login import StoredLogin
from segue.music.service import MusicService
from segue.music.wire.names import MUSIC_QUEUE
from segue.runtime.client import connect, has_worker
from segue.runtime.payloads.drivers import PayloadPath
from segue.settings.load import Settings
from segue.wiring.background import StackFailure
from segue.wiring.encryption import codec_of, history_keys
from segue.wiring.locks import hold, is_held
from segue.wiring.music import agent_flags, open_music_ports, token_file
from segue.wiring.stack import StackFiles, StackInfo

START_WITHIN_S = 90.0  # a cold disk on a busy machine; the usual start takes about five seconds
STOP_WITHIN_S = 60.0  # a worker drains for 30 s at most
POLL_S = 0.05
MAPPING_FILE = "mapping.csv"
NO_WORKER = (
    "No worker serves this Temporal's queue `music-sync`; syncs wait until `segue worker` runs."
)
CONNECT_WITHIN = timedelta(seconds=20)


class App:
    """A running Segue.

    Attributes:
        music: The music feature.
        ui_url: Temporal's web page, where one is known.
        catalogue_url: The local catalogue service, where it is used.
        mapping_file: The user's own matches, where that file exists.
        detached: Whether what was started stays running.
    """

    def __init__(
        self,
        music: MusicService,
        info: StackInfo | None,
        mapping_file: Path | None,
        warnings: tuple[str, ...],
    ) -> None:
        self.music = music
        self.mapping_file = mapping_file
        self.ui_url = info.ui_url if info else None
        self.catalogue_url = info.catalogue_url if info else None
        self.detached = False
        self._warnings = warnings

    def detach(self) -> None:
        """Leave a stack that this process started running until its syncs are done."""
        self.detached = True

    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything fails."""
        return self._warnings


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncGenerator[App]:
    """Join the stack of this data folder, or start one; with TEMPORAL_ADDRESS set, use that.

    Raises:
        SegueError: A part cannot be started or reached.
    """
    if settings.temporal.address is not None:
        async with _opened(settings, None) as app:
            yield app
        return
    files = StackFiles(settings.data.directory.resolve())
    # Whoever holds this shared lock keeps a background stack from ending.
    with hold(files.users, shared=True, wait=True):
        started, info = await _join(settings, files)
        async with _opened(settings, info) as app:
            try:
                yield app
            finally:
                stop = started is not None and not app.detached
    if started is not None and stop:
        await _stop(started, files)


@asynccontextmanager
async def _opened(settings: Settings, info: StackInfo | None) -> AsyncGenerator[App]:
    local_url = info.catalogue_url if info else settings.catalogue.local_url
    async with open_music_ports(settings, local_url) as ports:
        client = await connect(
            info.temporal_address if info else None,
            settings.temporal_environment,
            namespace=settings.temporal.namespace,
            wait=CONNECT_WITHIN,
            payloads=PayloadPath(codec=codec_of(history_keys(settings, ports.database))),
        )
        music = MusicService(
            client,
            ports.store,
            ports.catalogue,
            info.ui_url if info else None,
            flags=agent_flags(settings),
        )
        yield App(music, info, _mapping_file(settings), await _warnings(settings, client))


async def _join(settings: Settings, files: StackFiles) -> tuple[int | None, StackInfo]:
    started: int | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(START_WITHIN_S):
            while True:
                if info := files.running():
                    return started, info
                if started is None and not is_held(files.lock):
                    started = _launch(settings, files)
                elif started is not None and _has_ended(started):
                    break
                await asyncio.sleep(POLL_S)
    raise _failure(files)


def _launch(settings: Settings, files: StackFiles) -> int:
    """Start a background stack; its process id. It outlives this process unless it is ended."""
    files.log.parent.mkdir(parents=True, exist_ok=True)
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


async def _ended(pid: int) -> None:
    while True:
        if _has_ended(pid):
            return
        await asyncio.sleep(POLL_S)


def _has_ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG) != (0, 0)


def _failure(files: StackFiles) -> Exception:
    if not files.error.exists():
        return TemporalStartError(f"The background process did not come up; its log: {files.log}.")
    told = StackFailure.model_validate_json(files.error.read_bytes())
    kind = known_errors().get(told.code, TemporalStartError)
    return kind(told.message, hint=told.hint)


async def _stop(started: int, files: StackFiles) -> None:
    """End the stack unless another command uses it by now."""
    with hold(files.users) as alone:
        if not alone:
            return
        os.kill(started, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN_S):
                await _ended(started)


def _mapping_file(settings: Settings) -> Path | None:
    file = settings.catalogue.mapping_file or settings.data.directory / MAPPING_FILE
    return file if file.exists() else None


async def _warnings(settings: Settings, client: Client) -> tuple[str, ...]:
    consent = await _consent_warning(settings)
    # A stack has a worker of its own, which may not have asked for work yet.
    if settings.temporal.address is None or await has_worker(client, MUSIC_QUEUE):
        return consent
    return (*consent, NO_WORKER)


async def _consent_warning(settings: Settings) -> tuple[str, ...]:
    if settings.catalogue_name != "spotify" or not token_file(settings).exists():
        return ()
    login = StoredLogin(token_file(settings), client=http_client())
    try:
        warning = login.warning()
    finally:
        await login.aclose()
    return (warning,) if warning else ()
