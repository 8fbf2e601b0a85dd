"""The largest table of a web page as CSV: what Traktor and others export as HTML."""

import csv
from html.parser import HTMLParser
from io import TextIOWrapper
from typing import BinaryIO

from segue.errors.input import UnreadableFileError
from segue.music.files.importers.encoding import detect_encoding
from segue.music.files.importers.unpacking import PlainText, temporary_file
from segue.music.files.importers.values import MAX_FIELD

_MOST_BYTES = 64 << 20  # a page is read whole
_HEAD = 4_096
_PIECE = 64 * 1024


def is_web_table(stream: BinaryIO) -> bool:
    """Whether this is a web page with a table."""
    stream.seek(0)
    start = stream.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body")):
        return False
    stream.seek(0)
    return b"<tr" in stream.read(_MOST_BYTES).lower()


def read_web_table(stream: BinaryIO, label: str, _playlist: str | None) -> PlainText:
    """Give the table with the most rows as CSV.

    Raises:
        UnreadableFileError: More than 64 MiB.
    """
    encoding = detect_encoding(stream)
    stream.seek(0)
    if len(content := stream.read(_MOST_BYTES + 1)) > _MOST_BYTES:
        raise UnreadableFileError(f"{label} is a web page of more than {_MOST_BYTES >> 20} MiB")
    parser = _Tables()
    for place in range(0, len(content), _PIECE):
        parser.feed(content[place : place + _PIECE].decode(encoding, "replace"))
    parser.close()
    rows = max(parser.tables, key=len) if parser.tables else []

    def write(target: BinaryIO) -> None:
        text = TextIOWrapper(target, encoding="utf-8", newline="")
        csv.writer(text).writerows(rows)
        text.detach()

    return PlainText(temporary_file(write), ".csv")


class _Tables(HTMLParser):
    """Collects the cells of every table; a table in a cell is one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self._end_cell()
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self._end_cell()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self.tables and self.tables[-1]:
            text = " ".join("".join(self._cell).split())
            self.tables[-1][-1].append(text[: MAX_FIELD + 1])
        self._cell = None
