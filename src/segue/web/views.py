"""Runs as the API shows them."""

from collections.abc import AsyncGenerator, AsyncIterator

from segue.music.contracts.runs import RunEnding
from segue.music.contracts.syncs import RunSummary
from segue.music.service.pinned import PinnedRun
from segue.music.service.report_texts import json_around
from segue.web.contracts import Failure, RunResult, RunView

_CHUNK = 64 * 1024  # characters


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


async def result_text(workflow_id: str, ending: RunEnding) -> AsyncGenerator[str]:
    """How a run ended, as the JSON of a RunResult, written while the rows are read."""
    report, error = ending.playlist, ending.error
    frame = RunResult(
        workflow_id=workflow_id,
        status=ending.status,
        song=ending.song,
        playlist=report.head if report else None,
        error=(Failure(code=error.code, message=error.message, hint=error.hint) if error else None),
    ).model_dump_json()
    if report is None:
        yield frame
        return
    rows = (row.model_dump_json() async for row in report.rows.all())
    async for part in json_around(frame, rows):
        yield part


async def in_chunks(parts: AsyncIterator[str]) -> AsyncGenerator[bytes]:
    """The same text in pieces that are worth a packet each."""
    waiting, size = list[str](), 0
    async for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
