"""``match-tracks``: verdicts for a batch of rows, each recorded as it comes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity

from segue.errors.catalogue import (
    CatalogueError,
    ForbiddenError,
    LoginRequiredError,
    RateLimitedError,
)
from segue.music.activities.choosing import count_verdicts
from segue.music.activities.finding import find
from segue.music.activities.searching import PacedSearches
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import MusicStore
from segue.music.store.verdicts import wish_key
from segue.music.wire.matching import MatchTracksInput, MatchTracksResult
from segue.music.wire.names import MATCH_TRACKS
from segue.music.wire.search_order import step_of
from segue.runtime.heartbeats import heartbeating

# A call gives back after so long what it had no turn for: it waits for others in this process, and
# its own time is not there for that.
PATIENCE = timedelta(minutes=1)

# What a killed worker has searched in vain at most. A slow catalogue's verdicts are recorded one by
# one; a fast one's together, because each record is a commit.
SAVE_AFTER = timedelta(milliseconds=250)


TURN = "its turn to search: other syncs share the catalogue"


@dataclass
class _Batch:
    """What a call has found so far.

    Attributes:
        songs: Still to search, by wish.
        rows: The rows that wish each of them.
        verdicts: By row.
        unsaved: Wishes whose verdicts are not in the database yet, with these.
        searching: Wishes that have a turn now.
        trouble: The last retryable error.
        halted: The catalogue asked for a long wait, or refuses everything.
    """

    songs: dict[str, SongMetadata] = field(default_factory=dict[str, SongMetadata])
    rows: defaultdict[str, list[int]] = field(
        default_factory=lambda: defaultdict[str, list[int]](list)
    )
    verdicts: dict[int, Verdict] = field(default_factory=dict[int, Verdict])
    unsaved: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    searching: set[str] = field(default_factory=set[str])
    trouble: CatalogueError | None = None
    halted: bool = False

    def waits_for(self) -> str:
        """What all of it waits for; empty while a song is being searched."""
        return "" if self.searching or not self.songs else TURN

    def decide(self, key: str, verdict: Verdict) -> None:
        """Take a verdict for all rows of a wish; its searches count once."""
        self.unsaved[key] = verdict
        for copy, row in enumerate(self.rows[key]):
            self.verdicts[row] = verdict.model_copy(update={"searches": 0}) if copy else verdict


class MatchingActivities:
    """Search and decide for many rows.

    Args:
        searches: Those of this worker.
        store: Source rows in, verdicts out.
        patience: How long a call waits for turns.
    """

    def __init__(
        self, searches: PacedSearches, store: MusicStore, patience: timedelta = PATIENCE
    ) -> None:
        self._searches = searches
        self._store = store
        self._patience = patience

    @activity.defn(name=MATCH_TRACKS)
    async def match_tracks(self, request: MatchTracksInput) -> MatchTracksResult:
        """Find a verdict for every row that has none, and record each as it comes.

        Rows that had no turn in time come back as pending, without a reason; so do rows that could
        not be searched, with one. A long wait that the catalogue asks for stops the batch at once.

        Idempotency: what an earlier try of this run has decided stands, so that a second try
        searches only what the first did not come to.

        Raises:
            LoginRequiredError: Nobody is logged in any more.
            ForbiddenError: The login may not search.
            CatalogueError: Rows were to be given up, and the catalogue serves nobody.
        """
        batch = _Batch()
        async with heartbeating(batch.waits_for):
            await self._open(batch, request)
            try:
                await self._search(batch, request)
            finally:  # also when it is cancelled, or refused for good
                await self._save(request.run_id, batch)
        return _result(request, batch)

    async def _open(self, batch: _Batch, request: MatchTracksInput) -> None:
        earlier = await self._store.runs.at(request.run_id, request.rows)
        batch.verdicts.update(
            (row, verdict) for row, verdict in earlier.items() if verdict.decision != "failed"
        )
        rows = [row for row in request.rows if row not in batch.verdicts]
        songs = await self._store.imports.rows(request.import_id, rows)
        verdicts = await self._stored_verdicts(list(songs.values()), refresh=request.refresh)
        answers: dict[int, Verdict] = {}
        for row, song in songs.items():
            key = wish_key(song)
            if key in verdicts:
                answers[row] = verdicts[key]
            else:
                batch.songs[key] = song
                batch.rows[key].append(row)
        await self._store.runs.save_rows(request.run_id, answers)
        batch.verdicts.update(answers)

    async def _stored_verdicts(
        self, songs: Sequence[SongMetadata], *, refresh: bool
    ) -> dict[str, Verdict]:
        keys = sorted({wish_key(song) for song in songs})
        earlier = {} if refresh else await self._store.verdicts.fresh_verdicts(keys)
        # What was found earlier costs nothing now, and a report says what a run has cost.
        free = {key: verdict.model_copy(update={"searches": 0}) for key, verdict in earlier.items()}
        return {**free, **await self._store.verdicts.decisions_for(songs)}

    async def _search(self, batch: _Batch, request: MatchTracksInput) -> None:
        tasks = {
            asyncio.create_task(self._search_one(batch, key, request)): key for key in batch.songs
        }
        open_tasks, saved_at = set(tasks), time.monotonic()
        ends_at = saved_at + self._patience.total_seconds()
        try:
            while open_tasks and not batch.halted and (now := time.monotonic()) < ends_at:
                wakes_at = saved_at + SAVE_AFTER.total_seconds() if batch.unsaved else ends_at
                ended_tasks, open_tasks = await asyncio.wait(
                    open_tasks,
                    timeout=max(0.0, min(wakes_at, ends_at) - now),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in ended_tasks:
                    task.result()
                if time.monotonic() >= saved_at + SAVE_AFTER.total_seconds():
                    await self._save(request.run_id, batch)
                    saved_at = time.monotonic()
        except asyncio.CancelledError:
            batch.searching.clear()  # nobody waits for these either
            raise
        finally:
            for task in open_tasks:
                if tasks[task] not in batch.searching:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # or asyncio logs each failure

    async def _search_one(self, batch: _Batch, key: str, request: MatchTracksInput) -> None:
        async with self._searches.turn(request.run_id, step_of(batch.rows[key][0])):
            if batch.halted:
                return
            batch.searching.add(key)
            try:
                verdict = await find(batch.songs[key], self._searches)
            except (LoginRequiredError, ForbiddenError):
                batch.halted = True
                raise
            except CatalogueError as error:
                if request.give_up:
                    await self._searches.raise_if_away(error)
                if error.retryable and not request.give_up:
                    batch.trouble = error
                    batch.halted = batch.halted or isinstance(error, RateLimitedError)
                    return
                reason = f"could not be searched: {error.message}"
                verdict = Verdict(decision="failed", reason=reason)
            finally:
                batch.searching.discard(key)
            batch.decide(key, verdict)

    async def _save(self, run_id: str, batch: _Batch) -> None:
        verdicts = dict(batch.unsaved)
        lasting = {
            key: verdict for key, verdict in verdicts.items() if verdict.decision != "failed"
        }
        await self._store.verdicts.remember(lasting)
        await self._store.verdicts.ask(_doubts(batch.songs, lasting))
        rows = [row for key in verdicts for row in batch.rows[key]]
        await self._store.runs.save_rows(run_id, {row: batch.verdicts[row] for row in rows})
        for key in verdicts:
            del batch.unsaved[key]


def _doubts(
    songs: Mapping[str, SongMetadata], verdicts: Mapping[str, Verdict]
) -> dict[str, tuple[SongMetadata, Verdict]]:
    return {
        key: (songs[key], verdict)
        for key, verdict in verdicts.items()
        if verdict.decision == "review"
    }


def _result(request: MatchTracksInput, batch: _Batch) -> MatchTracksResult:
    trouble = batch.trouble
    wait = trouble.retry_after if isinstance(trouble, RateLimitedError) else None
    return MatchTracksResult(
        counts=count_verdicts(batch.verdicts.values()),
        pending=tuple(row for row in request.rows if row not in batch.verdicts),
        retry_after_seconds=wait.total_seconds() if wait else 0.0,
        reason=trouble.message if trouble else "",
    )
