"""CSV and TSV exports, read by one reader whatever service wrote them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.addresses import parse_address
from segue.music.files.importers.delimited import (
    DELIMITERS,
    Row,
    physical_lines,
    read_rows,
    split_cells,
)
from segue.music.files.importers.headings import duration_unit, map_headings, normal, require
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.table_formats import ArtistSplitter, TableFormat
from segue.music.files.importers.values import DurationUnit

# Some exports put a title or a "sep=;" line above the headings.
_HEADING_WITHIN = 10
_NUMBERED_ARTIST = re.compile(r"(?:artist name|artist|name des kunstlers) \d+")
_DEEZER_ID = re.compile(r"\d{3,12}", re.ASCII)
_VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII)


@dataclass(frozen=True)
class Heading:
    """The line of headings.

    Attributes:
        line: 1-based.
        cells: As written.
        places: Field to index in ``cells``.
    """

    line: int
    delimiter: str
    cells: tuple[str, ...]
    places: Mapping[str, int]

    def normal_cells(self) -> frozenset[str]:
        """Give the comparable form of all headings."""
        return frozenset(map(normal, self.cells))


def find_heading(head: str, columns: Mapping[str, str]) -> Heading:
    """Find the delimiter and the line of headings.

    Args:
        head: The beginning of the file.
        columns: The user's own field-to-heading mapping.

    Returns:
        The line that tells most; the first line where none tells anything.
    """
    lines = [(n, text) for n, text in enumerate(head.split("\n"), 1) if text.strip("\r \ufeff")]
    guesses = [
        _heading(number, text.rstrip("\r"), delimiter, columns)
        for number, text in lines[:_HEADING_WITHIN]
        for delimiter in DELIMITERS
    ]
    # `max` keeps the first of equals: the uppermost line, and the comma before rarer delimiters.
    return max(guesses, key=_evidence)


def has_addresses(head: str, heading: Heading) -> bool:
    """Whether the first rows below the headings hold addresses of tracks or ISRCs."""
    places = [heading.places[field] for field in ("uri", "isrc") if field in heading.places]
    lines = head.split("\n")[heading.line : heading.line + _HEADING_WITHIN] if places else ()
    rows = (split_cells(line, heading.delimiter) or () for line in lines)
    return any(parse_address(_at(row, place)) for row in rows for place in places)


def _heading(number: int, text: str, delimiter: str, columns: Mapping[str, str]) -> Heading:
    cells = tuple(split_cells(text, delimiter) or (text,))
    return Heading(number, delimiter, cells, map_headings(cells, columns))


def _evidence(heading: Heading) -> tuple[int, int, int]:
    fields = len(heading.places)
    return ("title" in heading.places and fields > 1, fields, len(heading.cells))


def read_table(source: InputFile, table: TableFormat) -> Iterator[RawSong | RejectedRow]:
    """Read a delimited file.

    Raises:
        MissingColumnsError: No title column, or one that the user named is not there.
    """
    heading = find_heading(source.head, source.columns)
    require(
        heading.places,
        heading.cells,
        source.columns,
        has_addresses=has_addresses(source.head, heading),
    )
    shape = _Shape(heading, table.split_artists)
    with source.text() as text:
        lines = islice(physical_lines(text), heading.line, None)
        for row in read_rows(lines, heading.delimiter, len(heading.cells)):
            yield row if isinstance(row, RejectedRow) else shape.song(row)


class _Shape:
    """Rows of one table into songs."""

    def __init__(self, heading: Heading, split_artists: ArtistSplitter | None) -> None:
        names = [normal(cell) for cell in heading.cells]
        self._places = heading.places
        self._split_artists = split_artists
        self._numbered = [n for n, name in enumerate(names) if _NUMBERED_ARTIST.fullmatch(name)]
        self._addresses = names.index("artist uri s") if "artist uri s" in names else None
        self._unit: DurationUnit = "auto"
        if "duration" in heading.places:
            self._unit = duration_unit(heading.cells[heading.places["duration"]])

    def song(self, row: Row) -> RawSong:
        cells = row.cells
        artist = self._cell(cells, "artist")
        artists = self._artists(cells, artist)
        return RawSong(
            line=row.line,
            title=self._cell(cells, "title"),
            artist=", ".join(artists) if self._numbered else artist,
            album=self._cell(cells, "album"),
            playlist=self._cell(cells, "playlist"),
            year=self._cell(cells, "year"),
            duration=self._cell(cells, "duration"),
            duration_unit=self._unit,
            isrc=self._cell(cells, "isrc"),
            uri=self._uri(cells),
            artists=artists,
        )

    def _cell(self, cells: Sequence[str], field: str) -> str:
        place = self._places.get(field)
        return "" if place is None else _at(cells, place)

    def _artists(self, cells: Sequence[str], artist: str) -> tuple[str, ...]:
        if self._numbered:
            return tuple(name for n in self._numbered if (name := _at(cells, n).strip()))
        if self._split_artists is None:
            return ()
        addresses = 0 if self._addresses is None else _at(cells, self._addresses).count(",") + 1
        return self._split_artists(artist, addresses)

    def _uri(self, cells: Sequence[str]) -> str:
        deezer, video = self._cell(cells, "deezer id"), self._cell(cells, "video id")
        if _DEEZER_ID.fullmatch(deezer):
            return f"https://www.deezer.com/track/{deezer}"
        if _VIDEO_ID.fullmatch(video):
            return f"https://music.youtube.com/watch?v={video}"
        return self._cell(cells, "uri")


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
