"""Playlist syncs that run or ran: watched, steered, listed."""

import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.converter import WorkflowSerializationContext
from temporalio.exceptions import CancelledError
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.sync import RunNotFoundError
from segue.errors.temporal import TemporalError
from segue.music.contracts.reports import StoredReport, StoredRows
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import RunSummary, SyncPhase, SyncProgress
from segue.music.rollout.rollout import Rollout
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StoredOutcome
from segue.music.syncs.calls import AnyHandle, client_errors, describe
from segue.music.syncs.report import stored_sync, sync_report
from segue.music.syncs.stored import (
    forgotten_progress,
    forgotten_report,
    forgotten_rows,
    stored_summary,
    sync_ended,
)
from segue.music.wire.memo import memo_of_sync, sync_memo
from segue.music.wire.names import PLAYLIST_SYNC, SONG_SYNC
from segue.music.wire.syncs import PlaylistSyncResult
from segue.music.workflows.playlist_sync import PlaylistSyncWorkflow
from segue.runtime.ids import ui_link
from segue.runtime.standstill import standstill

PROGRESS_WITHIN = timedelta(seconds=3)  # a query needs a worker; without one it must not hang
RUNS_QUERY = f"WorkflowType IN ('{PLAYLIST_SYNC}', '{SONG_SYNC}')"
_ASKED_FOR_AT_ONCE = 200  # runs in a query to Temporal's list

# In these it works at nothing, and the phase says what comes next.
_BY_ITSELF = frozenset({SyncPhase.AWAITING_CONFIRMATION, SyncPhase.DONE})

SyncHandle = WorkflowHandle[PlaylistSyncWorkflow, PlaylistSyncResult]


