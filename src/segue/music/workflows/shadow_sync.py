"""Shadow mode: the new path chooses once more, after the sync is done, and writes nothing."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from segue.music.activities.choosing import ChoosingActivities
    from segue.music.contracts.rollout import ShadowResult
    from segue.music.contracts.strategies import Strategy
    from segue.music.wire.agents import AgentVerdict, SongMatchInput
    from segue.music.wire.matching import OpenRow, OpenRowsInput
    from segue.music.wire.names import SHADOW_SYNC
    from segue.music.wire.options import SHORT_CALL
    from segue.music.wire.shadows import RecordShadowInput, ShadowedRow, ShadowInput
    from segue.music.wire.syncs import PlaylistSyncInput
    from segue.music.workflows.row_agents import match_song, use_of
    from segue.runtime.gathering import gather_whole

ROWS = 100  # of a sync: enough to see a difference, and a history of one run
SHADOW_WITHIN = timedelta(minutes=10)  # then the sync ends without the rest


@workflow.defn(name=SHADOW_SYNC)
class ShadowSyncWorkflow:
    """Choose tracks the new way for a sync that has chosen the old way, and keep the differences.

    It never sees the playlist: it has no id to write to, and its verdicts go to a place of their
    own that no plan is made from.
    """

    @workflow.run
    async def run(self, shadow: ShadowInput) -> ShadowResult:
        """How the rows compare; what was compared before it is stopped is kept."""
        total = ShadowResult()
        end = min(shadow.rows, ROWS)
        for start in range(0, end, shadow.songs_at_once):
            rows = tuple(range(start, min(start + shadow.songs_at_once, end)))
            part = await self._compare(shadow, rows)
            total = ShadowResult(
                compared=total.compared + part.compared,
                different=total.different + part.different,
                failed=total.failed + part.failed,
            )
        return total

    async def _compare(self, shadow: ShadowInput, rows: tuple[int, ...]) -> ShadowResult:
        songs = await workflow.execute_activity_method(
            ChoosingActivities.shadow_rows,
            OpenRowsInput(run_id=shadow.run_id, import_id=shadow.import_id, rows=rows),
            **SHORT_CALL,
        )
        verdicts = await gather_whole(_choose(shadow, row) for row in songs.rows)
        return await workflow.execute_activity_method(
            ChoosingActivities.record_shadow,
            RecordShadowInput(
                run_id=shadow.run_id,
                strategy=shadow.strategy,
                rows=tuple(
                    ShadowedRow(row=row.row, verdict=verdict)
                    for row, verdict in zip(songs.rows, verdicts, strict=True)
                ),
                use=use_of([verdict for verdict in verdicts if verdict]),
            ),
            **SHORT_CALL,
        )


async def _choose(shadow: ShadowInput, row: OpenRow) -> AgentVerdict | None:
    song = SongMatchInput(
        run_id=shadow.run_id, row=row.row, song=row.song, strategy=shadow.strategy, record=False
    )
    end = await match_song(song, name="shadow")
    return end if isinstance(end, AgentVerdict) else None


async def run_shadow(sync: PlaylistSyncInput, strategy: Strategy) -> None:
    """Run the new path beside a sync that is done; it ends with the sync, and never changes how.

    A sync that is cancelled now has nothing left to undo: only its shadow ends.
    """
    shadow = ShadowInput(
        run_id=sync.run_id,
        import_id=sync.request.import_id,
        rows=sync.rows,
        strategy=strategy,
        songs_at_once=sync.songs_at_once,
    )
    child = workflow.execute_child_workflow(
        ShadowSyncWorkflow.run, shadow, id=f"shadow-{sync.run_id}"
    )
    try:
        await asyncio.wait_for(child, SHADOW_WITHIN.total_seconds())
    except (TimeoutError, asyncio.CancelledError, FailureError) as end:
        workflow.logger.info("the shadow of sync %s has ended early: %s", sync.run_id, type(end))
