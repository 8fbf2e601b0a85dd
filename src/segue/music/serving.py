"""The music feature for a server with many callers: songs started without waiting, runs one by one.

A workflow's id says what is worked on, so the next sync of a playlist has the id of the one before.
Who started a run must be shown that run and no later one: here a run is an :class:`Execution`.
"""

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import NoReturn, Self, TypeVar

from temporalio.client import WorkflowExecutionDescription, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from segue.errors.base import SegueError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError, SyncError
from segue.errors.temporal import TemporalUnreachableError
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from segue.music.contracts.tracks import WorkflowInput, WorkflowResult
from segue.music.service import MusicService
from segue.music.syncs.syncs import PLAYLIST_SYNC, SONG_SYNC, SyncHandle
from segue.music.wire.options import MUSIC_QUEUE
from segue.music.workflows.playlist_sync import PlaylistSyncWorkflow
from segue.runtime.faults import from_failure
from segue.runtime.ids import workflow_id

RUNNING = "running"  # Temporal's words
COMPLETED = "completed"
SONG_WORKFLOWS: Mapping[Strategy, str] = MappingProxyType({
    Strategy.PIPELINE: SONG_SYNC,
    Strategy.AGENT: "SimpleMusicSyncWorkflow",
    Strategy.MULTI_AGENT: "MultiAgentMusicSyncWorkflow",
    Strategy.MCP: "MCPIntegratedWorkflow",
})
_BY_WISH = frozenset({Strategy.PIPELINE, Strategy.MULTI_AGENT})  # the others take three texts
_OTHER_SONG_WORKFLOWS = ("EnhancedMusicSyncWorkflow",)
_SERVED = frozenset({PLAYLIST_SYNC, *SONG_WORKFLOWS.values(), *_OTHER_SONG_WORKFLOWS})
# What needs a worker must not hang without one.
ANSWER_WITHIN = timedelta(seconds=20)

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Execution:
    """One run for good.

    Attributes:
        first_run_id: Temporal's id of the run, the first of its chain; None: the newest one.
    """

    workflow_id: str
    first_run_id: str | None = None


@dataclass(frozen=True)
class Ending:
    """How a run ended; one of the last three is there.

    Attributes:
        status: Temporal's word.
    """

    status: str
    song: WorkflowResult | None = None
    playlist: SyncReport | None = None
    error: SegueError | None = None


