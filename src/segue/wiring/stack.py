"""Everything on one machine: embedded Temporal, the local catalogue and a worker, kept running.

One stack runs per data folder. ``segue up`` runs it in the foreground; other commands join it, or
start one in the background that ends by itself when no command uses it and no sync is running.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from temporalio.service import RPCError

from segue.errors.sync import AlreadyRunningError
from segue.errors.temporal import TemporalStartError
from segue.platform.feature import Companion, Feature, ToolServer
from segue.platform.mcp.options import PATH
from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal
from segue.runtime.http_host import Listener, bound
from segue.runtime.processes import Child, Supervisor
from segue.runtime.signals import stop_on_signals
from segue.runtime.worker import GRACE
from segue.settings.load import Settings
from segue.storage.private_files import make_private
from segue.wiring.features import FEATURES, namespaces_of
from segue.wiring.idling import CHECK_SECONDS, IDLE_SECONDS, is_busy
from segue.wiring.locks import EMBEDDED, PID_FILE, hold, is_held, write_whole
from segue.wiring.tool_servers import address_of, tool_servers_of

DEFAULT_NAMESPACE = "default"
LOCK_TRIES = 20  # a process that only asks whether a stack runs holds the lock for an instant
LOCK_EVERY_SECONDS = 0.05


class StackInfo(BaseModel, frozen=True):
    """Where the parts of a running stack answer.

    Attributes:
        temporal_address: None when the stack serves a Temporal of somebody else.
        companions: Where the servers that features need answer, by their names.
    """

    pid: int
    temporal_address: str | None
    ui_url: str | None
    companions: dict[str, str] = {}


class StackFiles:
    """The files by which processes find a stack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "stack.lock"
        self.users = folder / "stack.users"
        self.info = folder / "stack.json"
        self.error = folder / "stack-error.json"
        self.log = folder / "logs" / "stack.log"

    def running(self) -> StackInfo | None:
        """The stack that runs on this folder, once it is ready."""
        if not is_held(self.lock) or not self.info.exists():
            return None
        return StackInfo.model_validate_json(self.info.read_bytes())


async def run_stack(
    settings: Settings,
    *,
    announce: Callable[[StackInfo], None],
    until_idle: bool = False,
    features: Sequence[Feature] = FEATURES,
) -> None:
    """Run everything until SIGTERM or SIGINT, then drain and stop it in order.

    Args:
        settings: As loaded.
        announce: Called once everything is ready.
        until_idle: End by itself when no command uses it and no sync is running.
        features: Whose companions run beside the worker.

    Raises:
        AlreadyRunningError: A stack runs on this data folder.
        SegueError: A part could not be started, or did not stay up.
    """
    files = StackFiles(settings.data.directory.resolve())
    make_private(files.folder)
    async with AsyncExitStack() as stack:
        if not await _take(files.lock, stack):
            raise AlreadyRunningError(
                f"Segue is running on {files.folder} already.",
                hint="Use that one, or name another folder with SEGUE_DATA_DIR.",
            )
        files.info.unlink(missing_ok=True)
        stop = stack.enter_context(stop_on_signals())
        # A stack in the background serves one command's needs: nobody else looks for it at a port.
        servers = () if until_idle else tool_servers_of(features, settings)
        supervisor, info = await _start(settings, features, files, stack, servers)
        stack.callback(files.info.unlink, missing_ok=True)
        write_whole(files.info, info.model_dump_json())
        announce(info)
        endings: list[Coroutine[Any, Any, object]] = [supervisor.watch(), stop.wait()]
        if until_idle:
            endings.append(_idle(settings, features, info, stack))
        await _first(endings)


def kill_worker(settings: Settings) -> int | None:
    """SIGKILL the worker of this data folder; its process id, or None when there is none."""
    try:
        pid = int((settings.data.directory / PID_FILE).read_text(encoding="ascii"))
        os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError):
        return None
    return pid


async def _take(lock: Path, stack: AsyncExitStack) -> bool:
    for _ in range(LOCK_TRIES):
        if stack.enter_context(hold(lock)):
            return True
        await asyncio.sleep(LOCK_EVERY_SECONDS)
    return False


