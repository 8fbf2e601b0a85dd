"""Read bytes as a file of a given name: what every importer test does."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.music.contracts.imports import ImportedSong, RejectedRow
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers.reading import open_source


@dataclass(frozen=True)
class Outcome:
    """Everything that one file gave."""

    format: str
    encoding: str
    name: str
    playlists: tuple[str, ...]
    records: tuple[ImportedSong | RejectedRow, ...]
    warnings: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[ImportedSong, ...]:
        return tuple(record for record in self.records if isinstance(record, ImportedSong))

    @property
    def songs(self) -> tuple[SongMetadata, ...]:
        return tuple(entry.song for entry in self.entries)

    @property
    def refused(self) -> tuple[RejectedRow, ...]:
        return tuple(record for record in self.records if isinstance(record, RejectedRow))


def read(content: bytes | str, file_name: str = "list.txt", **options: Any) -> Outcome:
    """Write the content to a file of this name and read all of it."""
    data = content.encode() if isinstance(content, str) else content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name
        path.write_bytes(data)
        return read_path(path, **options)


def read_path(path: Path, **options: Any) -> Outcome:
    """Read all of a file."""
    with open_source(path, **options) as source:
        records = tuple(source)
        return Outcome(
            source.format,
            source.encoding,
            source.name,
            source.playlists(),
            records,
            source.warnings(),
        )
