"""``--report FILE``: a finished sync as CSV, JSON or a page of HTML."""

import csv
import io
import json
from collections.abc import Callable
from html import escape
from pathlib import Path

from segue.cli.tables import LOOKS, length, percent, song_label, track_label
from segue.cli.untrusted import plain
from segue.errors.input import InputError
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome
from segue.music.service.exporting import spreadsheet_cell

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

# No script may run and nothing may be loaded, whatever a title says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .35rem .6rem; text-align: left; }
.added { color: #18794e; } .already_present { color: #0b68a1; } .review { color: #946800; }
.not_found, .failed { color: #c62a2f; }
"""


def report_writer(path: Path) -> Callable[[SyncReport], None]:
    """The function that writes a report to this file, by its ending.

    Raises:
        InputError: Another ending than .csv, .json or .html, or no such folder.
    """
    formats = {".csv": as_csv, ".json": as_json, ".html": as_html}
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

    def write(report: SyncReport) -> None:
        try:
            path.write_text(render(report), encoding="utf-8", newline="")
        except OSError as error:
            raise InputError(f"The report {str(path)!r} cannot be written: {error}.") from None

    return write


def as_json(report: SyncReport) -> str:
    """The same object as ``--json``."""
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"


def as_csv(report: SyncReport) -> str:
    """One row a song; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for row in report.tracks:
        writer.writerow([spreadsheet_cell(value) for value in _csv_cells(row)])
    return out.getvalue()


def as_html(report: SyncReport) -> str:
    """A page that needs nothing else, holds no script, and shows titles as text."""
    title = f"Sync of {_text(report.playlist.name)}"
    rows = "\n".join(_html_row(row) for row in report.tracks)
    headings = "".join(
        f"<th>{name}</th>" for name in ("#", "Song", "Result", "Match", "Sure", "Why")
    )
    return f"""<!doctype html>
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
<p>{_html_counts(report)}. {_html_verified(report)}</p>
{_html_link(report.playlist.url)}
<table>
<thead><tr>{headings}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p>Run {_text(report.workflow_id)}, {report.seconds:.1f} s, {report.searches} searches.</p>
</body>
</html>
"""


def _csv_cells(row: TrackOutcome) -> tuple[str, ...]:
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
