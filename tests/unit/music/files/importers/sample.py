"""What a sample file is."""

from dataclasses import dataclass

from segue.music.contracts.songs import SongMetadata


@dataclass(frozen=True)
class Sample:
    """A file, the format it must be recognised as, and its songs.

    Attributes:
        refused: Reasons of the rows that are no songs, in order.
        name: The playlist name that reading it gives.
    """

    file_name: str
    content: bytes
    format: str
    songs: tuple[SongMetadata, ...]
    refused: tuple[str, ...] = ()
    name: str = "list"
