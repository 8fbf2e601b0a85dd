"""Runs of syncs and songs, one by one, for a server with many callers.

A workflow's id says what is worked on, so the next sync of a playlist has the id of the one before.
Who started a run must be shown that run and no later one: here a run has a :class:`RunAddress`.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection

from temporalio.client import Client, WorkflowExecutionDescription

from segue.errors.base import SegueError
from segue.errors.sync import RunNotFoundError, SyncError
from segue.music.contracts.reports import StoredRows
from segue.music.contracts.runs import CANCELED, COMPLETED, RUNNING, RunAddress, RunEnding, RunStart
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import RunSummary, StartedSync, SyncProgress
from segue.music.contracts.tracks import WorkflowResult
from segue.music.rollout.rollout import Rollout
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StoredOutcome
from segue.music.syncs.calls import (
    AnyHandle,
    client_errors,
    describe,
    first_run_id,
    wait_until_closed,
    within_bounds,
)
from segue.music.syncs.start import SONG_WORKFLOWS
from segue.music.syncs.stored import (
    forgotten_progress,
    forgotten_report,
    forgotten_rows,
    stored_summary,
    sync_ended,
)
from segue.music.syncs.watch import SyncRun, run_summary
from segue.music.wire.memo import memo_of_sync
from segue.music.wire.names import ENHANCED_SONG_SYNC, PLAYLIST_SYNC
from segue.music.workflows.playlist_sync import PlaylistSyncWorkflow

_TOLD = frozenset({COMPLETED, CANCELED})  # syncs with a report
_SERVED = frozenset({PLAYLIST_SYNC, *SONG_WORKFLOWS.values(), ENHANCED_SONG_SYNC})


class PinnedRuns:
    """Finds runs by their address.

    Args:
        client: Of the namespace where they run.
        store: Of the catalogue they work on.
        rollout: Learns how syncs ended when a report is written.
        ui_url: Temporal's web page, where one is known.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        client: Client,
        store: MusicStore,
        rollout: Rollout,
        ui_url: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._store = store
        self._rollout = rollout
        self._ui_url = ui_url
        self._clock = clock

    async def address(self, sync: StartedSync) -> RunStart:
        """Where a sync that was just started is found from now on.

        Raises:
            SyncError: Another has followed it already.
            TemporalError: Temporal did not answer.
        """
        execution = await describe(self._client.get_workflow_handle(sync.workflow_id))
        memo = await memo_of_sync(execution)
        if memo.run_id != sync.run_id:
            raise SyncError(
                f"The sync {sync.workflow_id!r} was followed by another at once.",
                hint="Start it again.",
            )
        return RunStart(sync.workflow_id, first_run_id(execution), joined=sync.joined)

    async def find(self, address: RunAddress) -> "PinnedRun":
        """The run, as it is now; a sync that Temporal has forgotten, as the database knows it.

        Raises:
            RunNotFoundError: There is none, or it is no sync.
            TemporalError: Temporal did not answer.
        """
        try:
            execution = await self._execution(address)
        except RunNotFoundError as unknown:
            sync = await self._sync_in_database(address)
            if sync is None:
                raise _unknown_run(address) if address.first_run_id else unknown from None
            return ForgottenRun(self._store, sync)
        if execution.workflow_type not in _SERVED:
            raise RunNotFoundError(f"There is no sync {address.workflow_id!r}.")
        return PinnedRun(
            await run_summary(execution, self._ui_url),
            self._client.get_workflow_handle(execution.id, run_id=execution.run_id),
            self._sync(execution),
            lambda: self.find(RunAddress(execution.id, first_run_id(execution))),
        )

    async def summaries(self, addresses: Collection[RunAddress]) -> dict[RunAddress, RunSummary]:
        """What Temporal's list says of runs, in one question to it.

        A run is missing there for a moment after its start, and for good when Temporal has
        forgotten it; then the database tells what it knows. One that went on as a new one is
        ``CONTINUED``: who wants to know more asks.

        Raises:
            TemporalError: Temporal did not answer.
        """
        by_run = {address.first_run_id: address for address in addresses if address.first_run_id}
        if not by_run:
            return {}
        query = f"RunId IN ({', '.join(repr(run_id) for run_id in by_run)})"
        with client_errors():
            summaries = {
                by_run[execution.run_id]: await run_summary(execution, self._ui_url)
                async for execution in self._client.list_workflows(query)
            }
        missing = [run_id for run_id, address in by_run.items() if address not in summaries]
        now = self._clock()
        for sync in await self._store.outcomes.of_runs(missing) if missing else ():
            summary = stored_summary(sync, now=now)
            if summary.status != RUNNING:
                summaries[by_run[sync.temporal_run_id]] = summary
        return summaries

    async def _sync_in_database(self, address: RunAddress) -> StoredOutcome | None:
        outcomes = self._store.outcomes
        if address.first_run_id is None:
            return await outcomes.newest_of(address.workflow_id)
        syncs = await outcomes.of_runs([address.first_run_id])
        return syncs[0] if syncs else None

    def _sync(self, execution: WorkflowExecutionDescription) -> SyncRun:
        handle = self._client.get_workflow_handle_for(
            PlaylistSyncWorkflow.run,
            execution.id,
            run_id=execution.run_id,
            first_execution_run_id=first_run_id(execution),
        )
        return SyncRun(self._client, handle, self._store, self._rollout)

    async def _execution(self, address: RunAddress) -> WorkflowExecutionDescription:
        """The newest run of the chain that is meant.

        Raises:
            RunNotFoundError: There is none.
        """
        newest = await describe(self._client.get_workflow_handle(address.workflow_id))
        run_id = address.first_run_id
        if run_id is None or run_id in {newest.run_id, first_run_id(newest)}:
            return newest
        return await describe(self._client.get_workflow_handle(address.workflow_id, run_id=run_id))


