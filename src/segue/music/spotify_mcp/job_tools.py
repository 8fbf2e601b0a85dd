"""Durable jobs: a sync that is started here goes on in Temporal, whoever leaves."""

import asyncio
import io
import json
from typing import Any

from mcp.server.mcpserver import Context

from segue.errors.catalogue import NotFoundError
from segue.errors.input import InputError
from segue.errors.settings import SettingsError
from segue.music.contracts.imports import ImportLimits
from segue.music.contracts.pages import every_item
from segue.music.contracts.reports import StoredReport
from segue.music.contracts.reviews import ReviewItem
from segue.music.contracts.syncs import SyncProgress, SyncRequest
from segue.music.contracts.tracks import TrackOutcome, TrackStatus
from segue.music.spotify_mcp.answers import (
    Candidate,
    Decided,
    NextReview,
    OpenRow,
    Question,
    SyncStarted,
    SyncStatus,
    legible,
    song_answer,
    track_answer,
)
from segue.music.spotify_mcp.arguments import (
    Content,
    Offset,
    PlaylistAddress,
    ReviewKey,
    Skip,
    Songs,
    SyncId,
    TrackAddress,
    Wait,
    uri_of,
)
from segue.music.spotify_mcp.desk import Desk
from segue.music.spotify_mcp.jobs import Jobs
from segue.music.store.verdicts import wish_key

REJECTED_SHOWN = 10
IMPORT_LIMITS = ImportLimits(rows=20_000, seconds=20.0)  # clients give a call up after 60 s or less
ROWS_SHOWN = 50
PROGRESS_EVERY_S = 1.0
CLOSED_WITHIN_S = 2.0  # a sync that has ended tells its report in this time


