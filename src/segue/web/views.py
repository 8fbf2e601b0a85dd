"""Runs as the API shows them."""

from segue.music.contracts.runs import RunEnding
from segue.music.contracts.syncs import RunSummary
from segue.music.service.pinned import PinnedRun
from segue.web.contracts import Failure, RunResult, RunView


async def run_view(run: PinnedRun) -> RunView:
    """A run with its progress, where it has any and a worker tells it."""
    view = summary_view(run.summary)
    return view.model_copy(update={"progress": await run.progress()}) if run.is_running else view


def summary_view(summary: RunSummary) -> RunView:
    """A run without its progress."""
    return RunView(
        workflow_id=summary.workflow_id,
        kind=summary.kind,
        status=summary.status,
        playlist_name=summary.playlist_name,
        strategy=summary.strategy,
        started_at=summary.started_at,
        closed_at=summary.closed_at,
    )


def run_result(workflow_id: str, ending: RunEnding) -> RunResult:
    """How a run ended."""
    error = ending.error
    return RunResult(
        workflow_id=workflow_id,
        status=ending.status,
        song=ending.song,
        playlist=ending.playlist,
        error=(Failure(code=error.code, message=error.message, hint=error.hint) if error else None),
    )