class ServedMusic(MusicService):
    """The music service, whose runs can be addressed one by one.

    Attributes:
        first_run_id: Of the run that it is pinned to; None: to none, and ids name the newest run.
    """

    first_run_id: str | None = None
    _run_id: str | None = None

    async def start_song(
        self, song: SongMetadata, playlist_id: str, strategy: Strategy
    ) -> Execution:
        """Start one song into one playlist, or join the run that does just that already.

        Args:
            song: What is wanted.
            playlist_id: The catalogue's id of the playlist.
            strategy: One of ``SONG_WORKFLOWS``.

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
        try:
            handle = await self._client.start_workflow(
                SONG_WORKFLOWS[strategy],
                args=[wish] if by_wish else [song.title, song.artist, playlist_id],
                id=workflow_id(
                    f"{kind}-sync",
                    self._catalogue_name,
                    playlist_id,
                    song.artist,
                    song.title,
                    song.album or "",
                ),
                task_queue=MUSIC_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except RPCError as failure:
            _raise_as_ours(failure)
        return Execution(handle.id, handle.first_execution_run_id)

    async def start_playlist(self, request: SyncRequest) -> Execution:
        """Start a playlist sync, or join the one that does the same already.

        Raises:
            TemporalUnreachableError: No worker answered in time.
            SegueError: As :meth:`start_sync`.
        """
        started = await _bounded(self.start_sync(request))
        return await self._execution(started)

    async def run(self, execution: Execution) -> "ServedRun":
        """The run, as it is now.

        Raises:
            RunNotFoundError: There is none, or it is no sync.
            TemporalError: Temporal did not answer.
        """
        seen = await self._seen(execution)
        if seen.workflow_type not in _SERVED:
            raise RunNotFoundError(f"There is no sync {execution.workflow_id!r}.")
        pinned = copy.copy(self)
        pinned._run_id = seen.run_id  # noqa: SLF001 - a copy of ourselves
        pinned.first_run_id = _first_run_id(seen)
        return ServedRun(pinned, await self._summary(seen))

    async def closed(self, workflow_id: str) -> None:
        """Wait until the run that this service is pinned to has ended, however it does.

        Raises:
            TemporalError: Temporal did not answer.
        """
        handle = self._client.get_workflow_handle(workflow_id, run_id=self._run_id)
        try:
            await handle.result()
        except WorkflowFailureError:
            return
        except RPCError as error:
            _raise_as_ours(error)

    async def song_result(self, workflow_id: str) -> WorkflowResult:
        """How the song's run that this service is pinned to ended; waits for the end.

        Raises:
            SegueError: What made it fail.
        """
        handle: WorkflowHandle[Self, WorkflowResult] = self._client.get_workflow_handle(
            workflow_id, run_id=self._run_id, result_type=WorkflowResult
        )
        try:
            return await handle.result()
        except (WorkflowFailureError, RPCError) as failure:
            _raise_as_ours(failure)

    def _handle(self, workflow_id: str) -> SyncHandle:
        return self._client.get_workflow_handle_for(
            PlaylistSyncWorkflow.run,
            workflow_id,
            run_id=self._run_id,
            first_execution_run_id=self.first_run_id,
        )

    async def _execution(self, started: StartedSync) -> Execution:
        seen = await self._describe(started.workflow_id)
        memo = await seen.memo()
        if memo.get("run_id") != started.run_id:
            raise SyncError(
                f"The sync {started.workflow_id!r} was followed by another at once.",
                hint="Start it again.",
            )
        return Execution(started.workflow_id, _first_run_id(seen))

    async def _seen(self, execution: Execution) -> WorkflowExecutionDescription:
        """The newest run of the chain that ``execution`` names.

        Raises:
            RunNotFoundError: There is none.
        """
        newest = await self._describe(execution.workflow_id)
        wanted = execution.first_run_id
        if wanted is None or wanted in {newest.run_id, _first_run_id(newest)}:
            return newest
        older = self._client.get_workflow_handle(execution.workflow_id, run_id=wanted)
        try:
            return await older.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunNotFoundError(f"There is no sync {execution.workflow_id!r}.") from None
            _raise_as_ours(error)


class ServedRun:
    """One run of one caller.

    Attributes:
        summary: As it was when it was looked up.
    """

    def __init__(self, pinned: ServedMusic, summary: RunSummary) -> None:
        self.summary = summary
        self._music = pinned
        self._id = summary.workflow_id

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
        return await self._music.progress(self._id) if self.is_playlist else None

    async def again(self) -> "ServedRun":
        """The same run as it is by now.

        Raises:
            TemporalError: Temporal did not answer.
        """
        return await self._music.run(Execution(self._id, self._music.first_run_id))

    async def watch(self, *, every: float) -> AsyncGenerator["ServedRun"]:
        """The run as it is every so many seconds; the last one has ended.

        A long sync goes on as a new run now and then, so each look is at the newest.

        Raises:
            TemporalError: Temporal did not answer.
        """
        ended = asyncio.create_task(self._music.closed(self._id))
        try:
            while (now := await self.again()).is_running:
                yield now
                await asyncio.wait([ended], timeout=every)
            yield now
        finally:
            ended.cancel()
            await asyncio.wait([ended])

    async def ending(self, *, within: float) -> Ending | None:
        """How it ended; None where it has not after ``within`` seconds.

        Raises:
            SegueError: Temporal or the database did not answer.
        """
        try:
            # What has ended is no wait, however short.
            async with asyncio.timeout(within if self.is_running else None):
                await self._music.closed(self._id)
        except TimeoutError:
            return None
        status = (await self.again()).summary.status
        try:
            if self.is_playlist:
                return Ending(status, playlist=await self._music.report(self._id))
            return Ending(status, song=await self._music.song_result(self._id))
        except SegueError as error:
            if status == COMPLETED:  # it is we who cannot tell
                raise
            return Ending(status, error=error)

    async def removals(self) -> tuple[Track, ...]:
        """What a mirror takes out; empty before it was planned, and for a song."""
        return await self._music.removals(self._id) if self.is_playlist else ()

    async def cancel(self) -> None:
        """End it; the playlist holds a prefix of what was planned.

        Raises:
            SyncError: It has ended.
        """
        self._must_run()
        await self._music.cancel(self._id)

    async def pause(self) -> None:
        """Let it finish the steps under way and start no other.

        Raises:
            SyncError: It has ended, or is about one song.
        """
        self._must_be_playlist()
        await self._music.pause(self._id)

    async def resume(self) -> None:
        """Let it go on.

        Raises:
            SyncError: It has ended, or is about one song.
        """
        self._must_be_playlist()
        await self._music.resume(self._id)

    async def confirm(self, *, agreed: bool) -> None:
        """Answer whether a mirror may remove what it showed; the first answer counts.

        Raises:
            SyncError: It has ended, or is about one song.
            TemporalUnreachableError: No worker answered in time.
        """
        self._must_be_playlist()
        await _bounded(self._music.confirm(self._id, agreed))

    def _must_run(self) -> None:
        if not self.is_running:
            raise SyncError(
                f"The sync {self._id!r} has ended ({self.summary.status}).",
                hint="Its result is there.",
            )

    def _must_be_playlist(self) -> None:
        if not self.is_playlist:
            raise SyncError(f"{self._id!r} is about one song; only playlist syncs can do this.")
        self._must_run()


async def _bounded(answer: Awaitable[_Answer]) -> _Answer:
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            return await answer
    except TimeoutError:
        raise TemporalUnreachableError(
            f"No worker answered within {ANSWER_WITHIN.total_seconds():g} seconds.",
            hint="Is `segue worker` running?",
        ) from None


def _first_run_id(seen: WorkflowExecutionDescription) -> str:
    return seen.raw_description.workflow_execution_info.first_run_id or seen.run_id


def _raise_as_ours(failure: BaseException) -> NoReturn:
    ours = from_failure(failure)
    raise ours from failure