async def _start(
    settings: Settings,
    features: Sequence[Feature],
    files: StackFiles,
    stack: AsyncExitStack,
    servers: Sequence[ToolServer],
) -> tuple[Supervisor, StackInfo]:
    listeners = {
        server: stack.enter_context(bound(address_of(server, settings))) for server in servers
    }
    environment = settings.environment()
    first: list[Child] = []
    ui_url, own_address = None, None
    if settings.temporal.address is None:
        temporal = await stack.enter_async_context(_temporal(settings, features, files.folder))
        ui_url, own_address = temporal.ui_url, temporal.address
        environment |= _only(own_address)
        # That server and a file are for this machine alone, as everything in the data folder is.
        environment["SEGUE_ALLOW_SQLITE"] = "true"
        first.append(temporal.child())
    companions = [
        companion
        for feature in features
        for companion in await stack.enter_async_context(feature.companions(settings))
    ]
    companions += [
        Companion(server.title, listener.url + PATH, server.variable)
        for server, listener in listeners.items()
    ]
    environment |= {companion.variable: companion.url for companion in companions}
    first += [companion.child for companion in companions if companion.child]
    # Entered after the server's folder is held, so that all children stop before it is let go.
    supervisor = await stack.enter_async_context(Supervisor())
    await asyncio.gather(*(supervisor.start(child) for child in first))
    await asyncio.gather(
        supervisor.start(_worker(files.folder, environment, embedded=own_address is not None)),
        stack.enter_async_context(_answering(settings, features, listeners)),
    )
    return supervisor, StackInfo(
        pid=os.getpid(),
        temporal_address=own_address,
        ui_url=ui_url,
        companions={companion.name: companion.url for companion in companions},
    )


def _answering(
    settings: Settings, features: Sequence[Feature], listeners: Mapping[ToolServer, Listener]
) -> AbstractAsyncContextManager[None]:
    """Answer the clients of these servers; without any, MCP's packages are not loaded."""
    if not listeners:
        return nullcontext()
    from segue.wiring.mcp_serving import serving_tool_servers  # noqa: PLC0415

    return serving_tool_servers(settings, features, listeners)


def _only(address: str) -> dict[str, str]:
    """Variables that lead to the embedded server whatever a profile file says.

    That server knows no TLS and no keys.
    """
    return {"TEMPORAL_ADDRESS": address, "TEMPORAL_CONFIG_FILE": os.devnull}


def _temporal(settings: Settings, features: Sequence[Feature], folder: Path) -> EmbeddedTemporal:
    return EmbeddedTemporal(
        folder,
        namespaces=(settings.temporal.namespace or DEFAULT_NAMESPACE, *namespaces_of(features)),
        port=settings.temporal.port,
        ui_port=settings.temporal.ui_port,
    )


def _worker(folder: Path, environment: dict[str, str], *, embedded: bool) -> Child:
    pid_file = folder / PID_FILE
    pid_file.unlink(missing_ok=True)

    async def ready() -> bool:
        # OSError, the answer "no", until the file is there and names a process that runs.
        os.kill(int(pid_file.read_text(encoding="ascii")), 0)
        return True

    return Child(
        name="worker",
        argv=[sys.executable, "-m", "segue.wiring.worker", *([EMBEDDED] if embedded else [])],
        env=environment,
        log_path=folder / "logs" / "worker.log",
        failure=TemporalStartError,
        ready=ready,
        grace=GRACE + timedelta(seconds=5),
    )


async def _idle(
    settings: Settings, features: Sequence[Feature], info: StackInfo, stack: AsyncExitStack
) -> None:
    """Return once nobody uses the stack and nothing runs; from then on nobody can join it."""
    files = StackFiles(settings.data.directory.resolve())
    clients = [
        await connect(info.temporal_address, settings.temporal_environment, namespace=namespace)
        for namespace in (settings.temporal.namespace, *namespaces_of(features))
    ]
    standing = [name for feature in features for name in feature.standing]

    async def is_needed() -> bool:
        if is_held(files.users):
            return True
        return any([await is_busy(client, standing) for client in clients])

    quiet = 0.0
    while quiet < IDLE_SECONDS:
        await asyncio.sleep(CHECK_SECONDS)
        with suppress(RPCError):
            quiet = 0.0 if await is_needed() else quiet + CHECK_SECONDS
    if not stack.enter_context(hold(files.users)):
        await _idle(settings, features, info, stack)


async def _first(endings: Sequence[Coroutine[Any, Any, object]]) -> None:
    tasks = [asyncio.create_task(ending) for ending in endings]
    try:
        first, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in first:
        task.result()
