"""Files that are no text and hold a list of songs all the same, as the text they stand for.

A conversion is a module with two functions, and a row here.
"""

from typing import BinaryIO

from segue.music.files.importers.crates import is_crate, read_crate
from segue.music.files.importers.unpacking import PlainText
from segue.music.files.importers.web_tables import is_web_table, read_web_table
from segue.music.files.importers.workbooks import is_workbook, read_workbook

_CONVERSIONS = (
    (is_workbook, read_workbook),
    (is_crate, read_crate),
    (is_web_table, read_web_table),
)


def as_text(stream: BinaryIO, label: str, playlist: str | None) -> PlainText | None:
    """Give the text that a stream stands for; None for what is text already, or nothing known.

    Args:
        stream: Seekable; it stays open.
        label: What messages call it.
        playlist: The one that is asked for, such as the name of a sheet.

    Raises:
        InputError: It is of such a kind and cannot be read.
    """
    for is_kind, read in _CONVERSIONS:
        if is_kind(stream):
            return read(stream, label, playlist)
    return None
