"""Runs: list, look, follow, steer."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response, StreamingResponse

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.runs import CONTINUED, RunEnding
from segue.music.service.pinned import PinnedRun
from segue.music.service.report_texts import row_cells, row_lines
from segue.web.contracts import (
    RUN_EXAMPLE,
    ConfirmRequest,
    Removals,
    RunPage,
    RunResult,
    RunView,
    TrackPage,
)
from segue.web.key_access import Reader, Writer
from segue.web.music import music_of
from segue.web.owners import OwnedRun
from segue.web.scopes import ApiKey
from segue.web.services import Api, Services
from segue.web.shown import problems, retry_later
from segue.web.streams import event_id
from segue.web.views import in_chunks, result_text, run_view, summary_view

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

WorkflowId = Annotated[
    str,
    Path(
        description="From the answer that started it.",
        pattern=r"^[0-9A-Za-z._-]{1,200}$",
        examples=[RUN_EXAMPLE],
    ),
]
Cursor = Annotated[
    str | None,
    Query(description="`next_cursor` of the page before.", pattern=r"^[1-9][0-9]{0,17}$"),
]
_MOST_RUNS = 100
_MOST_ROWS = 500
_AT_ONCE = 10  # questions to Temporal for one page
_LONGEST_WAIT_S = 30
_LISTED_WITHIN_S = 60.0  # Temporal's list lags behind its runs, by a second or so
_ONE = problems(404, 422)
_STEERED = problems(400, 404, 409, 422)
_FORMATS = {"csv": (row_cells, "text/csv"), "jsonl": (row_lines, "application/x-ndjson")}
_EXPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows; a connection that breaks off tells that not all have come.",
        "content": {kind: {"schema": {"type": "string"}} for _, kind in _FORMATS.values()},
    }
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `progress` and, as the last one, `ended`; the data is a RunView.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    204: {"description": "Nothing will come after the event that was seen last."},
}


async def stream_place(key: Reader, api: Api) -> AsyncGenerator[None]:
    """One of the key's places for streams, taken before the run is looked up."""
    with api.streams.places.take(key.id):
        yield


@router.get("", responses=problems(422))
async def list_runs(
    key: Reader,
    api: Api,
    limit: Annotated[int, Query(ge=1, le=_MOST_RUNS)] = 20,
    cursor: Cursor = None,
) -> RunPage:
    """The key's runs, newest first; an admin's key sees those of all keys."""
    before = int(cursor) if cursor else None
    rows = await api.owners.runs(key, before=before, limit=limit + 1)
    page = rows[:limit]
    more = len(rows) > limit
    return RunPage(
        runs=tuple(await _views(api, page)), next_cursor=str(page[-1].number) if more else None
    )


@router.get("/{workflow_id}", responses=_ONE)
async def show_run(workflow_id: WorkflowId, key: Reader, api: Api) -> RunView:
    """One run as it is now, with its progress."""
    return await run_view(await _run(api, key, workflow_id))


@router.get("/{workflow_id}/events", response_class=StreamingResponse, responses=_ONE | _EVENTS)
async def follow_run(
    workflow_id: WorkflowId,
    key: Reader,
    api: Api,
    _: Annotated[None, Depends(stream_place)],
    last_event_id: Annotated[
        str | None, Header(description="Id of the last event that was seen.", max_length=64)
    ] = None,
) -> Response:
    """Follow a run as server-sent events, from the newest state on.

    Each event replaces the one before. With `Last-Event-ID`, what was seen is not sent again.
    """
    run = await _run(api, key, workflow_id)
    if not run.is_running and event_id(summary_view(run.summary)) == last_event_id:
        return Response(status_code=204)
    return StreamingResponse(
        api.streams.follow(key.id, run, last_event_id), media_type="text/event-stream"
    )


@router.get(
    "/{workflow_id}/result",
    responses=_ONE | retry_later("It has not ended; ask again.", RunView),
    response_model=RunResult,
)
async def show_result(
    workflow_id: WorkflowId,
    key: Reader,
    api: Api,
    wait: Annotated[
        int, Query(ge=0, le=_LONGEST_WAIT_S, description="Seconds to wait for the end.")
    ] = 0,
) -> Response:
    """How a run ended, row by row; 202 while it has not.

    A run that failed is answered with 200: the question was answered.
    """
    run = await _run(api, key, workflow_id)
    ending = await _ending(api, run, wait) if wait or not run.is_running else None
    if ending is None:
        return await _not_yet(run)
    return StreamingResponse(
        in_chunks(result_text(workflow_id, ending)), media_type="application/json"
    )


@router.get(
    "/{workflow_id}/tracks",
    responses=_ONE | retry_later("It has not ended; ask again.", RunView),
    response_model=TrackPage,
)
async def list_tracks(
    workflow_id: WorkflowId,
    key: Reader,
    api: Api,
    *,
    limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = 100,
    cursor: Cursor = None,
    missing: Annotated[
        bool, Query(description="Only the songs that are not in the playlist.")
    ] = False,
) -> Response:
    """The rows of a playlist sync that has ended, page by page; 202 while it has not."""
    run = await _run(api, key, workflow_id)
    rows = await run.rows()
    if rows is None:
        return await _not_yet(run)
    positions = rows.missing if missing else range(rows.songs)
    start = bisect_left(positions, int(cursor)) if cursor else 0
    following = start + limit
    page = TrackPage(
        tracks=tuple([row async for row in rows.at(positions[start:following])]),
        total=len(positions),
        next_cursor=str(positions[following]) if following < len(positions) else None,
    )
    return _json(page.model_dump_json(), 200, {})


