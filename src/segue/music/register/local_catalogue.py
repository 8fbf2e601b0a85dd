"""The local catalogue of a data folder: its server, and what the commands that tend it do."""

import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import httpx2

from segue.errors.catalogue import CatalogueUnavailableError
from segue.music.catalogues.local.app import LocalFiles
from segue.music.catalogues.local.faults import FaultPlan
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.local.serve import run
from segue.music.contracts.songs import Track
from segue.music.register.values import LOCAL
from segue.platform.feature import Companion
from segue.runtime.ports import LOOPBACK, free_ports
from segue.runtime.processes import Child
from segue.settings.load import Settings

URL_VARIABLE = "SEGUE_LOCAL_CATALOGUE_URL"
HEALTH_SECONDS = 2.0


def local_files(folder: Path) -> LocalFiles:
    """Where the local catalogue of a data folder keeps things."""
    home = folder / "catalogue"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalFiles(index=home / "index.db", playlists=home / "playlists.db")


@asynccontextmanager
async def catalogue_companions(settings: Settings) -> AsyncGenerator[Sequence[Companion]]:
    """The server of the local catalogue, where that one is used.

    Args:
        settings: Whose ``local_url`` names a server that somebody else runs.
    """
    if settings.catalogue_name != "local":
        yield ()
        return
    if url := settings.catalogue.local_url:
        yield (Companion(LOCAL, url, URL_VARIABLE),)
        return
    port = settings.catalogue.local_port or free_ports(1)[0]
    url = f"http://{LOOPBACK}:{port}"
    async with httpx2.AsyncClient(trust_env=False, timeout=HEALTH_SECONDS) as http:
        yield (Companion(LOCAL, url, URL_VARIABLE, _server(settings, port, http)),)


def _server(settings: Settings, port: int, http: httpx2.AsyncClient) -> Child:
    folder = settings.data.directory.resolve()
    files = local_files(folder)
    faults: list[str] = []
    if delay := settings.catalogue.local_search_delay:
        slow = FaultPlan(slow=1, slow_seconds=delay, paths=("/v1/search",))
        faults = ["--faults", slow.model_dump_json()]

    async def ready() -> bool:
        try:
            return (await http.get(f"http://{LOOPBACK}:{port}/healthz")).is_success
        except httpx2.HTTPError:
            return False

    return Child(
        name="catalogue",
        argv=[
            *(sys.executable, "-m", "segue.music.catalogues.local.serve"),
            *("--index", str(files.index), "--playlists", str(files.playlists)),
            *("--host", LOOPBACK, "--port", str(port)),
            *faults,
        ],
        env=settings.environment(),
        log_path=folder / "logs" / "catalogue.log",
        failure=CatalogueUnavailableError,
        ready=ready,
    )


def open_index(settings: Settings) -> TrackIndex:
    """The searchable tracks; an empty index is filled with the catalogue that ships with Segue.

    Close it when done.
    """
    files = local_files(settings.data.directory.resolve())
    index = TrackIndex(files.index)
    if not index.count():
        index.import_csv(files.catalogue)
    return index


def catalogue_import(settings: Settings, path: Path, progress: Callable[[int], None]) -> int:
    """Add the tracks of a CSV file; how many rows were taken.

    Raises:
        InputError: Not such a file.
    """
    index = open_index(settings)
    try:
        return index.import_csv(path, progress=progress).rows
    finally:
        index.close()


def catalogue_search(settings: Settings, query: str, limit: int) -> list[Track]:
    """The best tracks for a query."""
    index = open_index(settings)
    try:
        return index.search(query, limit=limit)[0]
    finally:
        index.close()


def catalogue_stats(settings: Settings) -> Mapping[str, object]:
    """What the catalogue holds."""
    index = open_index(settings)
    try:
        return asdict(index.stats())
    finally:
        index.close()


def serve_catalogue(
    settings: Settings,
    host: str,
    port: int,
    ready_file: Path | None,
    announce: Callable[[str], None],
) -> None:
    """Serve the catalogue until SIGTERM or SIGINT; tells its address once it answers.

    Raises:
        SettingsError: The host is not loopback, or the port is taken.
    """
    files = local_files(settings.data.directory.resolve())
    run(files, host=host, port=port, ready_file=ready_file, announce=announce)
