"""How syncs start: one run a playlist at a time, one run a song and playlist."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import uuid4

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from segue.errors.input import InputError
from segue.errors.run import AgentError
from segue.errors.sync import AlreadyRunningError
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.runs import RunStart
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy, StrategyChoice, sync_identity
from segue.music.contracts.syncs import StartedSync, SyncRequest
from segue.music.contracts.tracks import WorkflowInput
from segue.music.rollout.rollout import Rollout
from segue.music.store.music_store import MusicStore
from segue.music.store.outcomes import StartedRun
from segue.music.syncs.calls import (
    AnyHandle,
    client_errors,
    describe,
    first_run_id,
    wait_until_closed,
)
from segue.music.wire.memo import SyncMemo, memo_of_sync
from segue.music.wire.names import (
    MCP_SONG_SYNC,
    MULTI_AGENT_SONG_SYNC,
    MUSIC_QUEUE,
    SIMPLE_SONG_SYNC,
    SONG_SYNC,
)
from segue.music.wire.search_order import priority_of
from segue.music.wire.syncs import PlaylistSyncInput, ResolveInput
from segue.music.workflows.playlist_sync import PlaylistResolveWorkflow, PlaylistSyncWorkflow
from segue.runtime.ids import workflow_id

# By name: the classes import the agents' packages.
SONG_WORKFLOWS: Mapping[Strategy, str] = MappingProxyType({
    Strategy.PIPELINE: SONG_SYNC,
    Strategy.AGENT: SIMPLE_SONG_SYNC,
    Strategy.MULTI_AGENT: MULTI_AGENT_SONG_SYNC,
    Strategy.MCP: MCP_SONG_SYNC,
})
_BY_WISH = frozenset({Strategy.PIPELINE, Strategy.MULTI_AGENT})  # the others take three texts


class SyncStarter:
    """Starts syncs into the playlists of one catalogue.

    Args:
        client: Of the namespace where the music workflows run.
        store: Of the catalogue.
        catalogue_name: Its name; syncs of two catalogues never meet.
        rollout: Who chooses a strategy where the request leaves it open.
    """

    def __init__(
        self, client: Client, store: MusicStore, catalogue_name: str, rollout: Rollout
    ) -> None:
        self._client = client
        self._store = store
        self._catalogue_name = catalogue_name
        self._rollout = rollout

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
        choice = await self._rollout.choose(request.strategy, identity)
        shadow = await self._rollout.shadow(choice, identity)
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
                songs_at_once=self._rollout.flags.songs_at_once,
            )
            try:
                return await self._start(sync, choice)
            except WorkflowAlreadyStartedError as busy:
                running = await _join(self._client.get_workflow_handle(busy.workflow_id), request)
            if running:
                return running

    async def start_song(
        self, song: SongMetadata, playlist_id: str, strategy: Strategy
    ) -> RunStart:
        """Start one song into one playlist, or join the run that does just that already.

        Raises:
            AgentError: Agents were asked for, and they are off.
            InputError: There is no workflow for one song with this strategy.
            TemporalError: Temporal did not take it.
        """
        if strategy not in SONG_WORKFLOWS:
            raise InputError(
                f"expected one of {', '.join(SONG_WORKFLOWS)} for a single song, got {strategy!r}"
            )
        self._refuse_agents(strategy)
        by_wish = strategy in _BY_WISH
        wish = WorkflowInput(song_metadata=song, playlist_id=playlist_id)
        kind = "music" if strategy is Strategy.PIPELINE else strategy
        parts = (playlist_id, song.artist, song.title, song.album or "")
        with client_errors():
            try:
                handle = await self._client.start_workflow(
                    SONG_WORKFLOWS[strategy],
                    args=[wish] if by_wish else [song.title, song.artist, playlist_id],
                    id=workflow_id(f"{kind}-sync", self._catalogue_name, *parts),
                    task_queue=MUSIC_QUEUE,
                    priority=priority_of(0),
                )
            except WorkflowAlreadyStartedError as busy:
                running = await describe(self._client.get_workflow_handle(busy.workflow_id))
                return RunStart(running.id, first_run_id(running), joined=True)
        return RunStart(handle.id, handle.first_execution_run_id)

    async def _resolve(self, request: SyncRequest) -> PlaylistLink:
        with client_errors():
            playlist = await self._client.execute_workflow(
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
        return playlist or PlaylistLink(id=None, name=request.playlist)

    def _refuse_agents(self, strategy: Strategy) -> None:
        off = not self._rollout.flags.allowed
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
        memo = SyncMemo(
            run_id=run_id,
            import_id=request.import_id,
            mode=request.mode,
            dry_run=request.dry_run,
            playlist=playlist,
            strategy=choice.strategy,
            strategy_reason=choice.reason,
            rollout_bucket=choice.bucket,
        )
        handle = await self._client.start_workflow(
            PlaylistSyncWorkflow.run,
            sync,
            id=workflow_id(kind, self._catalogue_name, name),
            task_queue=MUSIC_QUEUE,
            memo=memo.model_dump(),
            static_summary=f"{sync.rows} songs into {playlist.name}",
        )
        await self._store.outcomes.record_start(
            StartedRun(
                run_id=run_id,
                workflow_id=handle.id,
                temporal_run_id=handle.first_execution_run_id or "",
                choice=choice,
                rows=sync.rows,
                dry_run=request.dry_run,
                playlist_name=playlist.name,
            )
        )
        return StartedSync(workflow_id=handle.id, run_id=run_id)


async def _join(busy: AnyHandle, request: SyncRequest) -> StartedSync | None:
    """The running sync when it does the same; None when it has ended and we may start.

    Raises:
        AlreadyRunningError: It does something else and waiting was not asked for.
    """
    memo = await memo_of_sync(await describe(busy))
    same = (
        memo.import_id == request.import_id
        and memo.mode == request.mode
        and request.strategy in {Strategy.AUTO, memo.strategy}
    )
    if same and not request.wait_for_other:
        return StartedSync(workflow_id=busy.id, run_id=memo.run_id, joined=True)
    if not request.wait_for_other:
        raise AlreadyRunningError(
            f"Another sync into {request.playlist!r} is running (sync {busy.id}); it has another "
            "source, mode or strategy."
        )
    await wait_until_closed(busy)
    return None
