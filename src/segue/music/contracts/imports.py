"""What reading a source or a mapping file gave."""

from dataclasses import dataclass

from segue.music.contracts.base import Wire
from segue.music.contracts.songs import SongMetadata


class ImportedSong(Wire):
    """A song and where it stood.

    Attributes:
        line: 1-based line (text formats) or element number (XML, JSON) in the source.
        playlist: The playlist it belonged to, in files that hold several.
    """

    song: SongMetadata
    line: int
    playlist: str | None = None


class RejectedRow(Wire):
    """A row that is not a song, and why; the rest of the file goes on."""

    line: int
    reason: str
    text: str = ""


class ImportReport(Wire):
    """What reading a source gave.

    Attributes:
        import_id: Content-derived: the same source gives the same id.
        format: Name of the importer that read it.
        encoding: Detected text encoding.
        playlists: Names found inside the file, in order of appearance.
        songs: Rows stored.
        warnings: What a person should look at, in sentences.
    """

    import_id: str
    name: str
    format: str
    encoding: str
    songs: int
    playlists: tuple[str, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    rejected_total: int = 0
    warnings: tuple[str, ...] = ()


class StoredImport(Wire):
    """An import without its songs; ``created_at`` is ISO 8601 in UTC."""

    id: str
    name: str
    songs: int
    created_at: str


@dataclass(frozen=True)
class ImportLimits:
    """What one import may cost.

    Attributes:
        rows: Songs and refused rows; None: as many as there are.
        seconds: From its opening to its last row; None: as many as it takes.
    """

    rows: int | None = None
    seconds: float | None = None


NO_LIMITS = ImportLimits()


class MappingReport(Wire):
    """What loading a mapping file gave."""

    loaded: int
    rejected: tuple[RejectedRow, ...] = ()
