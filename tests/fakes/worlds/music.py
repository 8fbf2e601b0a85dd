"""The music feature against a real Temporal server, a real database and a catalogue in memory."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy, StrategyChoice
from segue.music.contracts.syncs import StartedSync, SyncMode, SyncRequest
from segue.music.contracts.tracks import WorkflowResult
from segue.music.register.worker import music_parts
from segue.music.service.music import MusicService
from segue.music.store.music_store import MusicStore, music_store
from segue.music.store.outcomes import StartedRun
from segue.runs.events import Announce, announce_nothing
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.temporal import serving

AT_ONCE = timedelta()
ENDS_WITHIN_S = 60.0
Skip = Callable[[timedelta], Awaitable[None]]


@dataclass(frozen=True)
class MusicWorld:
    """A worker that runs, and what it works on.

    Attributes:
        skip: Lets the server's clock jump, where it can.
    """

    client: Client
    catalogue: InMemoryCatalogue
    store: MusicStore
    music: MusicService
    skip: Skip | None = None

    async def imported(self, songs: Iterable[SongMetadata], name: str = "Mine") -> str:
        """Store songs; the import's id."""
        stored = await self.store.imports.put(
            songs, name=name, source_format="test", encoding="utf-8"
        )
        return stored.id

    async def start(
        self,
        songs: Iterable[SongMetadata],
        playlist: str = "Mine",
        *,
        mode: SyncMode = SyncMode.APPEND,
        dry_run: bool = False,
        confirmed: bool = False,
    ) -> StartedSync:
        """Import and start a sync."""
        return await self.music.start_sync(
            SyncRequest(
                import_id=await self.imported(songs),
                playlist=playlist,
                mode=mode,
                dry_run=dry_run,
                confirmed=confirmed,
            )
        )


@asynccontextmanager
async def music_world(
    client: Client,
    folder: Path,
    catalogue: InMemoryCatalogue,
    *,
    skip: Skip | None = None,
    database_address: str | None = None,
    announce: Announce = announce_nothing,
) -> AsyncGenerator[MusicWorld]:
    """Serve the queues of music while the body runs; without an address on a file in ``folder``."""
    database = Database(database_url(database_address, folder))
    await prepare(database)
    store = music_store(database, catalogue=catalogue.name, rules="test", clock=time.time)
    parts = music_parts(catalogue, store, search_concurrency=4, settle=AT_ONCE, announce=announce)
    async with serving(client, parts):
        yield MusicWorld(client, catalogue, store, MusicService(client, store, catalogue), skip)
    await database.aclose()


async def add_song(music: MusicService, song: SongMetadata, playlist_id: str) -> WorkflowResult:
    """Sync one song by the pipeline and wait for its end.

    Raises:
        SegueError: What made it fail.
    """
    run = await music.run(await music.start_song(song, playlist_id, Strategy.PIPELINE))
    ending = await run.ending(within=ENDS_WITHIN_S)
    assert ending is not None, "the song's run has not ended"
    if ending.error:
        raise ending.error
    assert ending.song is not None
    return ending.song


def wish(track: Track) -> SongMetadata:
    """The song that a track is, as a playlist file would say it."""
    return SongMetadata(
        title=track.title,
        artist=", ".join(track.artists),
        album=track.album,
        duration_ms=track.duration_ms,
    )


async def forgotten_sync(world: MusicWorld, original: StartedSync) -> str:
    """The id of a sync that ended as ``original`` did and that Temporal knows no longer."""
    runs, outcomes = world.store.runs, world.store.outcomes
    sync = await outcomes.newest_of(original.workflow_id)
    assert sync is not None
    gone = f"playlist-sync-gone-{uuid4().hex}"
    run_id = uuid4().hex
    await runs.open(run_id, sync.import_id, sync.playlist_id)
    await runs.save_rows(run_id, await runs.at(sync.run_id, range(sync.rows)))
    stored = await runs.get(sync.run_id)
    assert stored is not None
    assert stored.plan is not None
    await runs.save_plan(run_id, stored.plan, [])
    await outcomes.record_start(
        StartedRun(
            run_id=run_id,
            workflow_id=gone,
            temporal_run_id=str(uuid4()),
            choice=StrategyChoice(Strategy.PIPELINE, Strategy.PIPELINE, "why"),
            rows=sync.rows,
            dry_run=False,
            playlist_name="Gone",
        )
    )
    await outcomes.record_end(run_id, "verified", seconds=5.0)
    return gone
