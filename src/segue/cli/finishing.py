"""How a finished sync is told, and which exit status it gives."""

from typing import TYPE_CHECKING

from segue.cli.exit_codes import ExitCode
from segue.cli.screen import Screen
from segue.cli.tables import report_views
from segue.music.contracts.imports import RejectedRow
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackStatus
from segue.music.service.report_texts import report_json

if TYPE_CHECKING:  # loading it takes longer than most commands
    from segue.music.service.music import MusicService

_LOOKED_AT = 100  # latest runs among which a run that just ended is surely found


async def tell(
    music: "MusicService",
    report: StoredReport,
    screen: Screen,
    *,
    limit: int,
    rejections: tuple[RejectedRow, ...] = (),
) -> None:
    """Print the report as JSON or as tables, while its rows are read."""
    if screen.as_json:
        rows = [row.model_dump(mode="json") for row in rejections]
        await screen.write(report_json(report, {"rejected": rows}))
        return
    async for view in report_views(report, limit=limit):
        screen.out.print(view)
    if report.head.playlist.url:
        screen.result(f"Playlist: {report.head.playlist.url}")
    if history := await _history(music, report.head.workflow_id):
        screen.result(f"History:  {history} (while Segue runs)")


def exit_code(report: SyncReport, *, strict: bool = False) -> ExitCode:
    """The status a finished sync ends the process with.

    Args:
        report: The sync.
        strict: Whether songs that were not found or are in doubt count as a failure.
    """
    if report.counts.get(TrackStatus.FAILED) or not (report.verified or report.dry_run):
        return ExitCode.INCOMPLETE
    missing = report.counts.get(TrackStatus.NOT_FOUND, 0) + report.counts.get(TrackStatus.REVIEW, 0)
    return ExitCode.MISSING if strict and missing else ExitCode.OK


async def _history(music: "MusicService", workflow_id: str) -> str | None:
    runs = await music.runs(limit=_LOOKED_AT)
    return next((run.ui_url for run in runs if run.workflow_id == workflow_id), None)
