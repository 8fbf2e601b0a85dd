"""The formats Segue reads, and how a file is recognised by its content, then by its name.

A format is a module with a reader, and a row here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from segue.errors.input import UnknownFormatError
from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.cue import read_cue
from segue.music.files.importers.dj_libraries import read_rekordbox, read_traktor
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.itunes import read_itunes
from segue.music.files.importers.json_lines import read_json_lines
from segue.music.files.importers.json_songs import read_json
from segue.music.files.importers.lines import read_lines
from segue.music.files.importers.m3u import read_m3u
from segue.music.files.importers.paths import looks_like_audio_path
from segue.music.files.importers.pls import read_pls
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.strangers import name_of_stranger
from segue.music.files.importers.table_formats import TABLE_FORMATS, table_format_of
from segue.music.files.importers.tables import find_heading, has_addresses, read_table
from segue.music.files.importers.xml_playlists import (
    read_asx,
    read_b4s,
    read_rhythmbox,
    read_smil,
    read_virtual_dj,
)
from segue.music.files.importers.xspf import read_xspf


@dataclass(frozen=True)
class SourceFormat:
    """One kind of file.

    Attributes:
        name: What ``--format`` takes.
        summary: What it is, in a few words.
        read: Gives the entries of an opened file, in order, one at a time.
        roots: Of XML: names of the root element, in lower case.
        json_mark: Of JSON: what its beginning holds somewhere.
        begins: Of other text: what its beginning holds at the start of a line.
        endings: Of its name, where the content does not tell.
    """

    name: str
    summary: str
    read: Callable[[InputFile], Iterator[RawSong | RejectedRow]]
    roots: tuple[str, ...] = ()
    json_mark: str = ""
    begins: str = ""
    endings: tuple[str, ...] = ()


_TABLES = tuple(
    SourceFormat(table.name, table.summary, partial(read_table, table=table))
    for table in TABLE_FORMATS
)
_OTHERS = (
    SourceFormat(
        "m3u", "M3U and M3U8 playlist", read_m3u,
        begins=r"#EXTM3U|#EXTINF:|#EXTVDJ:", endings=(".m3u", ".m3u8"),
    ),
    SourceFormat(
        "pls", "PLS playlist", read_pls, begins=r"\[playlist\]|File1=", endings=(".pls",)
    ),
    SourceFormat(
        "cue", "cue sheet", read_cue,
        begins=r"[ \t]*TRACK \d\d AUDIO|FILE \"[^\"\n]*\" (?:WAVE|MP3|BINARY)", endings=(".cue",),
    ),
    SourceFormat("xspf", "XSPF playlist", read_xspf, roots=("playlist",)),
    SourceFormat("wpl", "Windows Media Player WPL and Zune ZPL", read_smil, roots=("smil",)),
    SourceFormat("asx", "Windows Media ASX playlist", read_asx, roots=("asx",)),
    SourceFormat("b4s", "Winamp B4S playlist", read_b4s, roots=("winampxml",)),
    SourceFormat(
        "rhythmbox", "Rhythmbox playlists.xml and rhythmdb.xml", read_rhythmbox,
        roots=("rhythmdb-playlists", "rhythmdb"),
    ),
    SourceFormat("rekordbox", "Rekordbox XML collection", read_rekordbox, roots=("dj_playlists",)),
    SourceFormat("traktor", "Traktor NML collection", read_traktor, roots=("nml",)),
    SourceFormat(
        "virtualdj", "VirtualDJ database and virtual folder", read_virtual_dj,
        roots=("virtualdj_database", "virtualfolder"),
    ),
    SourceFormat(
        "jspf", "JSPF playlist (ListenBrainz)", partial(read_json, unit="ms"),
        json_mark=r'"playlist"\s*:\s*\{',
    ),
    SourceFormat("itunes", "iTunes or Apple Music XML", read_itunes, roots=("plist",)),
    SourceFormat(
        "spotify-library", "Spotify privacy export, YourLibrary.json", read_json,
        json_mark=r'\A\s*\{\s*"tracks"\s*:\s*\[\s*\{[^{}]*"uri"\s*:\s*"spotify:track:',
    ),
    SourceFormat(
        "spotify-playlists", "Spotify privacy export, Playlist1.json", read_json,
        json_mark=r'"playlists"\s*:\s*\[',
    ),
    SourceFormat(
        "lastfm-json", "Last.fm export JSON", read_json,
        json_mark=r'"(?:#text|recenttracks|lovedtracks|toptracks)"\s*:',
    ),
    SourceFormat("json-lines", "JSON Lines, one object a line", read_json_lines),
    SourceFormat("json", "JSON list of objects or strings", read_json),
    SourceFormat(
        "archive", "ZIP archive or folder of playlists, each of any of these formats",
        lambda _: iter(()),
    ),
    SourceFormat("lines", 'plain text, one "Artist - Title" a line', read_lines),
)  # fmt: skip
ARCHIVE = "archive"
FORMATS = {each.name: each for each in _TABLES + _OTHERS}

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*["{\[\]])')
_TWO_OBJECTS = re.compile(r"\s*\{[^\n]*\}\r?\n\s*\{")
_ROOT_ELEMENT = re.compile(r"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)(?=[\s/>])")
_FIRST_LINES = 5
_DISCOGS = frozenset({"catalog", "release id", "title"})  # headings of its collection's CSV
_FIRST_WORDS = 4_000  # characters of a text in which its format says its name


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
    if source.suffix in {".json", ".jspf", ".jsonl", ".ndjson"} or _JSON.match(head):
        return FORMATS[_json_format(head)]
    named_format = _plain_format(source, head[:_FIRST_WORDS])
    return named_format or _text_format(source)


def _plain_format(source: InputFile, beginning: str) -> SourceFormat | None:
    for each in FORMATS.values():
        if source.suffix in each.endings:
            return each
        if each.begins and re.search(rf"^(?:{each.begins})", beginning, re.MULTILINE):
            return each
    return FORMATS["m3u"] if _is_list_of_paths(beginning) else None


def _xml_format(source: InputFile, root: str) -> SourceFormat:
    for each in FORMATS.values():
        if root in each.roots:
            return each
    what = (
        "a web page without a table of songs"
        if root in {"html", "head", "body"}
        else f"XML of another kind (<{root[:40]}>)"
    )
    raise UnknownFormatError(
        f"{source.label} is {what}; expected an iTunes library, an XSPF playlist or another XML "
        "that `segue formats` lists",
        hint="Export the playlist as CSV, XSPF or plain text and give that file.",
    )


def _json_format(head: str) -> str:
    if _TWO_OBJECTS.match(head):
        return "json-lines"
    marks = (each for each in FORMATS.values() if each.json_mark)
    return next((each.name for each in marks if re.search(each.json_mark, head)), "json")


def _is_list_of_paths(head: str) -> bool:
    first = [line for line in head.split("\n", 20)[:20] if line.strip()][:_FIRST_LINES]
    return bool(first) and all(map(looks_like_audio_path, first))


def _text_format(source: InputFile) -> SourceFormat:
    heading = find_heading(source.head, source.columns)
    if heading.normal_cells() >= _DISCOGS:
        raise UnknownFormatError(
            f"{source.label} is a Discogs collection, which lists records and not their songs",
            hint="Give a list of songs; for single songs of it, one 'Artist - Title' a line.",
        )
    says_title = "title" in heading.places
    is_table = (says_title and len(heading.places) > 1) or has_addresses(source.head, heading)
    named_table = source.suffix in {".csv", ".tsv", ".tab"} and (
        says_title or len(heading.cells) > 1
    )
    if is_table or named_table or source.columns:
        return FORMATS[table_format_of(heading.normal_cells()).name]
    if stranger := name_of_stranger(source.head):
        raise UnknownFormatError(
            f"{source.label} is {stranger}, which no importer reads; expected a list of songs",
            hint="Export the playlist as CSV, M3U or plain text. If its lines are songs all the "
            "same, say so: --format lines.",
        )
    return FORMATS["lines"]
