"""M3U and M3U8 playlists, extended or bare."""

import re
from collections.abc import Iterator
from dataclasses import replace

from segue.errors.input import UnknownFormatError
from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import Line, physical_lines
from segue.music.files.importers.file_names import split_display_name, split_file_name
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import excerpt

# "#EXTINF:<seconds>[ key="value"…],<display name>"; a comma inside quotes belongs to an attribute.
_EXTINF = re.compile(
    r'#EXTINF:\s*(-?[\d.]{0,12})((?:[^",]|"[^"]*")*),(.*)', re.IGNORECASE | re.DOTALL
)


def read_m3u(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read an M3U playlist.

    Raises:
        UnknownFormatError: The pieces of a video or radio stream (HLS), which are no songs.
    """
    reader = _Reader(source)
    with source.text() as text:
        for line in physical_lines(text):
            yield from reader.entries(line)
    yield from reader.rest()


class _Reader:
    """Joins the directives in front of a path with that path."""

    def __init__(self, source: InputFile) -> None:
        self._source = source
        self._playlist = ""
        self._info: RawSong | None = None
        self._album = self._artist = ""

    def entries(self, line: Line) -> Iterator[RawSong | RejectedRow]:
        text = line.text.strip(" \t\ufeff")
        if not text:
            return
        if not line.whole:
            yield RejectedRow(line=line.number, reason="the line is too long", text=excerpt(text))
        elif text.upper().startswith("#EXTINF:"):
            yield from self.rest()
            yield from self._remember(line.number, text)
        elif text.startswith("#"):
            self._directive(text)
        else:
            yield self._take_song(line.number, text)

    def rest(self) -> Iterator[RawSong]:
        """Give the song of an EXTINF that no path followed."""
        if self._info is not None:
            yield self._take_song(self._info.line, "")

    def _remember(self, number: int, text: str) -> Iterator[RejectedRow]:
        match = _EXTINF.fullmatch(text)
        if match is None:
            yield RejectedRow(
                line=number, reason="an EXTINF line without comma and name", text=excerpt(text)
            )
            return
        artist, title = split_display_name(match.group(3))
        self._info = RawSong(line=number, title=title, artist=artist, duration=match.group(1))

    def _directive(self, text: str) -> None:
        name, _, value = text.partition(":")
        match name.upper():
            case "#PLAYLIST":
                self._playlist = value.strip()
            case "#EXTALB":
                self._album = value.strip()
            case "#EXTART":
                self._artist = value.strip()
            case "#EXT-X-TARGETDURATION" | "#EXT-X-STREAM-INF" | "#EXT-X-MEDIA-SEQUENCE":
                raise UnknownFormatError(
                    f"{self._source.label} is a stream in pieces (HLS), not a list of songs",
                    hint="",
                )
            case _:
                pass  # other directives say nothing about the song

    def _take_song(self, number: int, path: str) -> RawSong:
        song = self._info or RawSong(line=number)
        if not song.title:
            artist, title = split_file_name(path)
            song = replace(song, artist=artist, title=title)
        song = replace(
            song,
            artist=song.artist or self._artist,
            album=self._album,
            playlist=self._playlist,
            duration_unit="s",
            uri=path,
        )
        self._info, self._album, self._artist = None, "", ""
        return song
