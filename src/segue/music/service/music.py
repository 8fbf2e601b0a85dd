"""What the music feature does for its faces: the one way to start, watch and steer a sync."""

import asyncio
import re
from collections.abc import Collection
from pathlib import Path

from temporalio.client import Client

from segue.errors.catalogue import NotFoundError
from segue.errors.input import InputError
from segue.music.activities.playlists import find_playlist
from segue.music.catalogues.port import Catalogue, read_all_items
from segue.music.contracts.imports import MappingReport, RejectedRow
from segue.music.contracts.pages import Page, every_item
from segue.music.contracts.playlists import PlaylistLink, PlaylistView
from segue.music.contracts.reports import PAGE, StoredReport
from segue.music.contracts.reviews import ReviewDecision, ReviewItem
from segue.music.contracts.runs import RunAddress, RunStart
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import NO_AGENTS, FlagSet, Strategy
from segue.music.contracts.syncs import (
    RunSummary,
    StartedSync,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from segue.music.files.mapping import read_mapping, write_mapping
from segue.music.rollout.rollout import Rollout
from segue.music.service.importing import Imports
from segue.music.service.pinned import PinnedRun, PinnedRuns
from segue.music.store.music_store import MusicStore
from segue.music.syncs.calls import within_bounds
from segue.music.syncs.start import SyncStarter
from segue.music.syncs.watch import SyncRun, latest_runs
from segue.music.workflows.playlist_sync import PlaylistSyncWorkflow

_TRACK = re.compile(r"(?:spotify:track:|https?://\S+/track/)?([0-9A-Za-z]{22})(?:\?\S*)?")


class MusicService:
    """Import, sync, review.

    Args:
        client: Of the namespace where the music workflows run.
        store: Of the catalogue in use.
        catalogue: For what a face shows at once: playlists, search.
        ui_url: Temporal's web page, where one is known.
        flags: What the settings say about agents.
        mapping_file: As the attribute.

    Attributes:
        mapping_file: The user's own matches, where there is such a file.
        rollout: Which strategy syncs take, and how they do.
        agent_strategy: Who chooses when agents are asked for one song.
        imports: Playlists that were read from files.
    """

    def __init__(
        self,
        client: Client,
        store: MusicStore,
        catalogue: Catalogue,
        ui_url: str | None = None,
        flags: FlagSet = NO_AGENTS,
        mapping_file: Path | None = None,
    ) -> None:
        self.mapping_file = mapping_file
        self.imports = Imports(store.imports)
        self.rollout = Rollout(client, store, flags)
        self.agent_strategy = flags.song_strategy
        self._client = client
        self._store = store
        self._catalogue = catalogue
        self._ui_url = ui_url
        self._starter = SyncStarter(client, store, catalogue.name, self.rollout)
        self._pinned = PinnedRuns(client, store, self.rollout, ui_url)

    # --- syncs ------------------------------------------------------------------------------------

    async def start_sync(self, request: SyncRequest) -> StartedSync:
        """Start a playlist sync, or join the one that does the same already.

        Raises:
            AgentError: A strategy with agents was asked for, and agents are off.
            AlreadyRunningError: Another source is being synced there and waiting was not asked for.
            RunNotFoundError: No such import.
            CatalogueError: The playlist cannot be found or made.
        """
        return await self._starter.start_sync(request)

    async def progress(self, workflow_id: str) -> SyncProgress | None:
        """Where a sync stands; None while no worker answers.

        Raises:
            RunNotFoundError: No such sync.
        """
        return await self._sync(workflow_id).progress()

    async def stored_report(self, workflow_id: str) -> StoredReport:
        """Wait for a sync's end and tell it; a cancelled sync has a report too.

        Raises:
            RunNotFoundError: No such sync.
            SegueError: What made the sync fail.
        """
        return await self._sync(workflow_id).report()

    async def report(self, workflow_id: str) -> SyncReport:
        """The same with all rows in memory, for programs with some thousand of them.

        Raises:
            RunNotFoundError: No such sync.
            SegueError: What made the sync fail.
        """
        return await (await self.stored_report(workflow_id)).whole()

    async def removals(self, workflow_id: str) -> tuple[Track, ...]:
        """What a mirror takes out; empty before it was planned."""
        return await self._sync(workflow_id).removals()

    async def confirm(self, workflow_id: str, *, agreed: bool) -> None:
        """Answer whether a mirror may remove what it showed; the first answer counts."""
        await self._sync(workflow_id).confirm(agreed=agreed)

    async def pause(self, workflow_id: str) -> None:
        """Let a sync finish the steps under way and start no other."""
        await self._sync(workflow_id).pause()

    async def resume(self, workflow_id: str) -> None:
        """Let a paused sync go on."""
        await self._sync(workflow_id).resume()

    async def cancel(self, workflow_id: str) -> None:
        """End a sync; the playlist holds a prefix of what was planned, in order."""
        await self._sync(workflow_id).cancel()

    async def runs(self, *, limit: int = 20, running_only: bool = False) -> list[RunSummary]:
        """The newest syncs first, also those that Temporal has forgotten."""
        return await latest_runs(
            self._client, self._store, self._ui_url, limit=limit, running_only=running_only
        )

    # --- runs of a server with many callers -------------------------------------------------------

    async def start_song(
        self, song: SongMetadata, playlist_id: str, strategy: Strategy
    ) -> RunStart:
        """Start one song into one playlist, or join the run that does just that already.

        Args:
            song: What is wanted.
            playlist_id: The catalogue's id of the playlist.
            strategy: ``PIPELINE``, ``AGENT``, ``MULTI_AGENT`` or ``MCP``.

        Raises:
            AgentError: Agents were asked for, and they are off.
            InputError: There is no workflow for one song with this strategy.
            TemporalError: Temporal did not take it.
        """
        return await self._starter.start_song(song, playlist_id, strategy)

    async def start_playlist(self, request: SyncRequest) -> RunStart:
        """Start a playlist sync, or join the one that does the same already.

        Raises:
            TemporalUnreachableError: No worker answered in time.
            SegueError: As :meth:`start_sync`.
        """
        return await self._pinned.address(await within_bounds(self.start_sync(request)))

    async def run(self, address: RunAddress) -> PinnedRun:
        """The run, as it is now.

        Raises:
            RunNotFoundError: There is none, or it is no sync.
            TemporalError: Temporal did not answer.
        """
        return await self._pinned.find(address)

    async def run_summaries(
        self, addresses: Collection[RunAddress]
    ) -> dict[RunAddress, RunSummary]:
        """Many runs, in one question to Temporal; as :meth:`PinnedRuns.summaries`.

        Raises:
            TemporalError: Temporal did not answer.
        """
        return await self._pinned.summaries(addresses)

    # --- reviews ----------------------------------------------------------------------------------

    async def reviews(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewItem]:
        """Doubtful matches that wait for a person, oldest first.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.
            offset: So many are passed over.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        return await self._store.verdicts.open_questions(limit=limit, after=after, offset=offset)

    async def review(self, key: str) -> ReviewItem | None:
        """The doubtful match that waits under this key, where one does."""
        return await self._store.verdicts.open_question(key)

    async def count_reviews(self) -> int:
        """How many doubtful matches wait."""
        return await self._store.verdicts.count_open()

    async def decide(self, item: ReviewItem, uri: str | None) -> ReviewDecision:
        """Settle a doubt for this and every later run; the first of two decisions counts.

        Args:
            item: From the queue.
            uri: The right track's URI, link or id; None leaves the song out.

        Raises:
            ReviewDecidedError: Somebody else decided it otherwise meanwhile.
            InputError: Not a track's address.
            NotFoundError: No such track.
        """
        track = await self._track(uri, [near.track for near in item.alternatives]) if uri else None
        return await self._store.verdicts.settle(item.song, track)

    async def decisions(
        self, *, limit: int = PAGE, after: str | None = None, offset: int = 0
    ) -> Page[ReviewDecision]:
        """What was decided so far, newest first; pages as :meth:`reviews`.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        return await self._store.verdicts.decisions(limit=limit, after=after, offset=offset)

    async def forget_decision(self, key: str) -> bool:
        """Let the matcher decide again; whether there was such a decision."""
        return await self._store.verdicts.undecide(key)

    # --- the user's own matches -------------------------------------------------------------------

    async def load_mapping(self, path: Path) -> MappingReport:
        """Take over the user's own matches; they win on every later run.

        Raises:
            InputError: The file cannot be used at all; single bad rows are reported instead.
        """
        count, rejections = 0, list[RejectedRow]()
        for row in await asyncio.to_thread(read_mapping, path):
            if isinstance(row, RejectedRow):
                rejections.append(row)
                continue
            try:
                track = await self._track(row.uri, []) if row.uri else None
            except (InputError, NotFoundError) as error:
                rejections.append(RejectedRow(line=row.line, reason=error.message, text=row.uri))
                continue
            await self._store.verdicts.decide(row.song, track, origin="mapping")
            count += 1
        return MappingReport(loaded=count, rejected=tuple(rejections))

    async def save_mapping(self, path: Path) -> int:
        """Write every decision to a mapping file; how many there were.

        Raises:
            InputError: The file cannot be written.
        """
        decisions = every_item(lambda place: self.decisions(after=place))
        return await write_mapping(path, decisions)

    # --- the catalogue ----------------------------------------------------------------------------

    async def show_playlist(self, playlist: str) -> PlaylistView:
        """A playlist of the catalogue with all its items.

        Args:
            playlist: Name, id, URI or link.

        Raises:
            NotFoundError: No such playlist.
        """
        entry = await find_playlist(self._catalogue, playlist)
        if entry is None:
            raise NotFoundError(
                f"None of your playlists is called {playlist!r}.",
                hint="`segue playlist list` shows them.",
            )
        items = await read_all_items(self._catalogue, entry.id)
        return PlaylistView(
            id=entry.id, name=entry.name, url=entry.url, total=len(items), tracks=items
        )

    async def playlists(self) -> list[PlaylistLink]:
        """The user's playlists."""
        return [
            PlaylistLink(id=playlist.id, name=playlist.name, url=playlist.url)
            async for playlist in self._catalogue.my_playlists()
        ]

    async def search(self, query: str, *, limit: int = 10) -> tuple[Track, ...]:
        """Search the catalogue in its own syntax; at most 10 tracks."""
        return await self._catalogue.search(query, limit=limit)

    def _sync(self, workflow_id: str) -> SyncRun:
        """The newest sync under this id."""
        handle = self._client.get_workflow_handle_for(PlaylistSyncWorkflow.run, workflow_id)
        return SyncRun(self._client, handle, self._store, self.rollout)

    async def _track(self, address: str, candidates: list[Track]) -> Track:
        match = _TRACK.fullmatch(address.strip())
        if match is None:
            raise InputError(
                f"{address!r} is not a track's address; expected spotify:track:…, a link or an id."
            )
        uri = f"spotify:track:{match.group(1)}"
        for track in candidates:
            if track.uri == uri:
                return track
        return await self._catalogue.get_track(uri)
