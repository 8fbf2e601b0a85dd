"""The local catalogue of a data folder, for the commands that tend it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from segue.music.catalogues.local.app import LocalFiles
from segue.music.catalogues.local.index import TrackIndex
from segue.music.catalogues.local.serve import run
from segue.music.contracts.songs import Track
from segue.settings.load import Settings


def local_files(folder: Path) -> LocalFiles:
    """Where the local catalogue of a data folder keeps things."""
    home = folder / "catalogue"
    home.mkdir(parents=True, exist_ok=True)
    return LocalFiles(index=home / "index.db", playlists=home / "playlists.db")


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


def serve_catalogue(settings: Settings, host: str, port: int, ready_file: Path | None) -> None:
    """Serve the catalogue until SIGTERM or SIGINT.

    Raises:
        SettingsError: The host is not loopback, or the port is taken.
    """
    files = local_files(settings.data.directory.resolve())
    run(files, host=host, port=port, ready_file=ready_file)
