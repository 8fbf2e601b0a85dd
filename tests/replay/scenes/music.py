"""Music by the pipeline: whole playlists, single songs, playlists looked up."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from segue.errors.base import SegueError
from segue.errors.catalogue import LoginRequiredError, NotFoundError, OutcomeUnknownError
from segue.music.activities.matching import PATIENCE
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import StartedSync, SyncMode, SyncPhase
from segue.runtime.client import connect
from segue.runtime.embedded import Endpoint
from segue.runtime.ids import workflow_id
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import Failure, InMemoryCatalogue
from tests.fakes.waiting import until
from tests.fakes.worlds.music import MusicWorld, music_world, wish
from tests.replay.stage import Histories, Scene, all_runs, since

CONTINUE_AFTER = 80
LOST = Failure(OutcomeUnknownError("no answer"), after_effect=True)
MILES = [wish(track) for track in TRACKS[4:]]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
DOUBTFUL = SongMetadata(title="Harbour Lights", artist="Ada Quill", duration_ms=240_000)

Part = Callable[[MusicWorld], Awaitable[str]]
"""What happens in a scene; the id of the workflow that is recorded."""


# --- whole playlists ------------------------------------------------------------------------------


async def append(world: MusicWorld) -> str:
    """Found, missing and doubtful songs into a playlist that holds some already."""
    world.catalogue.put_playlist("Mine", [TRACKS[5].uri])
    return await _synced(world, [*MILES[:20], ABSENT, DOUBTFUL])


async def lost_answer(world: MusicWorld) -> str:
    """A write that happened and was never answered."""
    world.catalogue.fail_next("add_items", None, LOST)
    return await _synced(world, MILES)


async def dry_run(world: MusicWorld) -> str:
    """Nothing is written."""
    return await _ended(world, await world.start(MILES[:3], dry_run=True))


async def mirror_confirmed(world: MusicWorld) -> str:
    """A mirror that was allowed to remove."""
    return await _mirrored(world, agreed=True)


async def mirror_declined(world: MusicWorld) -> str:
    """A mirror that was not."""
    return await _mirrored(world, agreed=False)


async def paused(world: MusicWorld) -> str:
    """Paused while it asks, confirmed, and resumed."""
    world.catalogue.put_playlist("Mine", [TRACKS[0].uri])
    started = await world.start(MILES[:3], mode=SyncMode.MIRROR)
    await _question(world, started)
    await world.music.pause(started.workflow_id)
    await world.music.confirm(started.workflow_id, agreed=True)
    await world.music.resume(started.workflow_id)
    return await _ended(world, started)


async def cancelled(world: MusicWorld) -> str:
    """Cancelled while a write is under way."""
    reached, finish = asyncio.Event(), asyncio.Event()
    add = world.catalogue.add_items

    async def slow(playlist_id: str, uris: Sequence[str], *, position: int) -> None:
        reached.set()
        await finish.wait()
        await add(playlist_id, uris, position=position)

    world.catalogue.add_items = slow
    started = await world.start(MILES)
    await reached.wait()
    await world.music.cancel(started.workflow_id)
    finish.set()
    return await _ended(world, started)


async def refused(world: MusicWorld) -> str:
    """The login ended before the first search."""
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    return await _synced(world, MILES[:3])


async def write_refused(world: MusicWorld) -> str:
    """The playlist was deleted meanwhile."""
    world.catalogue.fail_next("add_items", NotFoundError("the playlist was deleted"))
    return await _synced(world, MILES[:3])


async def no_turn(world: MusicWorld) -> str:
    """Searches that take so long that most rows have no turn in the first call."""
    search, first_songs = world.catalogue.search, asyncio.Semaphore(4)

    async def slow(query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        if not first_songs.locked():
            await first_songs.acquire()
            await asyncio.sleep(PATIENCE.total_seconds() + 1)
        return await search(query, limit=limit, offset=offset)

    world.catalogue.search = slow
    return await _synced(world, MILES[:9])


async def continued(world: MusicWorld) -> str:
    """Longer than one run may be, in matching and in applying."""
    return await _synced(world, MILES * 15)


async def _synced(world: MusicWorld, songs: Sequence[SongMetadata]) -> str:
    return await _ended(world, await world.start(songs))


async def _mirrored(world: MusicWorld, *, agreed: bool) -> str:
    world.catalogue.put_playlist("Mine", [TRACKS[0].uri, TRACKS[6].uri, TRACKS[4].uri])
    started = await world.start(MILES[:3], mode=SyncMode.MIRROR)
    await _question(world, started)
    await world.music.confirm(started.workflow_id, agreed=agreed)
    return await _ended(world, started)


async def _question(world: MusicWorld, started: StartedSync) -> None:
    async def open_question() -> bool:
        now = await world.music.progress(started.workflow_id)
        return now is not None and now.phase is SyncPhase.AWAITING_CONFIRMATION

    await until(open_question, "the mirror's question")


async def _ended(world: MusicWorld, started: StartedSync) -> str:
    with suppress(SegueError):  # how it failed is what is recorded
        await world.music.report(started.workflow_id)
    return started.workflow_id


# --- single songs ---------------------------------------------------------------------------------


async def song_added(world: MusicWorld) -> str:
    """All five steps but the question."""
    return await _one_song(world, MILES[0])


async def song_there_already(world: MusicWorld) -> str:
    """The playlist holds it."""
    return await _one_song(world, MILES[1], held=(TRACKS[5].uri,))


async def song_in_doubt(world: MusicWorld) -> str:
    """It waits in the review queue."""
    return await _one_song(world, DOUBTFUL)


async def song_missing(world: MusicWorld) -> str:
    """The catalogue has no such song."""
    return await _one_song(world, ABSENT)


async def song_refused(world: MusicWorld) -> str:
    """Nobody is logged in."""
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    return await _one_song(world, MILES[2])


async def _one_song(world: MusicWorld, song: SongMetadata, held: Sequence[str] = ()) -> str:
    playlist_id = world.catalogue.put_playlist("Mine", held)
    address = await world.music.start_song(song, playlist_id, Strategy.PIPELINE)
    await (await world.music.run(address)).ending(within=60.0)
    return address.workflow_id


# --- playlists looked up --------------------------------------------------------------------------


async def playlist_made(world: MusicWorld) -> str:
    """A name that is unknown."""
    await _ended(world, await world.start(MILES[:1], "New"))
    return workflow_id("playlist-resolve", world.catalogue.name, "New")


async def playlist_unknown(world: MusicWorld) -> str:
    """A name that is unknown, and nothing may be made."""
    await _ended(world, await world.start(MILES[:1], "Unknown", dry_run=True))
    return workflow_id("playlist-find", world.catalogue.name, "Unknown")


# --------------------------------------------------------------------------------------------------

PARTS: dict[str, Part] = {
    "PlaylistSyncWorkflow.append": append,
    "PlaylistSyncWorkflow.lost-answer": lost_answer,
    "PlaylistSyncWorkflow.dry-run": dry_run,
    "PlaylistSyncWorkflow.mirror-confirmed": mirror_confirmed,
    "PlaylistSyncWorkflow.mirror-declined": mirror_declined,
    "PlaylistSyncWorkflow.paused": paused,
    "PlaylistSyncWorkflow.cancelled": cancelled,
    "PlaylistSyncWorkflow.refused": refused,
    "PlaylistSyncWorkflow.write-refused": write_refused,
    "PlaylistSyncWorkflow.no-turn": no_turn,
    "PlaylistSyncWorkflow.continued": continued,
    "MusicSyncWorkflow.added": song_added,
    "MusicSyncWorkflow.already-present": song_there_already,
    "MusicSyncWorkflow.review": song_in_doubt,
    "MusicSyncWorkflow.not-found": song_missing,
    "MusicSyncWorkflow.refused": song_refused,
    "PlaylistResolveWorkflow.made": playlist_made,
    "PlaylistResolveWorkflow.unknown": playlist_unknown,
}


END_EVENT = "end-event"  # a sync announces its end
WITH_END = {append, cancelled, write_refused}


def scene(name: str, part: Part) -> Scene:
    """A part in a world of its own."""
    names = (name, since(END_EVENT, name)) if part in WITH_END else (name,)

    async def play(server: Endpoint) -> Histories:
        client = await connect(server.address, {})
        catalogue = InMemoryCatalogue(TRACKS, name=part.__name__.replace("_", "-"))
        with tempfile.TemporaryDirectory() as folder:
            async with music_world(client, Path(folder), catalogue) as world:
                return {names[-1]: await all_runs(client, await part(world))}

    return Scene(names, play, CONTINUE_AFTER)


SCENES = tuple(scene(name, part) for name, part in PARTS.items())
