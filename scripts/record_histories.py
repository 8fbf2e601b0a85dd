"""Record how every music workflow goes, in all its ways, for the tests of replay.

python -m scripts.record_histories

Histories of released versions are never changed or deleted: runs that began under them go on under
the next release. So a file that exists stays as it is; delete one by hand while its version is
still unreleased. Needs the packages of the tests.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from segue.errors.base import SegueError
from segue.errors.catalogue import LoginRequiredError, NotFoundError, OutcomeUnknownError
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import StartedSync, SyncMode, SyncPhase
from segue.runtime.embedded import TUNING, server_program
from tests.fakes.catalogue import Failure, InMemoryCatalogue
from tests.fakes.music import MusicWorld, add_song, music_world, wish
from tests.fakes.tracks import TRACKS
from tests.fakes.waiting import until

FOLDER = Path(__file__).parents[1] / "tests" / "replay" / "histories"
NEUTRAL = "segue"
CONTINUE_AFTER = 80  # events; the server's own number gives histories of half a megabyte
LOST = Failure(OutcomeUnknownError("no answer"), after_effect=True)
MILES = [wish(track) for track in TRACKS[4:]]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
DOUBTFUL = SongMetadata(title="Harbour Lights", artist="Ada Quill", duration_ms=240_000)

Histories = dict[str, WorkflowHistory]


async def append(world: MusicWorld) -> Histories:
    """Found, missing and doubtful songs into a playlist that holds some already."""
    world.catalogue.put_playlist("Mine", [TRACKS[5].uri])
    return await _synced(world, "append", [*MILES[:20], ABSENT, DOUBTFUL])


async def lost_answer(world: MusicWorld) -> Histories:
    """A write that happened and was never answered."""
    world.catalogue.fail_next("add_items", None, LOST)
    return await _synced(world, "lost-answer", MILES)


async def dry_run(world: MusicWorld) -> Histories:
    """Nothing is written."""
    started = await world.start(MILES[:3], dry_run=True)
    return await _ended(world, "dry-run", started)


async def mirror_confirmed(world: MusicWorld) -> Histories:
    """A mirror that was allowed to remove."""
    return await _mirrored(world, "mirror-confirmed", agreed=True)


async def mirror_declined(world: MusicWorld) -> Histories:
    """A mirror that was not."""
    return await _mirrored(world, "mirror-declined", agreed=False)


async def paused(world: MusicWorld) -> Histories:
    """Paused while it asks, confirmed, and resumed."""
    world.catalogue.put_playlist("Mine", [TRACKS[0].uri])
    started = await world.start(MILES[:3], mode=SyncMode.MIRROR)
    await _asked(world, started)
    await world.music.pause(started.workflow_id)
    await world.music.confirm(started.workflow_id, agreed=True)
    await world.music.resume(started.workflow_id)
    return await _ended(world, "paused", started)


async def cancelled(world: MusicWorld) -> Histories:
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
    return await _ended(world, "cancelled", started)


async def refused(world: MusicWorld) -> Histories:
    """The login ended before the first search."""
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    return await _synced(world, "refused", MILES[:3])


async def write_refused(world: MusicWorld) -> Histories:
    """The playlist was deleted meanwhile."""
    world.catalogue.fail_next("add_items", NotFoundError("the playlist was deleted"))
    return await _synced(world, "write-refused", MILES[:3])


async def continued(world: MusicWorld) -> Histories:
    """Longer than one run may be, in matching and in applying."""
    started = await world.start(MILES * 15)
    return await _ended(world, "continued", started)


async def one_song_added(world: MusicWorld) -> Histories:
    """All five steps but the question."""
    return await _one_song(world, "added", MILES[0])


async def one_song_twice(world: MusicWorld) -> Histories:
    """The playlist holds it already."""
    return await _one_song(world, "already-present", MILES[1], held=(TRACKS[5].uri,))


async def one_song_in_doubt(world: MusicWorld) -> Histories:
    """It waits in the review queue."""
    return await _one_song(world, "review", DOUBTFUL)


async def one_song_missing(world: MusicWorld) -> Histories:
    """The catalogue has no such song."""
    return await _one_song(world, "not-found", ABSENT)


async def one_song_refused(world: MusicWorld) -> Histories:
    """Nobody is logged in."""
    world.catalogue.fail_next("search", LoginRequiredError("log in"))
    return await _one_song(world, "refused", MILES[2])


async def resolved(world: MusicWorld) -> Histories:
    """A name that is made, and one that is unknown and must not be."""
    await world.start(MILES[:1], "New")
    await world.start(MILES[:1], "Unknown", dry_run=True)
    made, unknown = [
        await world.client.get_workflow_handle(found.id).fetch_history()
        for name in ("new", "unknown")
        async for found in world.client.list_workflows(
            f"WorkflowType = 'PlaylistResolveWorkflow' AND WorkflowId STARTS_WITH"
            f" 'playlist-resolve-{world.catalogue.name}-{name}'"
        )
    ]
    return {"made": made, "unknown": unknown}


SCENES: dict[str, Sequence[Callable[[MusicWorld], Awaitable[Histories]]]] = {
    "PlaylistSyncWorkflow": (
        append,
        lost_answer,
        dry_run,
        mirror_confirmed,
        mirror_declined,
        paused,
        cancelled,
        refused,
        write_refused,
        continued,
    ),
    "MusicSyncWorkflow": (
        one_song_added,
        one_song_twice,
        one_song_in_doubt,
        one_song_missing,
        one_song_refused,
    ),
    "PlaylistResolveWorkflow": (resolved,),
}


async def main() -> None:
    """Play every scene on a real server and write what it recorded."""
    folder = FOLDER / version("segue")
    folder.mkdir(parents=True, exist_ok=True)
    limit = f"limit.historyCount.suggestContinueAsNew={CONTINUE_AFTER}"
    async with await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        identity=NEUTRAL,
        dev_server_existing_path=str(server_program()),
        dev_server_extra_args=[*TUNING, "--dynamic-config-value", limit],
    ) as server:
        for workflow, scenes in SCENES.items():
            for scene in scenes:
                catalogue = InMemoryCatalogue(TRACKS, name=scene.__name__.replace("_", "-"))
                with tempfile.TemporaryDirectory() as data:
                    async with music_world(server.client, Path(data), catalogue) as world:
                        histories = await scene(world)
                for case, history in histories.items():
                    write(folder / f"{workflow}.{case}.json", history)


async def _synced(world: MusicWorld, case: str, songs: Sequence[SongMetadata]) -> Histories:
    return await _ended(world, case, await world.start(songs))


async def _mirrored(world: MusicWorld, case: str, *, agreed: bool) -> Histories:
    world.catalogue.put_playlist("Mine", [TRACKS[0].uri, TRACKS[6].uri, TRACKS[4].uri])
    started = await world.start(MILES[:3], mode=SyncMode.MIRROR)
    await _asked(world, started)
    await world.music.confirm(started.workflow_id, agreed=agreed)
    return await _ended(world, case, started)


async def _asked(world: MusicWorld, started: StartedSync) -> None:
    async def asks() -> bool:
        now = await world.music.progress(started.workflow_id)
        return now is not None and now.phase is SyncPhase.AWAITING_CONFIRMATION

    await until(asks, "the mirror's question")


async def _one_song(
    world: MusicWorld, case: str, song: SongMetadata, held: Sequence[str] = ()
) -> Histories:
    playlist_id = world.catalogue.put_playlist(case, held)
    try:
        await add_song(world.music, song, playlist_id)
    except SegueError as told:
        print(f"{case}: {told.message}")
    found = [
        execution
        async for execution in world.client.list_workflows("WorkflowType = 'MusicSyncWorkflow'")
    ]
    newest = max(found, key=lambda execution: execution.start_time)
    return {case: await world.client.get_workflow_handle(newest.id).fetch_history()}


async def _ended(world: MusicWorld, case: str, started: StartedSync) -> Histories:
    """The histories of all runs of a sync, numbered where there are several."""
    try:
        await world.music.report(started.workflow_id)
    except SegueError as told:
        print(f"{case}: {told.message}")
    runs = await all_runs(world.client, started.workflow_id)
    return numbered(case, runs)


async def all_runs(client: Client, workflow_id: str) -> list[WorkflowHistory]:
    """The histories of every run of a workflow, the first one first."""
    runs: list[WorkflowHistory] = []
    run_id: str | None = (await client.get_workflow_handle(workflow_id).describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        runs.insert(0, history)
        began = history.events[0].workflow_execution_started_event_attributes
        run_id = began.continued_execution_run_id
    return runs


def numbered(case: str, runs: Sequence[WorkflowHistory]) -> Histories:
    """Histories by case, numbered where there are several runs."""
    return {case if len(runs) == 1 else f"{case}-{n}": run for n, run in enumerate(runs, start=1)}


def write(file: Path, history: WorkflowHistory) -> None:
    """Record a history, unless the file is there."""
    if file.exists():
        print(f"{file.name} is there already")
        return
    events = json.loads(history.to_json(), object_hook=_scrubbed)
    file.write_text(json.dumps(events, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{file.name}: {len(history.events)} events, {file.stat().st_size:,} bytes")


def _scrubbed(part: dict[str, Any]) -> dict[str, Any]:
    """Without what tells on which machine, by whom and from which files it was recorded."""
    neutral = {"identity": NEUTRAL, "buildId": NEUTRAL, "binaryChecksum": NEUTRAL}
    if part.get("kind") == "TASK_QUEUE_KIND_STICKY":
        neutral["name"] = NEUTRAL
    return {key: neutral.get(key, value) for key, value in part.items() if key != "stackTrace"}


if __name__ == "__main__":
    asyncio.run(main())
    time.sleep(0.1)  # the SDK's threads end; see segue.runtime.client
