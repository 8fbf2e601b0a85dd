"""Write tracks as files that other players and services read."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Literal, assert_never
from xml.etree import ElementTree as ET

from segue.music.contracts.songs import Track

ExportFormat = Literal["csv", "json", "xspf", "m3u8", "text"]

# Exportify's headings: what most transfer services, and our own importer, recognise unaided.
# Source: https://github.com/watsonbox/exportify, column names of its export.
_CSV_HEADINGS = (
    "Track URI",
    "Track Name",
    "Artist Name(s)",
    "Album Name",
    "Release Date",
    "Duration (ms)",
    "ISRC",
)
_XSPF = "http://xspf.org/ns/0/"  # Source: XSPF version 1, section 4.1.1, the namespace

# Source: OWASP, "CSV Injection": a cell that begins so is run as a formula by spreadsheet programs.
# The full-width forms do the same in spreadsheets set to Japanese or Chinese.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - these very characters


def export_tracks(tracks: Sequence[Track], name: str, format: ExportFormat) -> str:  # noqa: A002 - the word on the command line
    """The playlist as the text of a file.

    Args:
        tracks: In playlist order; repeated tracks stay repeated.
        name: Of the playlist; formats that cannot hold it leave it out.
        format: ``csv`` has Exportify's columns; ``text`` is one "Artist - Title" a line.
    """
    match format:
        case "csv":
            return _csv(tracks)
        case "json":
            return _json(tracks, name)
        case "xspf":
            return _xspf(tracks, name)
        case "m3u8":
            return _m3u8(tracks, name)
        case "text":
            return "".join(f"{_label(track)}\n" for track in tracks)
        case _:
            assert_never(format)


def spreadsheet_cell(value: str) -> str:
    """The value for a CSV cell, made text where a spreadsheet would take it for a formula.

    It then begins with an apostrophe, the spreadsheets' own mark for text.
    """
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def _csv(tracks: Sequence[Track]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_CSV_HEADINGS)
    for track in tracks:
        cells = (
            track.uri,
            track.title,
            ", ".join(track.artists),
            track.album or "",
            track.release_date or "",
            "" if track.duration_ms is None else str(track.duration_ms),
            track.isrc or "",
        )
        writer.writerow([spreadsheet_cell(cell) for cell in cells])
    return out.getvalue()


def _json(tracks: Sequence[Track], name: str) -> str:
    body = {
        "name": name,
        "tracks": [
            {"artist": ", ".join(track.artists), **track.model_dump(mode="json", exclude_none=True)}
            for track in tracks
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def _xspf(tracks: Sequence[Track], name: str) -> str:
    root = ET.Element("playlist", {"version": "1", "xmlns": _XSPF})
    _element(root, "title", name)
    track_list = ET.SubElement(root, "trackList")
    for track in tracks:
        entry = ET.SubElement(track_list, "track")
        _element(entry, "location", track.uri)
        _element(entry, "title", track.title)
        _element(entry, "creator", ", ".join(track.artists))
        if track.album:
            _element(entry, "album", track.album)
        if track.duration_ms is not None:
            _element(entry, "duration", str(track.duration_ms))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _element(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = "".join(c if _legal_in_xml(c) else " " for c in text)


def _legal_in_xml(character: str) -> bool:
    """Whether XML allows the character. Source: XML 1.0, production 2, Char."""
    return character in "\t\n\r" or (
        character >= " "
        and not "\ud800" <= character <= "\udfff"
        and character not in "\ufffe\uffff"
    )


def _m3u8(tracks: Sequence[Track], name: str) -> str:
    lines = ["#EXTM3U", f"#PLAYLIST:{_one_line(name)}"]
    for track in tracks:
        # Source: the EXTINF convention of Winamp's M3U: whole seconds, -1 when unknown.
        seconds = -1 if track.duration_ms is None else round(track.duration_ms / 1000)
        lines += [f"#EXTINF:{seconds},{_label(track)}", _one_line(track.uri)]
    return "\n".join(lines) + "\n"


def _label(track: Track) -> str:
    artists = ", ".join(track.artists)
    return _one_line(f"{artists} - {track.title}" if artists else track.title)


def _one_line(text: str) -> str:
    return " ".join(text.split())
