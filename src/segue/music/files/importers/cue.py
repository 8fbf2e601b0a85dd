"""Cue sheets: the tracks of a record or of a mix, with the performer of each."""

import re
from collections.abc import Iterator

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import MAX_FIELD

_COMMAND = re.compile(
    r'\s*(TITLE|PERFORMER|ISRC|TRACK|REM\s+DATE)\s+(?:"([^"]*)"|(.*?))\s*', re.IGNORECASE
)


def read_cue(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read a cue sheet.

    What stands before the first track holds for all: the record's title and performer. A mix, whose
    tracks have performers of their own, is no record of theirs.

    Source: CDRWIN's cue sheet format.
    """
    sheet: dict[str, str] = {}
    fields = sheet
    with source.text() as text:
        for line in physical_lines(text):
            command = _COMMAND.fullmatch(line.text)
            if command is None:
                continue
            name = command.group(1).split()[0].upper()
            if name == "TRACK":
                if fields is not sheet:
                    yield _song(fields, sheet)
                fields = {"LINE": str(line.number)}
            else:
                value = command.group(2) if command.group(2) is not None else command.group(3)
                fields[name] = value[: MAX_FIELD + 1]
    if fields is not sheet:
        yield _song(fields, sheet)


def _song(fields: dict[str, str], sheet: dict[str, str]) -> RawSong:
    performer, of_sheet = fields.get("PERFORMER", ""), sheet.get("PERFORMER", "")
    is_record = performer in {"", of_sheet}
    return RawSong(
        line=int(fields["LINE"]),
        title=fields.get("TITLE", ""),
        artist=performer or of_sheet,
        album=sheet.get("TITLE", "") if is_record else "",
        playlist=sheet.get("TITLE", ""),
        year=sheet.get("REM", "") if is_record else "",
        isrc=fields.get("ISRC", ""),
    )
