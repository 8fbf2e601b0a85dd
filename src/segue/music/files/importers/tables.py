"""CSV and TSV exports, read by one reader whatever service wrote them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.addresses import parse_address
from segue.music.files.importers.delimited import (
    DELIMITERS,
    Line,
    Row,
    physical_lines,
    read_rows,
    split_cells,
)
from segue.music.files.importers.headings import (
    by_number,
    duration_unit,
    is_channel,
    map_headings,
    names_artist,
    normal,
    require,
)
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.table_formats import ArtistSplitter, TableFormat
from segue.music.files.importers.values import DurationUnit

# Some exports put a title or a "sep=;" line above the headings.
_HEADING_WITHIN = 10
_NUMBERED_ARTIST = re.compile(r"(?:artist name|artist|name des kunstlers) \d+")
_YES = frozenset({"yes", "true", "1"})
_DEEZER_ID = re.compile(r"\d{3,12}", re.ASCII)
_VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII)


@dataclass(frozen=True)
class Heading:
    """The line of headings.

    Attributes:
        line: 1-based.
        cells: As written; numbers where the table has none, and ``line`` is the one before it.
        places: Field to index in ``cells``.
        has_quoted_rows: Whether each row is one quoted cell that holds all others.
    """

    line: int
    delimiter: str
    cells: tuple[str, ...]
    places: Mapping[str, int]
    has_quoted_rows: bool = False

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
    lines = [
        (n, text.strip("\r\ufeff"))
        for n, text in enumerate(head.split("\n"), 1)
        if text.strip("\r \ufeff")
    ][:_HEADING_WITHIN]
    names: Mapping[str, str] = {} if by_number(columns) else columns
    guesses = [
        _heading(number, text, delimiter, names)
        for number, text in lines
        for delimiter in DELIMITERS
    ]
    # `max` keeps the first of equals: the uppermost line, and the comma before rarer delimiters.
    best = max(guesses, key=_evidence)
    return _by_numbers(best, lines, columns) if by_number(columns) else best


def _by_numbers(best: Heading, lines: list[tuple[int, str]], columns: Mapping[str, str]) -> Heading:
    """The columns as a person has numbered them, below headings or in a table that has none."""
    if not _evidence(best)[0]:
        line, text = lines[0]
        delimiter = max(DELIMITERS, key=lambda sign: len(split_cells(text, sign) or ()))
        width = max(len(split_cells(text, delimiter) or ()) for _, text in lines)
        best = Heading(line - 1, delimiter, tuple(map(str, range(1, width + 1))), {})
    numbers = {field: int(number) - 1 for field, number in columns.items()}
    places = {field: n for field, n in best.places.items() if n not in numbers.values()}
    places |= {field: n for field, n in numbers.items() if n < len(best.cells)}
    return replace(best, places=places)


def has_addresses(head: str, heading: Heading) -> bool:
    """Whether the first rows below the headings hold addresses of tracks or ISRCs."""
    places = [heading.places[field] for field in ("uri", "isrc") if field in heading.places]
    lines = head.split("\n")[heading.line : heading.line + _HEADING_WITHIN] if places else ()
    rows = (split_cells(line, heading.delimiter) or () for line in lines)
    return any(parse_address(_at(row, place)) for row in rows for place in places)


def _heading(number: int, text: str, delimiter: str, columns: Mapping[str, str]) -> Heading:
    cells = tuple(split_cells(text, delimiter) or (text,))
    has_quoted_rows = len(cells) == 1 and text.startswith('"') and delimiter in cells[0]
    if has_quoted_rows:
        cells = tuple(split_cells(cells[0], delimiter) or cells)
    return Heading(number, delimiter, cells, map_headings(cells, columns), has_quoted_rows)


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
        lines: Iterator[Line] = islice(physical_lines(text), heading.line, None)
        if heading.has_quoted_rows:
            lines = (_unquote(line, heading.delimiter) for line in lines)
        for row in read_rows(lines, heading.delimiter, len(heading.cells)):
            yield row if isinstance(row, RejectedRow) else shape.entry(row)


def _unquote(line: Line, delimiter: str) -> Line:
    """A row out of the one quoted cell that it was put into."""
    cells = split_cells(line.text.strip(), delimiter)
    return line._replace(text=cells[0]) if cells and len(cells) == 1 else line


class _Shape:
    """Rows of one table into songs."""

    def __init__(self, heading: Heading, split_artists: ArtistSplitter | None) -> None:
        names = [normal(cell) for cell in heading.cells]
        self._places = heading.places
        self._split_artists = split_artists
        self._by_numbers = [n for n, name in enumerate(names) if _NUMBERED_ARTIST.fullmatch(name)]
        self._addresses = names.index("artist uri s") if "artist uri s" in names else None
        self._by_channel = "artist" in heading.places and is_channel(
            heading.cells[heading.places["artist"]]
        )
        self._unit: DurationUnit = "auto"
        if "duration" in heading.places:
            self._unit = duration_unit(heading.cells[heading.places["duration"]])

    def entry(self, row: Row) -> RawSong | RejectedRow:
        """The song of a row, or why the source itself counts it as none."""
        song = self._song(row)
        is_removed = self._cell(row.cells, "removed").strip().casefold() in _YES
        return song.reject("removed from the playlist") if is_removed else song

    def _song(self, row: Row) -> RawSong:
        cells = row.cells
        artist = self._cell(cells, "artist")
        title = self._cell(cells, "title")
        if self._by_channel and names_artist(title):
            artist = ""  # whoever has put it up; the title says who plays
        artists = self._artists(cells, artist)
        return RawSong(
            line=row.line,
            title=title,
            artist=", ".join(artists) if self._by_numbers else artist,
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
        if self._by_numbers:
            return tuple(name for n in self._by_numbers if (name := _at(cells, n).strip()))
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
