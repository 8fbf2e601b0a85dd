"""The user's own matches in a CSV file: title, artist, uri. An empty uri leaves the song out."""

import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio

from segue.errors.input import InputError, MissingColumnsError, UnreadableFileError
from segue.music.contracts.base import Wire
from segue.music.contracts.imports import RejectedRow
from segue.music.contracts.reviews import ReviewDecision
from segue.music.contracts.songs import SongMetadata

COLUMNS = ("title", "artist", "uri")
_NUMBER = re.compile(r"[0-9]{1,10}")  # ten digits of milliseconds are four months
_OPTIONAL = ("album", "year", "duration_ms", "isrc", "source_uri")


class MappingRow(Wire):
    """A usable row.

    Attributes:
        line: 1-based line of the file where the row ends.
        song: A song of the source.
        uri: The track it stands for; "" leaves it out.
    """

    line: int
    song: SongMetadata
    uri: str


def read_mapping(path: Path) -> list[MappingRow | RejectedRow]:
    """Rows of a mapping file, in order.

    Raises:
        UnreadableFileError: Missing, not permitted, not UTF-8 or not a table.
        MissingColumnsError: Not the three columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            rows = [] if missing else [_row(table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"The mapping file {path} cannot be read: {error}.") from None
    if missing:
        raise MissingColumnsError(
            f"The mapping file {path} lacks {', '.join(missing)}; expected title, artist, uri.",
            hint="Write the heading line `title,artist,uri`.",
        )
    return rows


async def write_mapping(path: Path, decisions: AsyncIterator[ReviewDecision]) -> int:
    """Write decisions as a mapping file, while they are read, and return their number.

    Raises:
        InputError: The file cannot be written.
    """
    count = 0
    try:
        async with await anyio.open_file(path, "w", encoding="utf-8", newline="") as file:
            table: csv.DictWriter[str] = csv.DictWriter(file.wrapped, (*COLUMNS, *_OPTIONAL))
            table.writeheader()
            async for decision in decisions:
                table.writerow(_cells(decision))
                count += 1
    except OSError as error:
        raise InputError(f"The mapping file {path} cannot be written: {error}.") from None
    return count


def _cells(decision: ReviewDecision) -> dict[str, object]:
    song = decision.song
    return {
        **song.model_dump(include={"title", "artist", "album", "year", "duration_ms", "isrc"}),
        "source_uri": song.uri,
        "uri": decision.uri or "",
    }


def _row(line: int, row: dict[str, str | None]) -> MappingRow | RejectedRow:
    cells = {name: (value or "").strip() for name, value in row.items() if name}
    if not cells["title"]:
        return RejectedRow(line=line, reason="the title is empty")
    numbers = {name: cells.get(name, "") for name in ("year", "duration_ms")}
    if bad := [name for name, text in numbers.items() if text and not _NUMBER.fullmatch(text)]:
        return RejectedRow(line=line, reason=f"{bad[0]} is not a number")
    return MappingRow(
        line=line,
        song=SongMetadata(
            title=cells["title"],
            artist=cells["artist"],
            album=cells.get("album") or None,
            isrc=cells.get("isrc") or None,
            uri=cells.get("source_uri") or None,
            year=int(numbers["year"]) if numbers["year"] else None,
            duration_ms=int(numbers["duration_ms"]) if numbers["duration_ms"] else None,
        ),
        uri=cells["uri"],
    )
