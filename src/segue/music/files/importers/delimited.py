"""Read rows of delimited text; one broken quote costs one row, not the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.values import excerpt

DELIMITERS = (",", ";", "\t", "|")

# A quoted cell behind a delimiter and a space, which strict readers take for part of the cell.
_SPACED = {
    sign: re.compile(rf'{re.escape(sign)} +"(?:[^"]|"")*" *(?:{re.escape(sign)}|$)')
    for sign in DELIMITERS
}
# Longer than any row of the real exports (about 2 KB), and below the csv module's own field limit.
_LONGEST_LINE = 64 * 1024
# Titles with a line break inside have one or two; past this, the quote was never meant to be open.
_MOST_LINES = 8


class Line(NamedTuple):
    """A physical line; over 64 K characters its ``text`` is cut and ``whole`` is false."""

    number: int
    text: str
    whole: bool = True


class Row(NamedTuple):
    """The cells of one record and the 1-based line on which it begins."""

    line: int
    cells: list[str]


def physical_lines(text: TextIO) -> Iterator[Line]:
    """Give every line without its end, however long lines are, in bounded memory."""
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        whole = line.endswith("\n") or len(line) < _LONGEST_LINE
        rest = line
        while rest and not rest.endswith("\n"):
            rest = text.readline(_LONGEST_LINE)
        yield Line(number, line.rstrip("\n"), whole)


def split_cells(text: str, delimiter: str, *, strict: bool = False) -> list[str] | None:
    """Split one record; None when a quote stays open, or with ``strict`` is out of place."""
    asked_for_more = False
    has_spaces = ' "' in text and _SPACED[delimiter].search(text) is not None
    no_cells: list[str] = []

    def feed() -> Iterator[str]:
        nonlocal asked_for_more
        yield text
        asked_for_more = True

    try:
        cells = next(
            csv.reader(feed(), delimiter=delimiter, strict=strict, skipinitialspace=has_spaces),
            no_cells,
        )
    except csv.Error:
        return None
    return None if asked_for_more else cells


def read_rows(lines: Iterable[Line], delimiter: str, width: int) -> Iterator[Row | RejectedRow]:
    """Give every record, joining lines where a quoted cell holds a line break.

    Args:
        lines: What follows the heading.
        delimiter: One character.
        width: Cells in the heading. A record may have fewer; one with more is refused, because its
            cells stand under the wrong headings.
    """
    source = iter(lines)
    ahead: deque[Line] = deque()
    while line := ahead.popleft() if ahead else next(source, None):
        if not line.text.strip():
            continue
        cells = split_cells(line.text, delimiter) if line.whole else None
        if cells is None and line.whole:
            cells = _join(line, source, ahead, delimiter, width)
        yield _row_or_rejection(line, cells, width)


def _join(
    first: Line, source: Iterator[Line], ahead: deque[Line], delimiter: str, width: int
) -> list[str] | None:
    """Read on to the line that closes the quote; without one, put everything back."""
    text = first.text
    for count in range(_MOST_LINES):
        if count == len(ahead):
            following = next(source, None)
            if following is None:
                return None
            ahead.append(following)
        following = ahead[count]
        text += "\n" + following.text
        if not following.whole or len(text) > _LONGEST_LINE:
            return None
        if '"' in following.text:
            cells = split_cells(text, delimiter, strict=True)
            if cells is not None and len(cells) == width:
                for _ in range(count + 1):
                    ahead.popleft()
                return cells
    return None


def _row_or_rejection(line: Line, cells: list[str] | None, width: int) -> Row | RejectedRow:
    if not line.whole:
        reason = f"longer than {_LONGEST_LINE:,} characters"
    elif cells is None:
        reason = "a quotation mark is opened and never closed"
    elif any(cell.strip() for cell in cells[width:]):
        reason = f"{len(cells)} cells where the heading has {width}: a delimiter without quotes?"
    else:
        return Row(line.number, cells)
    return RejectedRow(line=line.number, reason=reason, text=excerpt(line.text))
