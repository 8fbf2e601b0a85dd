"""What surrounds agents in a sync: which rows they get, and what is kept of their verdicts."""

from collections.abc import Iterable

from temporalio import activity

from segue.music.contracts.rollout import ShadowResult
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import MusicStore
from segue.music.store.verdicts import wish_key
from segue.music.wire.agents import DoubtsInput, RowDoubt
from segue.music.wire.matching import OpenRow, OpenRows, OpenRowsInput, RecordVerdictsInput
from segue.music.wire.names import (
    OPEN_DOUBTS,
    OPEN_ROWS,
    RECORD_SHADOW,
    RECORD_VERDICTS,
    SHADOW_ROWS,
)
from segue.music.wire.shadows import RecordShadowInput
from segue.music.wire.syncs import SyncCounts
from segue.runtime.heartbeats import heartbeating


class ChoosingActivities:
    """Rows out, verdicts in.

    Args:
        store: Source rows, verdicts and what people decided.
    """

    def __init__(self, store: MusicStore) -> None:
        self._store = store

    @activity.defn(name=OPEN_ROWS)
    async def open_rows(self, request: OpenRowsInput) -> OpenRows:
        """The songs of a batch that an agent is to choose for; a person's decisions are recorded.

        Idempotency: a second run records the same decisions again and answers the same, unless a
        person has decided one more meanwhile.
        """
        async with heartbeating():
            songs = await self._store.imports.rows(request.import_id, request.rows)
            decisions = await self._store.verdicts.decisions_for(list(songs.values()))
            verdicts = {
                row: decisions[key]
                for row, song in songs.items()
                if (key := wish_key(song)) in decisions
            }
            await self._store.runs.save_rows(request.run_id, verdicts)
        rows = [row for row in request.rows if row not in verdicts]
        return OpenRows(
            rows=tuple(OpenRow(row=row, song=songs[row]) for row in rows),
            counts=count_verdicts(verdicts.values()),
        )

    @activity.defn(name=OPEN_DOUBTS)
    async def open_doubts(self, request: OpenRowsInput) -> DoubtsInput:
        """The rows of a batch that the matcher could not decide.

        Idempotency: reads only.
        """
        async with heartbeating():
            verdicts = await self._store.runs.at(request.run_id, request.rows)
            doubtful = {
                row: verdict for row, verdict in verdicts.items() if verdict.decision == "review"
            }
            songs = await self._store.imports.rows(request.import_id, list(doubtful))
        doubts = [
            RowDoubt(row=row, song=songs[row], verdict=doubtful[row]) for row in sorted(doubtful)
        ]
        return DoubtsInput(run_id=request.run_id, doubts=tuple(doubts))

    @activity.defn(name=SHADOW_ROWS)
    async def shadow_rows(self, request: OpenRowsInput) -> OpenRows:
        """The songs of a batch that the sync itself has decided, not a person.

        Idempotency: reads only.
        """
        async with heartbeating():
            verdicts = await self._store.runs.at(request.run_id, request.rows)
            rows = [row for row in sorted(verdicts) if verdicts[row].decided_by != "user"]
            songs = await self._store.imports.rows(request.import_id, rows)
        return OpenRows(rows=tuple(OpenRow(row=row, song=songs[row]) for row in rows))

    @activity.defn(name=RECORD_VERDICTS)
    async def record_verdicts(self, request: RecordVerdictsInput) -> SyncCounts:
        """Keep what agents decided for this run, and only for it; how the verdicts split.

        Idempotency: the same verdicts again replace themselves.
        """
        async with heartbeating():
            verdicts = {row.row: row.verdict for row in request.chosen}
            await self._store.runs.save_rows(request.run_id, verdicts)
        return count_verdicts(verdicts.values())

    @activity.defn(name=RECORD_SHADOW)
    async def record_shadow(self, request: RecordShadowInput) -> ShadowResult:
        """Compare what the new path would have done with what this run did, and keep differences.

        Idempotency: the same rows again replace themselves; what they cost is counted once.
        """
        async with heartbeating():
            rows = {row.row: row.verdict for row in request.rows}
            ours = await self._store.runs.at(request.run_id, list(rows))
            pairs = {row: (ours[row], theirs) for row, theirs in rows.items() if row in ours}
            return await self._store.shadows.record(
                request.run_id, request.strategy, pairs, request.use
            )


def count_verdicts(verdicts: Iterable[Verdict]) -> SyncCounts:
    """How verdicts split."""
    items = list(verdicts)
    decisions = [verdict.decision for verdict in items]
    return SyncCounts(
        accepted=decisions.count("accept"),
        review=decisions.count("review"),
        not_found=decisions.count("none"),
        failed=decisions.count("failed"),
        searches=sum(verdict.searches for verdict in items),
    )