class PinnedRun:
    """One run of one caller.

    Attributes:
        summary: As it was when it was looked up.
    """

    def __init__(
        self,
        summary: RunSummary,
        handle: AnyHandle,
        sync: SyncRun,
        again: Callable[[], Awaitable["PinnedRun"]],
    ) -> None:
        self.summary = summary
        self._handle = handle
        self._sync = sync
        self._again = again

    @property
    def is_playlist(self) -> bool:
        """Whether it syncs a playlist; else one song."""
        return self.summary.kind == PLAYLIST_SYNC

    @property
    def is_running(self) -> bool:
        """Whether it had not ended."""
        return self.summary.status == RUNNING

    async def progress(self) -> SyncProgress | None:
        """Where a playlist sync stands; None for a song, or while no worker answers."""
        return await self._sync.progress() if self.is_playlist else None

    async def again(self) -> "PinnedRun":
        """Read the state of this run anew.

        Raises:
            TemporalError: Temporal did not answer.
        """
        return await self._again()

    async def watch(self, *, every: float) -> AsyncGenerator["PinnedRun"]:
        """The run as it is every so many seconds; the last one has ended.

        A long sync goes on as a new run now and then, so each look is at the newest.

        Raises:
            TemporalError: Temporal did not answer.
        """
        end = asyncio.create_task(wait_until_closed(self._handle))
        try:
            while (now := await self.again()).is_running:
                yield now
                await asyncio.wait([end], timeout=every)
            yield now
        finally:
            end.cancel()
            await asyncio.wait([end])

    async def ending(self, *, within: float) -> RunEnding | None:
        """How it ended; None where it has not after ``within`` seconds.

        Raises:
            SegueError: Temporal or the database did not answer.
        """
        try:
            # What has ended is no wait, however short.
            async with asyncio.timeout(within if self.is_running else None):
                await wait_until_closed(self._handle)
        except TimeoutError:
            return None
        status = (await self.again()).summary.status
        try:
            if self.is_playlist:
                return RunEnding(status, playlist=await self._sync.report())
            with client_errors():
                result = await self._handle.result()
            return RunEnding(status, song=WorkflowResult.model_validate(result))
        except SegueError as error:
            if status == COMPLETED:  # it is we who cannot tell
                raise
            return RunEnding(status, error=error)

    async def rows(self) -> StoredRows | None:
        """The rows of a playlist sync that has ended; None where it has not.

        Raises:
            SyncError: It is about one song.
            SegueError: What made the sync fail.
        """
        if not self.is_playlist:
            raise SyncError("Expected a sync of a playlist; this one is about one song.")
        if self.summary.status in _TOLD:
            return await self._sync.rows()
        ending = None if self.is_running else await self.ending(within=0)
        if ending is None:
            return None
        raise ending.error or SyncError("The sync has ended without a result.")

    async def removals(self) -> tuple[Track, ...]:
        """What a mirror takes out; empty before it was planned, and for a song."""
        return await self._sync.removals() if self.is_playlist else ()

    async def cancel(self) -> None:
        """End it; the playlist holds a prefix of what was planned.

        Raises:
            SyncError: It has ended.
        """
        self._must_run()
        await self._sync.cancel()

    async def pause(self) -> None:
        """Let it finish the steps under way and start no other.

        Raises:
            SyncError: It has ended, or is about one song.
        """
        self._must_be_playlist()
        await self._sync.pause()

    async def resume(self) -> None:
        """Let it go on.

        Raises:
            SyncError: It has ended, or is about one song.
        """
        self._must_be_playlist()
        await self._sync.resume()

    async def confirm(self, *, agreed: bool) -> None:
        """Answer whether a mirror may remove what it showed; the first answer counts.

        Raises:
            SyncError: It has ended, or is about one song.
            TemporalUnreachableError: No worker answered in time.
        """
        self._must_be_playlist()
        await within_bounds(self._sync.confirm(agreed=agreed))

    def _must_run(self) -> None:
        if not self.is_running:
            raise sync_ended(self.summary.workflow_id, self.summary.status)

    def _must_be_playlist(self) -> None:
        if not self.is_playlist:
            raise SyncError(
                f"{self.summary.workflow_id!r} is about one song; only playlist syncs can do this."
            )
        self._must_run()


