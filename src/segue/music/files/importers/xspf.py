"""XSPF playlists (VLC, Clementine, Strawberry and others)."""

from collections.abc import Iterator

from segue.music.files.importers.addresses import parse_uri
from segue.music.files.importers.file_names import split_file_name
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.rows import RawSong


def read_xspf(source: InputFile) -> Iterator[RawSong]:
    """Read an XSPF playlist.

    Source: https://xspf.org/spec (durations are milliseconds).

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    playlist = ""
    number = 0
    fields: dict[str, str] = {}
    for element in read_elements(source):
        match element:
            case Opened("track", depth=3):
                number += 1
                fields = {}
            case Closed("track", depth=3):
                yield _song(number, playlist, fields)
            case Closed(tag, depth=4, text=text) if text.strip():
                fields.setdefault(tag, text)
            case Closed("title", depth=2, text=text):
                playlist = text
            case _:
                pass


def _song(number: int, playlist: str, fields: dict[str, str]) -> RawSong:
    title, artist = fields.get("title", ""), fields.get("creator", "")
    location = fields.get("location", "").strip()
    if not title:
        artist_in_name, title = split_file_name(location)
        artist = artist or artist_in_name
    return RawSong(
        line=number,
        title=title,
        artist=artist,
        album=fields.get("album", ""),
        playlist=playlist,
        duration=fields.get("duration", ""),
        duration_unit="ms",
        uri=next(filter(parse_uri, (fields.get("identifier", ""), location)), ""),
    )