class SyncRun:
    """One playlist sync.

    Args:
        client: Of the namespace where it runs.
        handle: Of this run, or of the newest run under its workflow id.
        store: Of the catalogue it works on.
        rollout: Learns how syncs ended when a report is written.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        client: Client,
        handle: SyncHandle,
        store: MusicStore,
        rollout: Rollout,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._handle = handle
        self._store = store
        self._rollout = rollout
        self._clock = clock

    async def progress(self) -> SyncProgress | None:
        """Where it stands, and what keeps it; None while no worker answers.

        Of a sync that Temporal has forgotten the database tells how far it came.

        Raises:
            RunNotFoundError: No such sync.
        """
        try:
            progress = await self._handle.query(
                PlaylistSyncWorkflow.progress, rpc_timeout=PROGRESS_WITHIN
            )
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return await forgotten_progress(self._store, await self._forgotten())
            return None
        if not (progress.paused or progress.waiting_reason or progress.phase in _BY_ITSELF):
            with suppress(TemporalError, RunNotFoundError):
                reason = await self._standstill(self._handle)
                progress = progress.model_copy(update={"waiting_reason": reason})
        return progress

    async def _standstill(self, handle: AnyHandle) -> str:
        """What keeps a run, or the oldest of its children where it has no activities itself."""
        execution = (await describe(handle)).raw_description
        if execution.pending_children and not execution.pending_activities:
            child = execution.pending_children[0]
            return await self._standstill(self._client.get_workflow_handle(child.workflow_id))
        converter = self._client.data_converter.with_context(
            WorkflowSerializationContext(self._client.namespace, handle.id)
        )
        return await standstill(execution.pending_activities, converter, self._clock())

    async def report(self) -> StoredReport:
        """Wait for the end and tell it; a cancelled sync has a report too.

        Raises:
            RunNotFoundError: No such sync.
            SegueError: What made the sync fail.
        """
        try:
            with client_errors():
                result = await self._result()
            execution = await describe(self._handle)
        except RunNotFoundError as unknown:
            sync = await self._forgotten(unknown)
            return await forgotten_report(self._store, sync)
        report = await sync_report(self._store, execution, result)
        await self._rollout.settle()
        return report

    async def rows(self) -> StoredRows:
        """Its rows, without the rest of its report: for a sync that has one.

        Raises:
            RunNotFoundError: No such sync, or its import is not stored.
        """
        try:
            memo = await memo_of_sync(await describe(self._handle))
        except RunNotFoundError as unknown:
            return await forgotten_rows(self._store, await self._forgotten(unknown))
        sync = await stored_sync(
            self._store, memo.run_id, memo.import_id, planned_counts=memo.dry_run
        )
        return sync.rows(self._store)

    async def removals(self) -> tuple[Track, ...]:
        """What a mirror takes out; empty before it was planned."""
        try:
            run_id = (await memo_of_sync(await describe(self._handle))).run_id
        except RunNotFoundError as unknown:
            run_id = (await self._forgotten(unknown)).run_id
        run = await self._store.runs.get(run_id)
        return run.plan.removed if run and run.plan else ()

    async def confirm(self, *, agreed: bool) -> None:
        """Answer whether a mirror may remove what it showed.

        Raises:
            SyncError: It has ended.
        """
        await self._steer(self._handle.execute_update(PlaylistSyncWorkflow.confirm, agreed))

    async def pause(self) -> None:
        """Let it finish the steps under way and start no other.

        Raises:
            SyncError: It has ended.
        """
        await self._steer(self._handle.signal(PlaylistSyncWorkflow.pause))

    async def resume(self) -> None:
        """Let it go on after a pause.

        Raises:
            SyncError: It has ended.
        """
        await self._steer(self._handle.signal(PlaylistSyncWorkflow.resume))

    async def cancel(self) -> None:
        """End it; the playlist holds a prefix of what was planned, in order.

        Raises:
            SyncError: It has ended.
        """
        with suppress(RunNotFoundError):  # Temporal takes a cancellation of what has ended
            status = (await describe(self._handle)).status
            if status is not None and status is not WorkflowExecutionStatus.RUNNING:
                raise sync_ended(self._handle.id, status.name.lower())
        await self._steer(self._handle.cancel())

    async def _steer(self, call: Awaitable[object]) -> None:
        try:
            with client_errors():
                await call
        except RunNotFoundError as unknown:  # Temporal's word also for one that has ended
            raise sync_ended(self._handle.id, await self._ending(unknown)) from None

    async def _ending(self, unknown: RunNotFoundError) -> str:
        """How it ended, in a word, also where Temporal has forgotten it."""
        try:
            status = (await describe(self._handle)).status
        except RunNotFoundError:
            return stored_summary(await self._forgotten(unknown), now=math.inf).status
        if status is None or status is WorkflowExecutionStatus.RUNNING:
            raise unknown
        return status.name.lower()

    async def _forgotten(self, unknown: RunNotFoundError | None = None) -> StoredOutcome:
        """The sync as the database knows it, where Temporal does not.

        Raises:
            RunNotFoundError: ``unknown``, or one that says so: the database does not either.
        """
        sync = await self._store.outcomes.newest_of(self._handle.id)
        if sync is None:
            raise unknown or RunNotFoundError(f"There is no sync {self._handle.id!r}.")
        return sync

    async def _result(self) -> PlaylistSyncResult | None:
        try:
            return await self._handle.result()
        except WorkflowFailureError as failure:
            if isinstance(failure.cause, CancelledError):
                return None
            raise


async def latest_runs(
    client: Client,
    store: MusicStore,
    ui_url: str | None,
    *,
    limit: int,
    running_only: bool = False,
    clock: Callable[[], float] = time.time,
) -> list[RunSummary]:
    """The newest runs first: what Temporal lists, and the syncs that it has forgotten.

    Args:
        client: Of the namespace where they run.
        store: Of the catalogue.
        ui_url: Temporal's web page, where one is known.
        limit: At most so many.
        running_only: Those that have not ended, however old.
        clock: Epoch seconds.
    """
    query = f"{RUNS_QUERY} AND ExecutionStatus = 'Running'" if running_only else RUNS_QUERY
    runs = await _listed_runs(client, ui_url, query, limit=limit)
    if running_only:
        return [*runs.values()]
    others = {
        sync.temporal_run_id: sync
        for sync in await store.outcomes.newest(limit=limit)
        if sync.temporal_run_id not in runs
    }
    if len(runs) == limit:  # Temporal may know more: its list is by the end, ours by the start
        ids = [*others]
        for start in range(0, len(ids), _ASKED_FOR_AT_ONCE):
            some = ids[start : start + _ASKED_FOR_AT_ONCE]
            query = f"RunId IN ({', '.join(repr(run_id) for run_id in some)})"
            runs |= await _listed_runs(client, ui_url, query)
    now = clock()
    forgotten = [stored_summary(sync, now=now) for run, sync in others.items() if run not in runs]
    newest_first = sorted(
        (*runs.values(), *forgotten), key=lambda run: run.started_at, reverse=True
    )
    return newest_first[:limit]


async def _listed_runs(
    client: Client, ui_url: str | None, query: str, *, limit: int | None = None
) -> dict[str, RunSummary]:
    with client_errors():
        return {
            execution.run_id: await run_summary(execution, ui_url)
            async for execution in client.list_workflows(query, limit=limit)
        }


async def run_summary(execution: WorkflowExecution, ui_url: str | None) -> RunSummary:
    """A run in a line.

    Args:
        execution: As listed or described.
        ui_url: Temporal's web page, where one is known.
    """
    sync = None  # a song's run has no memo
    with suppress(ConversationUnreadableError):  # one lost key must not hide the other runs
        sync = await sync_memo(execution)
    close_time = execution.close_time
    return RunSummary(
        workflow_id=execution.id,
        run_id=execution.run_id,
        kind=execution.workflow_type,
        status=execution.status.name.lower() if execution.status else "unknown",
        playlist_name=sync.playlist.name if sync else "",
        started_at=execution.start_time.isoformat(timespec="seconds"),
        closed_at=close_time.isoformat(timespec="seconds") if close_time else None,
        ui_url=(
            ui_link(ui_url, execution.namespace, execution.id, execution.run_id) if ui_url else None
        ),
        strategy=sync.strategy if sync else None,
    )
