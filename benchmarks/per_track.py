"""The design of the guide that Segue grew from: a workflow per track, five activities in a row.

A worker for it runs as ``python -m benchmarks.per_track ADDRESS CATALOGUE_URL``.
"""

import asyncio
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from segue.music.catalogues.open import open_local
    from segue.music.catalogues.port import Catalogue
    from segue.music.contracts.base import Wire
    from segue.music.contracts.songs import SongMetadata, Track
    from segue.music.contracts.verdicts import Verdict
    from segue.music.matching.decide import judge
    from segue.runtime.client import connect
    from segue.runtime.signals import stop_on_signals
    from segue.runtime.worker import WorkerParts, run_workers

QUEUE = "per-track"
CALL_WITHIN = timedelta(seconds=30)
TRIES = RetryPolicy(maximum_attempts=5)


class Wish(Wire):
    """One track for one playlist; ``empty`` makes every activity do nothing."""

    song: SongMetadata
    playlist_id: str
    empty: bool = False


class Candidates(Wire):
    """A wish with what a search found, and then with what was chosen."""

    wish: Wish
    tracks: tuple[Track, ...] = ()
    verdict: Verdict | None = None


class PerTrack:
    """The five activities with the fewest requests they can do: a search and an add."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @activity.defn(name="per-track-search")
    async def search(self, wish: Wish) -> Candidates:
        """One search. Idempotency: reads only."""
        if wish.empty:
            return Candidates(wish=wish)
        song = wish.song
        return Candidates(
            wish=wish, tracks=await self._catalogue.search(f"{song.title} {song.artist}")
        )

    @activity.defn(name="per-track-match")
    async def match(self, found: Candidates) -> Candidates:
        """Choose. Idempotency: pure."""
        if found.wish.empty:
            return found
        return found.model_copy(update={"verdict": judge(found.wish.song, found.tracks)})

    @activity.defn(name="per-track-disambiguate")
    async def disambiguate(self, found: Candidates) -> Candidates:
        """Nothing is in doubt here. Idempotency: does nothing."""
        return found

    @activity.defn(name="per-track-add")
    async def add(self, found: Candidates) -> Candidates:
        """One add at the end. Idempotency: none, as in that design."""
        if found.verdict and found.verdict.track:
            await self._catalogue.add_items(
                found.wish.playlist_id, [found.verdict.track.uri], position=0
            )
        return found

    @activity.defn(name="per-track-verify")
    async def verify(self, found: Candidates) -> bool:
        """One page read back. Idempotency: reads only."""
        if found.wish.empty:
            return True
        return (await self._catalogue.read_items(found.wish.playlist_id, limit=1)).total > 0


@workflow.defn(name="PerTrackWorkflow")
class PerTrackWorkflow:
    """Search, match, disambiguate, add, verify."""

    @workflow.run
    async def run(self, wish: Wish) -> bool:
        """Whether the playlist holds something afterwards."""
        found = await workflow.execute_activity_method(
            PerTrack.search, wish, start_to_close_timeout=CALL_WITHIN, retry_policy=TRIES
        )
        for step in (PerTrack.match, PerTrack.disambiguate, PerTrack.add):
            found = await workflow.execute_activity_method(
                step, found, start_to_close_timeout=CALL_WITHIN, retry_policy=TRIES
            )
        return await workflow.execute_activity_method(
            PerTrack.verify, found, start_to_close_timeout=CALL_WITHIN, retry_policy=TRIES
        )


async def serve(address: str, catalogue_url: str) -> None:
    """Work until SIGTERM."""
    client = await connect(address, {})
    steps = PerTrack(open_local(catalogue_url))
    parts = WorkerParts(
        task_queue=QUEUE,
        workflows=[PerTrackWorkflow],
        activities=[steps.search, steps.match, steps.disambiguate, steps.add, steps.verify],
    )
    with stop_on_signals() as stop:
        await run_workers(client, [parts], stop=stop)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
