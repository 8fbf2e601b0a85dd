"""PLS playlists (Winamp, Rhythmbox, foobar2000): File1=, Title1=, Length1=."""

import re
from collections.abc import Iterator
from dataclasses import replace

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.media_entries import MediaEntry, read_media
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import MAX_FIELD, excerpt

_FIELD = re.compile(r"(file|title|length)(\d{1,9})=(.*)", re.IGNORECASE)
_NAME = re.compile(r"(?:x-gnome-title|playlistname|playlist)=(.*)", re.IGNORECASE)


def read_pls(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read a PLS playlist, whose entries stand together and are numbered."""
    return read_media(lambda: _entries(source))


def _entries(source: InputFile) -> Iterator[MediaEntry | RejectedRow]:
    number, playlist = "", ""
    entry = MediaEntry(RawSong(line=0))
    with source.text() as text:
        for line in physical_lines(text):
            field = _FIELD.fullmatch(line.text.strip(" \t\r\ufeff"))
            if name := _NAME.fullmatch(line.text.strip()):
                playlist = name.group(1)[: MAX_FIELD + 1]
            if field is None:
                continue
            if not line.whole:
                yield RejectedRow(
                    line=line.number, reason="the line is too long", text=excerpt(line.text)
                )
                continue
            if field.group(2) != number:
                if number:
                    yield entry
                number = field.group(2)
                song = RawSong(line=line.number, playlist=playlist, duration_unit="s")
                entry = MediaEntry(song)
            entry = _with_field(entry, field.group(1).casefold(), field.group(3).strip())
    if number:
        yield entry


def _with_field(entry: MediaEntry, name: str, value: str) -> MediaEntry:
    match name:
        case "file":
            return replace(entry, location=value)
        case "title":
            return replace(entry, name=value)
        case _:
            return replace(entry, song=replace(entry.song, duration=value))
