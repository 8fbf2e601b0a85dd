"""Start, watch and steer syncs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import CancelledError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.run import AgentError
from segue.errors.sync import AlreadyRunningError, RunNotFoundError
from segue.music.contracts.agent_use import per_thousand
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.songs import Track
from segue.music.contracts.strategies import (
    NO_AGENTS,
    FlagSet,
    Strategy,
    StrategyChoice,
    sync_identity,
)
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncMode,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from segue.music.contracts.tracks import WorkflowInput, WorkflowResult
from segue.music.rollout.rollout import Rollout
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StartedRun
from segue.music.syncs.report import counts, outcomes
from segue.music.wire.options import MUSIC_QUEUE
from segue.music.wire.syncs import PlaylistSyncInput, PlaylistSyncResult, ResolveInput
from segue.music.workflows.playlist_sync import PlaylistResolveWorkflow, PlaylistSyncWorkflow
from segue.runtime.faults import from_failure
from segue.runtime.ids import ui_link, workflow_id

ANSWER_WITHIN = timedelta(seconds=3)  # a query needs a worker; without one it must not hang
SONG_SYNC = "MusicSyncWorkflow"  # by name: it imports the agents' packages
PLAYLIST_SYNC = "PlaylistSyncWorkflow"
RUNS_QUERY = f"WorkflowType IN ('{PLAYLIST_SYNC}', '{SONG_SYNC}')"

SyncHandle = WorkflowHandle[PlaylistSyncWorkflow, PlaylistSyncResult]


class Syncs:
    """The life of a sync, from its start to its report.

    Args:
        client: Of the namespace where the music workflows run.
        store: Of the catalogue in use.
        catalogue_name: Its name; syncs of two catalogues never meet.
        ui_url: Temporal's web page, where one is known.
        flags: What the settings say about agents.
    """

    def __init__(
        self,
        client: Client,
        store: MusicStore,
        catalogue_name: str,
        ui_url: str | None = None,
        flags: FlagSet = NO_AGENTS,
    ) -> None:
        self.rollout = Rollout(client, store, flags)
        self._client = client
        self._store = store
        self._catalogue_name = catalogue_name
        self._ui_url = ui_url

    async def start_sync(self, request: SyncRequest) -> StartedSync:
        """Start a playlist sync, or join the one that does the same already.

        One sync writes a playlist at a time: the workflow's id comes from the playlist's.

        Raises:
            AgentError: A strategy with agents was asked for, and agents are off.
            AlreadyRunningError: Another source is being synced there and waiting was not asked for.
            RunNotFoundError: No such import.
            CatalogueError: The playlist cannot be found or made.
        """
        rows = (await self._store.imports.get(request.import_id)).songs
        self._refuse_agents(request.strategy)
        playlist = await self._resolve(request)
        identity = sync_identity(
            self._catalogue_name, playlist.id or playlist.name, request.import_id
        )
        choice = await self.rollout.choose(request.strategy, identity)
        shadow = await self.rollout.shadow(choice, identity)
        while True:
            run_id = uuid4().hex
            await self._store.runs.open(run_id, request.import_id, playlist.id)
            sync = PlaylistSyncInput(
                run_id=run_id,
                request=request,
                playlist=playlist,
                rows=rows,
                strategy=choice.strategy,
                shadow=shadow,
            )
            try:
                return await self._start(sync, choice)
            except WorkflowAlreadyStartedError as busy:
                joined = await self._join(busy.workflow_id, request)
            if joined:
                return joined

    async def sync_song(self, wish: WorkflowInput) -> WorkflowResult:
        """One song into one playlist; asking twice does it once.

        Raises:
            SegueError: What stopped it.
        """
        song = wish.song_metadata
        try:
            return await self._client.execute_workflow(
                SONG_SYNC,
                wish,
                result_type=WorkflowResult,
                id=workflow_id(
                    "music-sync",
                    self._catalogue_name,
                    wish.playlist_id,
                    song.artist,
                    song.title,
                    song.album or "",
                ),
                task_queue=MUSIC_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except (WorkflowFailureError, RPCError) as failure:
            _raise_as_ours(failure)

    async def progress(self, workflow_id: str) -> SyncProgress | None:
        """Where a sync stands; None while no worker answers.

        Raises:
            RunNotFoundError: No such sync.
        """
        handle = self._handle(workflow_id)
        try:
            return await handle.query(PlaylistSyncWorkflow.progress, rpc_timeout=ANSWER_WITHIN)
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunNotFoundError(f"There is no sync {workflow_id!r}.") from None
            return None

    async def watch(
        self, workflow_id: str, *, every: float = 0.25
    ) -> AsyncIterator[SyncProgress | None]:
        """Progress every so many seconds until the sync is closed; None while no worker answers."""
        ended = asyncio.create_task(self._ended(workflow_id))
        try:
            while not ended.done():
                yield await self.progress(workflow_id)
                await asyncio.wait([ended], timeout=every)
        finally:
            ended.cancel()
            with suppress(asyncio.CancelledError):
                await ended

    async def report(self, workflow_id: str) -> SyncReport:
        """Wait for a sync's end and tell it row by row; a cancelled sync has a report too.

        Raises:
            RunNotFoundError: No such sync.
            SegueError: What made the sync fail.
        """
        handle = self._handle(workflow_id)
        try:
            result = await handle.result()
            return await self._report(workflow_id, result)
        except WorkflowFailureError as failure:
            if isinstance(failure.cause, CancelledError):
                return await self._report(workflow_id, None)
            _raise_as_ours(failure)
        except RPCError as error:
            _raise_as_ours(error)

    async def confirm(self, workflow_id: str, agreed: bool) -> None:  # noqa: FBT001 - the answer itself
        """Answer whether a mirror may remove what it showed."""
        await self._steer(
            self._handle(workflow_id).execute_update(PlaylistSyncWorkflow.confirm, agreed)
        )

    async def removals(self, workflow_id: str) -> tuple[Track, ...]:
        """What a mirror takes out; empty before it was planned."""
        memo = await (await self._describe(workflow_id)).memo()
        run = await self._store.runs.get(str(memo["run_id"]))
        return run.plan.removed if run and run.plan else ()

    async def pause(self, workflow_id: str) -> None:
        """Let a sync finish the steps under way and start no other."""
        await self._steer(self._handle(workflow_id).signal(PlaylistSyncWorkflow.pause))

    async def resume(self, workflow_id: str) -> None:
        """Let a paused sync go on."""
        await self._steer(self._handle(workflow_id).signal(PlaylistSyncWorkflow.resume))

    async def cancel(self, workflow_id: str) -> None:
        """End a sync; the playlist holds a prefix of what was planned, in order."""
        await self._steer(self._handle(workflow_id).cancel())

    async def runs(self, *, limit: int = 20) -> list[RunSummary]:
        """The newest syncs first."""
        found = self._client.list_workflows(RUNS_QUERY, limit=limit)
        try:
            return [await self._summary(execution) async for execution in found]
        except RPCError as error:
            _raise_as_ours(error)

    async def _resolve(self, request: SyncRequest) -> PlaylistLink:
        try:
            found = await self._client.execute_workflow(
                PlaylistResolveWorkflow.run,
                ResolveInput(playlist=request.playlist, create=not request.dry_run),
                id=workflow_id(
                    "playlist-find" if request.dry_run else "playlist-resolve",
                    self._catalogue_name,
                    request.playlist,
                ),
                task_queue=MUSIC_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except (WorkflowFailureError, RPCError) as failure:
            _raise_as_ours(failure)
        return found or PlaylistLink(id=None, name=request.playlist)

    def _refuse_agents(self, strategy: Strategy) -> None:
        off = not self.rollout.flags.allowed
        if off and strategy not in {Strategy.AUTO, Strategy.PIPELINE}:
            raise AgentError(
                f"The strategy `{strategy}` shows the catalogue's content to a model, and agents "
                f"are off for the catalogue {self._catalogue_name!r}.",
                hint="Spotify's terms restrict that; set USE_AGENT_SDK=true if you may.",
            )

    async def _start(self, sync: PlaylistSyncInput, choice: StrategyChoice) -> StartedSync:
        request, playlist, run_id = sync.request, sync.playlist, sync.run_id
        name = run_id if request.dry_run else playlist.id or run_id
        kind = "playlist-dry-run" if request.dry_run else "playlist-sync"
        handle = await self._client.start_workflow(
            PlaylistSyncWorkflow.run,
            sync,
            id=workflow_id(kind, self._catalogue_name, name),
            task_queue=MUSIC_QUEUE,
            memo={
                "run_id": run_id,
                "import_id": request.import_id,
                "mode": request.mode,
                "dry_run": request.dry_run,
                "playlist": playlist.model_dump(),
                "strategy": choice.strategy,
                "strategy_reason": choice.reason,
                "rollout_bucket": choice.bucket,
            },
            static_summary=f"{sync.rows} songs into {playlist.name}",
        )
        await self._store.outcomes.started(
            StartedRun(
                run_id=run_id,
                workflow_id=handle.id,
                temporal_run_id=handle.first_execution_run_id or "",
                choice=choice,
                rows=sync.rows,
                dry_run=request.dry_run,
            )
        )
        return StartedSync(workflow_id=handle.id, run_id=run_id)

    async def _join(self, busy: str, request: SyncRequest) -> StartedSync | None:
        """The running sync when it does the same; None when it has ended and we may start.

        Raises:
            AlreadyRunningError: It does something else and waiting was not asked for.
        """
        memo = await (await self._describe(busy)).memo()
        same = (
            memo["import_id"] == request.import_id
            and memo["mode"] == request.mode
            and request.strategy in {Strategy.AUTO, _strategy(memo)}
        )
        if same and not request.wait_for_other:
            return StartedSync(workflow_id=busy, run_id=str(memo["run_id"]), joined=True)
        if not request.wait_for_other:
            raise AlreadyRunningError(
                f"Another sync into {request.playlist!r} is running (sync {busy}); it has another "
                "source, mode or strategy."
            )
        await self._ended(busy)
        return None

    async def _ended(self, workflow_id: str) -> None:
        with suppress(WorkflowFailureError):
            await self._steer(self._handle(workflow_id).result())

    async def _describe(self, workflow_id: str) -> WorkflowExecutionDescription:
        try:
            return await self._handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunNotFoundError(f"There is no sync {workflow_id!r}.") from None
            _raise_as_ours(error)

    async def _steer(self, call: Awaitable[object]) -> None:
        try:
            await call
        except RPCError as error:
            _raise_as_ours(error)

    async def _report(self, workflow_id: str, result: PlaylistSyncResult | None) -> SyncReport:
        seen = await self._describe(workflow_id)
        memo = await seen.memo()
        run_id, dry_run = str(memo["run_id"]), bool(memo["dry_run"])
        tracks = [
            track
            async for track in outcomes(
                self._store, run_id, str(memo["import_id"]), planned_counts=dry_run
            )
        ]
        run = await self._store.runs.get(run_id)
        agreed = result is None or result.confirmed
        agents = result.agents if result else None
        await self.rollout.settle()
        return SyncReport(
            playlist=PlaylistLink.model_validate(memo["playlist"]),
            tracks=tuple(tracks),
            counts=counts(tracks),
            verified=result.verified if result else False,
            removed=run.plan.removed if agreed and run and run.plan else (),
            mode=SyncMode(memo["mode"]),
            dry_run=dry_run,
            message=result.message if result else "The sync was cancelled.",
            workflow_id=workflow_id,
            seconds=result.seconds if result else _seconds(seen.start_time, seen.close_time),
            searches=result.searches if result else 0,
            strategy=_strategy(memo),
            strategy_reason=str(memo.get("strategy_reason", "")),
            agents=agents,
            per_thousand=per_thousand(agents, len(tracks)) if agents else None,
        )

    async def _summary(self, execution: WorkflowExecution) -> RunSummary:
        memo = await execution.memo()
        playlist = memo.get("playlist")
        name = PlaylistLink.model_validate(playlist).name if playlist else ""
        status = execution.status.name.lower() if execution.status else "unknown"
        link = (
            ui_link(self._ui_url, execution.namespace, execution.id, execution.run_id)
            if self._ui_url
            else None
        )
        return RunSummary(
            workflow_id=execution.id,
            run_id=execution.run_id,
            kind=execution.workflow_type,
            status=status,
            playlist_name=name,
            started_at=execution.start_time.isoformat(timespec="seconds"),
            closed_at=(
                execution.close_time.isoformat(timespec="seconds") if execution.close_time else None
            ),
            ui_url=link,
            strategy=_strategy(memo) if playlist else None,
        )

    def _handle(self, workflow_id: str) -> SyncHandle:
        return self._client.get_workflow_handle_for(PlaylistSyncWorkflow.run, workflow_id)


def _strategy(memo: Mapping[str, Any]) -> Strategy:
    """A run that says nothing of it began before there was a choice."""
    return Strategy(memo.get("strategy", Strategy.PIPELINE))


def _raise_as_ours(failure: BaseException) -> NoReturn:
    ours = from_failure(failure)
    raise ours from failure


def _seconds(start: datetime, end: datetime | None) -> float:
    return (end - start).total_seconds() if end else 0.0