class ForgottenRun(PinnedRun):
    """A playlist sync that Temporal has forgotten, as the database knows it: it has ended.

    Args:
        store: Of the catalogue it worked on.
        sync: Its start and its end.
    """

    def __init__(self, store: MusicStore, sync: StoredOutcome) -> None:
        self.summary = stored_summary(sync, now=math.inf)
        self._store = store
        self._stored = sync

    async def progress(self) -> SyncProgress:
        """How far it came."""
        return await forgotten_progress(self._store, self._stored)

    async def again(self) -> PinnedRun:
        """Itself: nothing changes any more."""
        return self

    async def watch(self, *, every: float) -> AsyncGenerator[PinnedRun]:
        """Itself, once."""
        del every
        yield self

    async def ending(self, *, within: float) -> RunEnding:
        """What the database holds of it, whatever made it end."""
        del within
        report = await forgotten_report(self._store, self._stored)
        return RunEnding(self.summary.status, playlist=report)

    async def rows(self) -> StoredRows:
        """Its rows."""
        return await forgotten_rows(self._store, self._stored)

    async def removals(self) -> tuple[Track, ...]:
        """What a mirror took out, or would have; empty where it was not planned."""
        run = await self._store.runs.get(self._stored.run_id)
        return run.plan.removed if run and run.plan else ()


def _unknown_run(address: RunAddress) -> RunNotFoundError:
    """Of a run that was there."""
    return RunNotFoundError(
        f"There is no sync {address.workflow_id!r} any more: Temporal has forgotten it, and the "
        "database holds nothing of it. It was pruned, or about one song.",
        hint="Start it again: what is in the playlist already is not added twice.",
    )