class JobTools:
    """What outlives the client: syncs of whole playlists, and the questions they leave.

    Args:
        desk: What the tools work with, opened at the first call.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def start_sync(
        self,
        playlist: PlaylistAddress,
        songs: Songs = None,
        content: Content = None,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - an argument of a tool has a name
    ) -> SyncStarted:
        """Bring a list of songs into a playlist, durably: it goes on when this client is gone.

        Give songs, or the content of a playlist file. A new playlist name is created. Only sure
        matches are added; doubtful ones wait for review_next. Started twice, it adds nothing twice.
        With dry_run it only says what it would do. Follow it with sync_status.
        """
        source = _source(songs, content)
        jobs = await self._jobs()
        source_import = await jobs.imports.within(IMPORT_LIMITS).read(
            None, stdin=io.BytesIO(source), format="json" if songs else None
        )
        sync = await jobs.start_sync(
            SyncRequest(import_id=source_import.import_id, playlist=playlist, dry_run=dry_run)
        )
        return SyncStarted(
            workflow_id=sync.workflow_id,
            joined=sync.joined,
            songs=source_import.songs,
            rejected=tuple(
                legible(f"line {row.line}: {row.reason}")
                for row in source_import.rejected[:REJECTED_SHOWN]
            ),
            rejected_total=source_import.rejected_total,
        )

    async def sync_status(
        self,
        ctx: Context[Any, Any],
        workflow_id: SyncId,
        wait_seconds: Wait = 0,
        offset: Offset = 0,
    ) -> SyncStatus:
        """Tell where a sync stands; at its end, page through the rows that were not added."""
        jobs = await self._jobs()
        progress = await jobs.progress(workflow_id)
        is_over = progress is not None and progress.phase.value == "done"
        # A failed sync never says that it is done: its report raises what stopped it.
        within = max(wait_seconds, CLOSED_WITHIN_S if is_over else 0.5)
        report = await _report(ctx, jobs, workflow_id, within)
        if report is not None:
            return await _final_status(workflow_id, report, offset)
        if wait_seconds:
            progress = await jobs.progress(workflow_id)
        return _under_way(workflow_id, progress)

    async def review_next(self, skip: Skip = 0) -> NextReview:
        """The oldest doubtful match that waits for a person. Show it to the user; do not guess."""
        jobs = await self._jobs()
        page = await jobs.reviews(limit=1, offset=skip)
        return NextReview(
            waiting=await jobs.count_reviews(),
            question=_question(page.items[0]) if page.items else None,
        )

    async def review_decide(
        self,
        key: ReviewKey,
        track_uri: TrackAddress | None = None,
        leave_out: bool = False,  # noqa: FBT001, FBT002 - an argument of a tool has a name
    ) -> Decided:
        """Settle a doubtful match as the user wants, for this and every later sync.

        Give the track_uri that is right, or leave_out. start_sync with the same songs then adds it.
        """
        uri = _choice(track_uri, leave_out=leave_out)
        jobs = await self._jobs()
        item = await jobs.review(key)
        if item is None:
            await _check_decided(jobs, key, uri)
        else:
            await jobs.decide(item, uri)
        return Decided(key=key, track_uri=uri, waiting=await jobs.count_reviews())

    async def _jobs(self) -> Jobs:
        jobs = (await self._desk()).jobs
        if jobs is None:
            raise SettingsError("This server was started without durable jobs.")
        return await jobs()


async def _report(
    ctx: Context[Any, Any], jobs: Jobs, workflow_id: str, within: float
) -> StoredReport | None:
    """A sync's report; None where it has not ended within so many seconds.

    While it waits, a client that asked for progress is told it; by the protocol only what grows.
    """
    report = asyncio.create_task(jobs.stored_report(workflow_id))
    furthest = -1
    try:
        async with asyncio.timeout(within):
            while not report.done():
                await asyncio.wait({report}, timeout=PROGRESS_EVERY_S)
                if report.done() or (progress := await jobs.progress(workflow_id)) is None:
                    continue
                steps = progress.matched + progress.added
                if steps > furthest:
                    furthest = steps
                    await ctx.report_progress(
                        steps, progress.total + progress.to_add, _at(progress)
                    )
    except TimeoutError:
        return None
    finally:
        report.cancel()
    return report.result()


def _choice(track_uri: str | None, *, leave_out: bool) -> str | None:
    """What the user chose; None: to leave the song out.

    Raises:
        InputError: Both or neither.
    """
    if (track_uri is None) != leave_out:
        raise InputError("Expected either track_uri or leave_out; got both or neither.")
    return None if track_uri is None else uri_of(track_uri)


def _source(songs: Songs, content: Content) -> bytes:
    if songs and not content:
        rows = [song.model_dump(exclude_none=True) for song in songs]
        return json.dumps(rows).encode()
    if content and not songs:
        return content.encode("utf-8", "replace")
    raise InputError("Expected either songs or content; got both or neither.")


def _at(progress: SyncProgress) -> str:
    words = f"{progress.matched} of {progress.total} matched"
    return f"{words}, {progress.added} of {progress.to_add} added" if progress.to_add else words


def _under_way(workflow_id: str, progress: SyncProgress | None) -> SyncStatus:
    if progress is None:
        return SyncStatus(
            workflow_id=workflow_id,
            state="waiting",
            message="No worker answers now; the sync goes on when one runs.",
        )
    return SyncStatus(
        workflow_id=workflow_id,
        state="paused" if progress.paused else "running",
        phase=progress.phase,
        total=progress.total,
        matched=progress.matched,
        added=progress.added,
        review=progress.review,
        not_found=progress.not_found,
        failed=progress.failed,
        waiting_seconds=progress.waiting_seconds,
        waiting_reason=legible(progress.waiting_reason),
        playlist_id=progress.playlist_id,
        playlist_name=legible(progress.playlist_name),
    )


async def _final_status(workflow_id: str, report: StoredReport, offset: int) -> SyncStatus:
    head, rows = report.head, report.rows
    following = offset + ROWS_SHOWN
    page = rows.at(rows.missing[offset:following])
    return SyncStatus(
        workflow_id=workflow_id,
        state="done",
        phase="done",
        total=rows.songs,
        matched=rows.songs,
        added=head.counts.get(TrackStatus.ADDED, 0),
        already_present=head.counts.get(TrackStatus.ALREADY_PRESENT, 0),
        review=head.counts.get(TrackStatus.REVIEW, 0),
        not_found=head.counts.get(TrackStatus.NOT_FOUND, 0),
        failed=head.counts.get(TrackStatus.FAILED, 0),
        playlist_id=head.playlist.id,
        playlist_name=legible(head.playlist.name),
        playlist_url=head.playlist.url,
        verified=head.verified,
        message=legible(head.message),
        open_rows=tuple([_open_row(row) async for row in page]),
        next_offset=following if following < len(rows.missing) else None,
    )


def _open_row(row: TrackOutcome) -> OpenRow:
    return OpenRow(
        position=row.position,
        song=song_answer(row.query),
        status=row.status,
        reason=legible(row.reason),
        nearest=track_answer(row.match) if row.match else None,
    )


def _question(item: ReviewItem) -> Question:
    return Question(
        key=item.key,
        song=song_answer(item.song),
        reason=legible(item.reason),
        candidates=tuple(
            Candidate(
                track=track_answer(near.track),
                confidence=near.confidence,
                against=tuple(legible(penalty.detail) for penalty in near.penalties),
            )
            for near in item.alternatives
        ),
    )


async def _check_decided(jobs: Jobs, key: str, uri: str | None) -> None:
    """Check that a decision about a question that no longer waits repeats the one in force.

    Raises:
        InputError: It was decided otherwise.
        NotFoundError: Nothing with this key waits or was decided.
    """
    async for decision in every_item(lambda place: jobs.decisions(after=place)):
        if key in {decision.key, wish_key(decision.song)}:
            break
    else:
        raise NotFoundError(
            "No question with this key waits.", hint="review_next gives the key of the next."
        )
    if decision.uri != uri:
        raise InputError(
            "This question is decided already, and otherwise.",
            hint="forget_decision undoes it, if the user wants that.",
        )
