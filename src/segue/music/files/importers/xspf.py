"""XSPF playlists (VLC, Clementine, Strawberry and others)."""

from collections.abc import Iterator

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.addresses import parse_uri
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.media_entries import MediaEntry, read_media
from segue.music.files.importers.rows import RawSong


def read_xspf(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read an XSPF playlist.

    Source: https://xspf.org/spec (durations are milliseconds).

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    return read_media(lambda: _entries(source))


def _entries(source: InputFile) -> Iterator[MediaEntry]:
    playlist = ""
    number = 0
    fields: dict[str, str] = {}
    for element in read_elements(source):
        match element:
            case Opened("track", depth=3):
                number += 1
                fields = {}
            case Closed("track", depth=3):
                yield _entry(number, playlist, fields)
            case Closed(tag, depth=4, text=text) if text.strip():
                fields.setdefault(tag, text)
            case Closed("title", depth=2, text=text):
                playlist = text
            case _:
                pass


def _entry(number: int, playlist: str, fields: dict[str, str]) -> MediaEntry:
    location = fields.get("location", "").strip()
    song = RawSong(
        line=number,
        title=fields.get("title", ""),
        artist=fields.get("creator", ""),
        album=fields.get("album", ""),
        playlist=playlist,
        duration=fields.get("duration", ""),
        duration_unit="ms",
        uri=next(filter(parse_uri, (fields.get("identifier", ""), location)), ""),
    )
    return MediaEntry(song, location=location)