@router.get(
    "/{workflow_id}/tracks/export",
    response_class=StreamingResponse,
    responses=_ONE | retry_later("It has not ended; ask again.", RunView) | _EXPORTS,
)
async def export_tracks(
    workflow_id: WorkflowId,
    key: Reader,
    api: Api,
    *,
    format: Annotated[  # noqa: A002 - the word users know
        Literal["csv", "jsonl"], Query(description="`jsonl`: one JSON object a line.")
    ] = "csv",
    missing: Annotated[
        bool, Query(description="Only the songs that are not in the playlist.")
    ] = False,
) -> Response:
    """All rows of a playlist sync that has ended, as a file; 202 while it has not."""
    run = await _run(api, key, workflow_id)
    rows = await run.rows()
    if rows is None:
        return await _not_yet(run)
    selection = rows.at(rows.missing) if missing else rows.all()
    write, media_type = _FORMATS[format]
    return StreamingResponse(
        in_chunks(write(selection)),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{workflow_id}.{format}"'},
    )


@router.get("/{workflow_id}/removals", responses=_ONE)
async def show_removals(workflow_id: WorkflowId, key: Reader, api: Api) -> Removals:
    """What a mirror takes out; empty before it was planned."""
    run = await _run(api, key, workflow_id)
    return Removals(tracks=await run.removals())


@router.post("/{workflow_id}/confirm", status_code=202, responses=_STEERED)
async def confirm_run(
    workflow_id: WorkflowId, body: ConfirmRequest, key: Writer, api: Api
) -> RunView:
    """Answer whether a mirror may remove what it showed; the first answer counts."""
    run = await _run(api, key, workflow_id)
    await run.confirm(agreed=body.agreed)
    return summary_view(run.summary)


@router.post("/{workflow_id}/cancel", status_code=202, responses=_STEERED)
async def cancel_run(workflow_id: WorkflowId, key: Writer, api: Api) -> RunView:
    """End a run; the playlist holds a prefix of what was planned, in order."""
    run = await _run(api, key, workflow_id)
    await run.cancel()
    return summary_view(run.summary)


@router.post("/{workflow_id}/pause", status_code=202, responses=_STEERED)
async def pause_run(workflow_id: WorkflowId, key: Writer, api: Api) -> RunView:
    """Let a playlist sync finish the steps under way and start no other."""
    run = await _run(api, key, workflow_id)
    await run.pause()
    return summary_view(run.summary)


@router.post("/{workflow_id}/resume", status_code=202, responses=_STEERED)
async def resume_run(workflow_id: WorkflowId, key: Writer, api: Api) -> RunView:
    """Let a paused sync go on."""
    run = await _run(api, key, workflow_id)
    await run.resume()
    return summary_view(run.summary)


async def _ending(api: Services, run: PinnedRun, wait: int) -> RunEnding | None:
    """How a run ended; None where it has not in time, or before this process stops."""
    ending = asyncio.create_task(run.ending(within=wait))
    stopping = asyncio.create_task(api.streams.stopping.wait())
    try:
        tasks = {ending, stopping} if run.is_running else {ending}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return ending.result() if ending.done() else None
    finally:
        ending.cancel()
        stopping.cancel()


async def _not_yet(run: PinnedRun) -> Response:
    view = await run_view(await run.again())
    return _json(view.model_dump_json(), 202, {"Retry-After": "1"})


async def _run(api: Services, key: ApiKey, workflow_id: str) -> PinnedRun:
    return await music_of(api).run(await api.owners.run_of(key, workflow_id))


async def _views(api: Services, page: Sequence[OwnedRun]) -> list[RunView]:
    """A page of runs: one question to Temporal, and one for each that its list cannot tell yet."""
    turns = asyncio.Semaphore(_AT_ONCE)
    summaries = await music_of(api).run_summaries([row.address for row in page])

    async def view(row: OwnedRun) -> RunView:
        summary = summaries.get(row.address)
        if summary and summary.status != CONTINUED:
            return summary_view(summary)
        if not summary and api.parts.clock() - row.started_at > _LISTED_WITHIN_S:
            return _forgotten(row)
        async with turns:
            try:
                return summary_view((await music_of(api).run(row.address)).summary)
            except RunNotFoundError:
                return _forgotten(row)

    return await asyncio.gather(*(view(row) for row in page))


def _forgotten(row: OwnedRun) -> RunView:
    """A run that Temporal keeps no longer: closed ones stay there for some days only."""
    return RunView(workflow_id=row.address.workflow_id, kind="", status="forgotten")


def _json(text: str, status: int, headers: dict[str, str]) -> Response:
    return Response(text, status, headers, media_type="application/json")
