"""``--report FILE``: a finished sync as CSV, JSON or a page of HTML."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from html import escape
from pathlib import Path

import anyio

from segue.cli.tables import LOOKS, length, percent, song_label, track_label
from segue.cli.untrusted import plain
from segue.errors.input import InputError
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome
from segue.music.service.report_texts import report_json, row_cells

WriteReport = Callable[[StoredReport], Awaitable[None]]

# No script may run and nothing may be loaded, whatever a title says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .35rem .6rem; text-align: left; }
.added { color: #18794e; } .already_present { color: #0b68a1; } .review { color: #946800; }
.not_found, .failed { color: #c62a2f; }
"""


def report_writer(path: Path) -> WriteReport:
    """The function that writes a report to this file, by its ending.

    Raises:
        InputError: Another ending than .csv, .json or .html, or no such folder.
    """
    formats = {".csv": as_csv, ".json": report_json, ".html": as_html}
    render = formats.get(path.suffix.lower())
    if render is None:
        raise InputError(
            f"A report ends in .csv, .json or .html; {path.name!r} does not.",
            hint="Choose one of these endings for --report.",
        )
    if not path.absolute().parent.is_dir():
        raise InputError(
            f"The folder of the report {str(path)!r} does not exist.",
            hint="Make the folder first, or choose another place for --report.",
        )

    async def write(report: StoredReport) -> None:
        try:
            async with await anyio.open_file(path, "w", encoding="utf-8", newline="") as file:
                async for part in render(report):
                    file.wrapped.write(part)  # buffered; a thread for each row costs more
        except OSError as error:
            raise InputError(f"The report {str(path)!r} cannot be written: {error}.") from None

    return write


def as_csv(report: StoredReport) -> AsyncIterator[str]:
    """One row a song; no cell is taken for a formula."""
    return row_cells(report.rows.all())


async def as_html(report: StoredReport) -> AsyncGenerator[str]:
    """A page that needs nothing else, holds no script, and shows titles as text."""
    head = report.head
    title = f"Sync of {_text(head.playlist.name)}"
    headings = "".join(
        f"<th>{name}</th>" for name in ("#", "Song", "Result", "Match", "Sure", "Why")
    )
    yield f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>{_html_counts(head)}. {_html_verified(head)}</p>
{_html_link(head.playlist.url)}
<table>
<thead><tr>{headings}</tr></thead>
<tbody>
"""
    async for row in report.rows.all():
        yield f"{_html_row(row)}\n"
    yield f"""</tbody>
</table>
<p>Run {_text(head.workflow_id)}, {head.seconds:.1f} s, {head.searches} searches.</p>
</body>
</html>
"""


def _html_row(row: TrackOutcome) -> str:
    match = (
        f"{_text(track_label(row.match))} ({length(row.match.duration_ms)})" if row.match else ""
    )
    cells = (
        str(row.position),
        _text(song_label(row.query)),
        f'<span class="{row.status.value}">{LOOKS[row.status][0]}</span>',
        match,
        percent(row.confidence),
        _text(row.reason),
    )
    return f"<tr>{''.join(f'<td>{value}</td>' for value in cells)}</tr>"


def _html_counts(report: SyncReport) -> str:
    return ", ".join(
        f"{count} {LOOKS[status][0]}" for status, count in report.counts.items() if count
    )


def _html_verified(report: SyncReport) -> str:
    if report.dry_run:
        return "A dry run: nothing was written."
    return "Verified by reading the playlist back." if report.verified else "Not verified."


def _html_link(url: str | None) -> str:
    if not url or not url.startswith(("https://", "http://")):
        return ""
    return f'<p><a href="{_text(url)}" rel="noreferrer">{_text(url)}</a></p>'


def _text(value: str) -> str:
    return escape(plain(value), quote=True)
