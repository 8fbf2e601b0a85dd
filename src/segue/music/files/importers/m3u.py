"""M3U and M3U8 playlists, extended or bare."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from segue.errors.input import UnknownFormatError
from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import Line, physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.media_entries import MediaEntry, read_media
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import excerpt

# "#EXTINF:<seconds>[ key="value"…],<display name>"; a comma inside quotes belongs to an attribute.
_EXTINF = re.compile(
    r'#EXTINF:\s*(-?[\d.]{0,12})((?:[^",]|"[^"]*")*),(.*)', re.IGNORECASE | re.DOTALL
)
# Source: VirtualDJ's playlists: "#EXTVDJ:<time>21:45</time>…<artist>…</artist><title>…</title>".
_VIRTUAL_DJ = re.compile(r"<(artist|title|remix|songlength)>([^<]*)</\1>", re.IGNORECASE)


def read_m3u(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read an M3U playlist.

    Raises:
        UnknownFormatError: The pieces of a video or radio stream (HLS), which are no songs.
    """
    return read_media(lambda: _entries(source))


def _entries(source: InputFile) -> Iterator[MediaEntry | RejectedRow]:
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
        self._info: MediaEntry | None = None
        self._album = self._artist = ""

    def entries(self, line: Line) -> Iterator[MediaEntry | RejectedRow]:
        text = line.text.strip(" \t\ufeff")
        if not text:
            return
        if not line.whole:
            yield RejectedRow(line=line.number, reason="the line is too long", text=excerpt(text))
        elif text.upper().startswith("#EXTINF:"):
            yield from self.rest()
            yield from self._remember(line.number, text)
        elif text.upper().startswith("#EXTVDJ:"):
            yield from self.rest()
            self._remember_virtual_dj(line.number, text)
        elif text.startswith("#"):
            self._directive(text)
        else:
            yield self._take_entry(line.number, text)

    def rest(self) -> Iterator[MediaEntry]:
        """Give the song of an EXTINF that no path followed."""
        if self._info is not None:
            yield self._take_entry(self._info.song.line, "")

    def _remember(self, number: int, text: str) -> Iterator[RejectedRow]:
        match = _EXTINF.fullmatch(text)
        if match is None:
            yield RejectedRow(
                line=number, reason="an EXTINF line without comma and name", text=excerpt(text)
            )
            return
        song = RawSong(line=number, duration=match.group(1))
        self._info = MediaEntry(song, name=match.group(3))

    def _remember_virtual_dj(self, number: int, text: str) -> None:
        fields = {name.casefold(): unescape(value) for name, value in _VIRTUAL_DJ.findall(text)}
        title, remix = fields.get("title", ""), fields.get("remix", "")
        song = RawSong(
            line=number,
            title=f"{title} ({remix})" if title and remix else title,
            artist=fields.get("artist", ""),
            duration=fields.get("songlength", ""),
        )
        self._info = MediaEntry(song)

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

    def _take_entry(self, number: int, path: str) -> MediaEntry:
        entry = self._info or MediaEntry(RawSong(line=number))
        song = replace(
            entry.song,
            artist=entry.song.artist or self._artist,
            album=self._album,
            playlist=self._playlist,
            duration_unit="s",
        )
        self._info, self._album, self._artist = None, "", ""
        return MediaEntry(song, entry.name, path)
