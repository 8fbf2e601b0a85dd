"""A finished sync as text, written while its rows are read: JSON, JSON lines, CSV."""

import csv
import io
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from segue.music.contracts.reports import StoredReport
from segue.music.contracts.tracks import TrackOutcome
from segue.music.service.exporting import spreadsheet_cell

# Where the rows belong. Inside a string of JSON the second quote has a backslash before it.
_NO_ROWS = re.compile(r'"tracks": ?\[\]')
_HEADINGS = (
    "position",
    "title",
    "artist",
    "album",
    "status",
    "match_title",
    "match_artist",
    "match_album",
    "match_uri",
    "confidence",
    "reason",
)


async def report_json(
    report: StoredReport, more: Mapping[str, object] | None = None
) -> AsyncGenerator[str]:
    """One object on many lines: the report, and what belongs beside it."""
    frame = {**report.head.model_dump(mode="json"), **(more or {})}
    rows = (row.model_dump_json(indent=2) async for row in report.rows.all())
    async for part in json_around(json.dumps(frame, ensure_ascii=False, indent=2), rows):
        yield part
    yield "\n"


async def json_around(frame: str, rows: AsyncIterator[str]) -> AsyncGenerator[str]:
    """An object of JSON whose ``tracks`` are written as they come.

    Args:
        frame: The object with no tracks; on one line, or indented by two.
        rows: Each track as JSON, laid out as the frame is.
    """
    before, after = _NO_ROWS.split(frame, maxsplit=1)
    begin, between, end, margin = ('"tracks":[', ",", "]", "")
    if "\n" in frame:
        margin = "\n    "
        begin, between, end = f'"tracks": [{margin}', f",{margin}", "\n  ]"
    yield before
    is_first = True
    async for row in rows:
        yield (begin if is_first else between) + row.replace("\n", margin)
        is_first = False
    yield f"{begin.rstrip()}]" if is_first else end
    yield after


async def row_lines(rows: AsyncIterator[TrackOutcome]) -> AsyncGenerator[str]:
    """JSON, one row a line."""
    async for row in rows:
        yield f"{row.model_dump_json()}\n"


async def row_cells(rows: AsyncIterator[TrackOutcome]) -> AsyncGenerator[str]:
    """CSV with a line of headings; no cell is taken for a formula."""
    yield _csv_line(_HEADINGS)
    async for row in rows:
        yield _csv_line([spreadsheet_cell(value) for value in _cells(row)])


def _csv_line(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cells(row: TrackOutcome) -> tuple[str, ...]:
    match = row.match
    return (
        str(row.position),
        row.query.title,
        row.query.artist,
        row.query.album or "",
        row.status.value,
        match.title if match else "",
        ", ".join(match.artists) if match else "",
        (match.album or "") if match else "",
        match.uri if match else "",
        f"{row.confidence:.3f}",
        row.reason,
    )
