"""Sheets of Excel and OpenDocument as the CSV that they would have been saved as."""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import TextIOWrapper
from typing import IO, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from segue.errors.input import EmptyInputError, UnreadableFileError
from segue.music.files.importers.markup import Opened, elements_of
from segue.music.files.importers.unpacking import PlainText, open_archive, temporary_file

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# The library makes a rectangle of a sheet: two cells in opposite corners would fill the memory.
_MOST_DIGITS = 12
_MOST_SHEETS = 50
_MOST_CELLS = 5_000_000
_REFERENCE = re.compile(rb'<(?:\w+:)?c [^>]{0,80}?\br="([A-Z]{1,3})(\d{1,7})"')
_PIECE = 1 << 20


def is_workbook(stream: BinaryIO) -> bool:
    """Whether this is a workbook; one of old Excel is known by its first bytes alone."""
    stream.seek(0)
    if stream.read(4) == _OLD_EXCEL:
        return True
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04" or not zipfile.is_zipfile(stream):
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            names = frozenset(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return "xl/workbook.xml" in names or {"content.xml", "META-INF/manifest.xml"} <= names


def read_workbook(stream: BinaryIO, label: str, playlist: str | None) -> PlainText:
    """Give one sheet as CSV: the one that has the name asked for, else the first that is filled.

    Raises:
        EmptyInputError: No sheet holds anything.
        UnreadableFileError: Broken, protected by a password, or larger than any list of songs.
    """
    _check_size(stream, label)
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names[:_MOST_SHEETS]}
        names = [name for name, sheet in sheets.items() if sheet.total_height]
        hits = [name for name in names if playlist and name.casefold() == playlist.casefold()]
        for name in hits or names[:1]:
            others = ", ".join(repr(each) for each in names if each != name)
            note = f"only the sheet {name!r} is read; --playlist-in-file takes another: {others}"
            text = _as_csv(sheets[name].iter_rows())
            return PlainText(text, ".csv", bool(hits), "" if hits or not others else note)
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableFileError(f"{label} is a workbook that cannot be read: {error}") from error
    raise EmptyInputError(f"{label} is a workbook in which nothing is written")


def _check_size(stream: BinaryIO, label: str) -> None:
    stream.seek(0)
    if stream.read(4) == _OLD_EXCEL:
        return  # its sheets have at most 65,536 rows of 256 cells
    with open_archive(stream, label) as archive:
        for name in archive.namelist():
            cells = 0
            if _SHEET.fullmatch(name):
                with archive.open(name) as sheet:
                    cells = _excel_cells(sheet)
            elif name == "content.xml":
                with archive.open(name) as sheet:
                    cells = _open_document_cells(sheet, label)
            if cells > _MOST_CELLS:
                raise UnreadableFileError(
                    f"{label} has a sheet of {cells:,} cells; at most {_MOST_CELLS:,} are read",
                    hint="Save the columns with the songs as CSV.",
                )


def _excel_cells(sheet: IO[bytes]) -> int:
    """The cells of the rectangle that holds all cells of a sheet."""
    width = height = 0
    rest = b""
    while piece := sheet.read(_PIECE):
        piece = rest + piece
        for letters, row in _REFERENCE.findall(piece):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            width, height = max(width, column), max(height, int(row))
        rest = piece[-120:]
    return width * height


def _open_document_cells(sheet: IO[bytes], label: str) -> int:
    """The cells that a document's repeated rows and cells come to, up to the last filled one."""
    cells = height = columns = width = 0
    for element in elements_of(sheet, label):
        if not isinstance(element, Opened):
            continue
        if element.tag == "table-row":
            cells += height * width
            height = _count(element.attributes.get("number-rows-repeated"))
            columns = width = 0
        elif element.tag in {"table-cell", "covered-table-cell"}:
            columns += _count(element.attributes.get("number-columns-repeated"))
            width = columns if "value-type" in element.attributes else width
    return cells + height * width


def _count(text: str | None) -> int:
    """A number of repetitions; what is no number is beyond every bound."""
    if text is None:
        return 1
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else _MOST_CELLS + 1


def _as_csv(rows: Iterator[Sequence[object]]) -> BinaryIO:
    def write(target: BinaryIO) -> None:
        text = TextIOWrapper(target, encoding="utf-8", newline="")
        csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
        text.detach()

    return temporary_file(write)


def _cell(value: object) -> str:
    """A value as a person sees it in the sheet, on one line."""
    match value:
        case bool():
            return "Yes" if value else "No"
        case float() if value.is_integer():
            return str(int(value))
        case timedelta():
            return str(timedelta(seconds=round(value.total_seconds())))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return " ".join(str(value).split())
