"""``match-tracks``: verdicts for a batch of rows, remembered as they come."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from temporalio import activity

from segue.errors.catalogue import (
    CatalogueError,
    ForbiddenError,
    LoginRequiredError,
    RateLimitedError,
)
from segue.music.activities.choosing import count_verdicts
from segue.music.activities.finding import find
from segue.music.catalogues.port import Catalogue
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import MusicStore
from segue.music.store.verdicts import wish_key
from segue.music.wire.matching import MatchTracksInput, MatchTracksResult
from segue.music.wire.names import MATCH_TRACKS
from segue.runtime.heartbeats import heartbeating

SAVE_EVERY = 25  # searches lost at most when a worker is killed; fewer would cost a commit each


@dataclass
class _Batch:
    """What a call has found so far.

    Attributes:
        songs: Still to search, by wish.
        rows: The rows that wish each of them.
        verdicts: By row.
        trouble: The last retryable error.
        halted: The catalogue asked us to stop.
    """

    songs: dict[str, SongMetadata] = field(default_factory=dict[str, SongMetadata])
    rows: defaultdict[str, list[int]] = field(
        default_factory=lambda: defaultdict[str, list[int]](list)
    )
    verdicts: dict[int, Verdict] = field(default_factory=dict[int, Verdict])
    trouble: CatalogueError | None = None
    halted: bool = False


class MatchingActivities:
    """Search and decide for many rows.

    Args:
        catalogue: Where to search.
        store: Source rows in, verdicts out.
        concurrency: Searches in flight at once in this worker, > 0.
    """

    def __init__(self, catalogue: Catalogue, store: MusicStore, concurrency: int) -> None:
        self._catalogue = catalogue
        self._store = store
        self._turns = asyncio.Semaphore(concurrency)

    @activity.defn(name=MATCH_TRACKS)
    async def match_tracks(self, request: MatchTracksInput) -> MatchTracksResult:
        """Find a verdict for every row that has none, and record all of them.

        A rate limit stops the batch at once; rows that could not be searched come back as pending.

        Idempotency: verdicts are remembered as they come, so a second run searches only what the
        first did not finish.

        Raises:
            LoginRequiredError: Nobody is logged in any more.
            ForbiddenError: The login may not search.
            CatalogueError: Rows were to be given up, and the catalogue serves nobody.
        """
        async with heartbeating():
            batch = await self._open(request)
            waiting = list(batch.songs)
            for start in range(0, len(waiting), SAVE_EVERY):
                keys = waiting[start : start + SAVE_EVERY]
                await self._search(batch, keys, give_up=request.give_up)
            await self._store.runs.save_rows(request.run_id, batch.verdicts)
        return _result(request, batch)

    async def _open(self, request: MatchTracksInput) -> _Batch:
        songs = await self._store.imports.rows(request.import_id, request.rows)
        keys = {row: wish_key(song) for row, song in songs.items()}
        verdicts = await self._stored_verdicts(list(songs.values()), refresh=request.refresh)
        batch = _Batch()
        for row, key in keys.items():
            if key in verdicts:
                batch.verdicts[row] = verdicts[key]
            else:
                batch.songs[key] = songs[row]
                batch.rows[key].append(row)
        return batch

    async def _stored_verdicts(
        self, songs: Sequence[SongMetadata], *, refresh: bool
    ) -> dict[str, Verdict]:
        keys = sorted({wish_key(song) for song in songs})
        earlier = {} if refresh else await self._store.verdicts.fresh_verdicts(keys)
        # What was found earlier costs nothing now, and a report says what a run has cost.
        free = {key: verdict.model_copy(update={"searches": 0}) for key, verdict in earlier.items()}
        return {**free, **await self._store.verdicts.decisions_for(songs)}

    async def _search(self, batch: _Batch, keys: Sequence[str], *, give_up: bool) -> None:
        answers = await asyncio.gather(*(self._search_one(batch, key, give_up) for key in keys))
        verdicts = {key: verdict for key, verdict in zip(keys, answers, strict=True) if verdict}
        lasting = {
            key: verdict for key, verdict in verdicts.items() if verdict.decision != "failed"
        }
        await self._store.verdicts.remember(lasting)
        await self._store.verdicts.ask(_doubts(batch.songs, lasting))
        for key, verdict in verdicts.items():
            for copy, row in enumerate(batch.rows[key]):
                batch.verdicts[row] = (
                    verdict.model_copy(update={"searches": 0}) if copy else verdict
                )

    async def _search_one(self, batch: _Batch, key: str, give_up: bool) -> Verdict | None:  # noqa: FBT001 - positional for gather
        async with self._turns:
            if batch.halted:
                return None
            try:
                return await find(batch.songs[key], self._catalogue)
            except (LoginRequiredError, ForbiddenError):
                raise
            except CatalogueError as error:
                if give_up and error.is_outage:
                    await self._raise_if_away(error)
                return _note_failure(batch, error, give_up=give_up)

    async def _raise_if_away(self, error: CatalogueError) -> None:
        """Raise ``error`` unless the catalogue serves other calls: then the song is what fails."""
        if isinstance(error, RateLimitedError):
            raise error
        try:
            await self._catalogue.my_id()
        except CatalogueError as other:
            if other.is_outage:
                raise


def _note_failure(batch: _Batch, error: CatalogueError, *, give_up: bool) -> Verdict | None:
    if error.retryable and not give_up:
        batch.trouble = error
        batch.halted = batch.halted or isinstance(error, RateLimitedError)
        return None
    return Verdict(decision="failed", reason=f"could not be searched: {error.message}")


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
