"""The formats Segue reads, and how a file is recognised by its content, then by its name."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from segue.errors.input import UnknownFormatError
from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.itunes import read_itunes
from segue.music.files.importers.json_songs import read_json
from segue.music.files.importers.lines import read_lines
from segue.music.files.importers.m3u import read_m3u
from segue.music.files.importers.paths import looks_like_audio_path
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.table_formats import TABLE_FORMATS, table_format_of
from segue.music.files.importers.tables import find_heading, has_addresses, read_table
from segue.music.files.importers.xspf import read_xspf


@dataclass(frozen=True)
class SourceFormat:
    """One kind of file.

    Attributes:
        name: What ``--format`` takes.
        summary: What it is, in a few words.
        read: Gives the entries of an opened file, in order, one at a time.
    """

    name: str
    summary: str
    read: Callable[[InputFile], Iterator[RawSong | RejectedRow]]


_TABLES = tuple(
    SourceFormat(table.name, table.summary, partial(read_table, table=table))
    for table in TABLE_FORMATS
)
_OTHERS = (
    SourceFormat("m3u", "M3U and M3U8 playlist", read_m3u),
    SourceFormat("xspf", "XSPF playlist", read_xspf),
    SourceFormat("jspf", "JSPF playlist (ListenBrainz)", partial(read_json, unit="ms")),
    SourceFormat("itunes", "iTunes or Apple Music XML", read_itunes),
    SourceFormat("spotify-library", "Spotify privacy export, YourLibrary.json", read_json),
    SourceFormat("spotify-playlists", "Spotify privacy export, Playlist1.json", read_json),
    SourceFormat("lastfm-json", "Last.fm export JSON", read_json),
    SourceFormat("json", "JSON list of objects or strings", read_json),
    SourceFormat("lines", 'plain text, one "Artist - Title" a line', read_lines),
)
FORMATS = {each.name: each for each in _TABLES + _OTHERS}

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*["{\[\]])')
_ROOT_ELEMENT = re.compile(r"<(?:[A-Za-z][\w.-]*:)?([A-Za-z]\w*)(?=[\s/>])")
_ROOTS = {"plist": "itunes", "playlist": "xspf"}
_JSON_MARKS = (
    ("jspf", re.compile(r'"playlist"\s*:\s*\{')),
    ("spotify-playlists", re.compile(r'"playlists"\s*:\s*\[')),
    ("lastfm-json", re.compile(r'"(?:#text|recenttracks|lovedtracks|toptracks)"\s*:')),
    (
        "spotify-library",
        re.compile(r'\s*\{\s*"tracks"\s*:\s*\[\s*\{[^{}]*"uri"\s*:\s*"spotify:track:'),
    ),
)
_FIRST_LINES = 5


def format_named(name: str) -> SourceFormat:
    """Give the format of this name.

    Raises:
        UnknownFormatError: With the names that exist.
    """
    source_format = FORMATS.get(name.casefold())
    if source_format is None:
        raise UnknownFormatError(
            f"there is no format {name!r}", hint=f"The formats are {', '.join(FORMATS)}."
        )
    return source_format


def recognise(source: InputFile) -> SourceFormat:
    """Tell what kind of file this is.

    Raises:
        UnknownFormatError: A kind of file that holds no songs, such as a web page.
    """
    head = source.head.lstrip("\ufeff \t\n")
    if head.startswith("<") and (root := _ROOT_ELEMENT.search(head)):
        return _xml_format(source, root.group(1).casefold())
    if source.suffix in {".json", ".jspf"} or _JSON.match(head):
        return FORMATS[_json_format(head)]
    if source.suffix in {".m3u", ".m3u8"} or _is_m3u(head):
        return FORMATS["m3u"]
    return _text_format(source)


def _xml_format(source: InputFile, root: str) -> SourceFormat:
    if root in _ROOTS:
        return FORMATS[_ROOTS[root]]
    what = (
        "a web page" if root in {"html", "head", "body"} else f"XML of another kind (<{root[:40]}>)"
    )
    raise UnknownFormatError(
        f"{source.label} is {what}; expected an iTunes library or an XSPF playlist",
        hint="Export the playlist as CSV, XSPF or plain text and give that file.",
    )


def _json_format(head: str) -> str:
    return next((name for name, mark in _JSON_MARKS if mark.search(head)), "json")


def _is_m3u(head: str) -> bool:
    lines = [line for line in head.split("\n", 20)[:20] if line.strip()]
    if any(line.startswith(("#EXTM3U", "#EXTINF:")) for line in lines):
        return True
    first = lines[:_FIRST_LINES]
    return bool(first) and all(map(looks_like_audio_path, first))


def _text_format(source: InputFile) -> SourceFormat:
    heading = find_heading(source.head, source.columns)
    says_title = "title" in heading.places
    is_table = (says_title and len(heading.places) > 1) or has_addresses(source.head, heading)
    named_table = source.suffix in {".csv", ".tsv", ".tab"} and (
        says_title or len(heading.cells) > 1
    )
    if not (is_table or named_table or source.columns):
        return FORMATS["lines"]
    return FORMATS[table_format_of(heading.normal_cells()).name]
