"""The user's own matches in a CSV file: title, artist, uri. An empty uri leaves the song out."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from segue.errors import MissingColumnsError, UnreadableFileError
from segue.music.contracts import RejectedRow, ReviewDecision, SongMetadata, Wire

COLUMNS = ("title", "artist", "uri")
_OPTIONAL = ("album", "year", "duration_ms", "isrc", "source_uri")


class MappingRow(Wire):
    """Attributes: a ``song`` of the source and the ``uri`` it stands for ("" leaves it out)."""

    song: SongMetadata
    uri: str


def read_mapping(path: Path) -> Iterator[MappingRow | RejectedRow]:
    """Rows of a mapping file.

    Raises:
        UnreadableFileError: Missing, not permitted or not UTF-8.
        MissingColumnsError: Not the three columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"The mapping file {path} cannot be read: {error}.") from None
    table = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise MissingColumnsError(
            f"The mapping file {path} lacks {', '.join(missing)}; expected title, artist, uri.",
            hint="Write the heading line `title,artist,uri`.",
        )
    for row in table:
        yield _row(table.line_num, row)


def write_mapping(path: Path, decisions: Iterable[ReviewDecision]) -> int:
    """Write decisions as a mapping file; how many there were."""
    rows = list(decisions)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter[str](file, (*COLUMNS, *_OPTIONAL))
        table.writeheader()
        for decision in rows:
            song = decision.song
            table.writerow({
                **song.model_dump(
                    include={"title", "artist", "album", "year", "duration_ms", "isrc"}
                ),
                "source_uri": song.uri,
                "uri": decision.uri or "",
            })
    return len(rows)


def _row(line: int, row: dict[str, str | None]) -> MappingRow | RejectedRow:
    cells = {name: (value or "").strip() for name, value in row.items() if name}
    if not cells["title"]:
        return RejectedRow(line=line, reason="the title is empty")
    numbers = {name: cells.get(name, "") for name in ("year", "duration_ms")}
    if bad := [name for name, text in numbers.items() if text and not text.isdecimal()]:
        return RejectedRow(line=line, reason=f"{bad[0]} is not a number")
    return MappingRow(
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
