"""Agents that choose tracks inside a playlist sync: each song, or each batch of doubts, a child.

They choose and never write: what they decide is kept beside the matcher's verdicts, and the sync
plans from there as ever.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from segue.errors.base import SegueError
    from segue.errors.run import AgentError
    from segue.music.activities.choosing import ChoosingActivities
    from segue.music.contracts.agent_use import AgentUse, GivenBack
    from segue.music.contracts.strategies import PER_SONG, Strategy
    from segue.music.wire.agents import (
        AgentVerdict,
        DoubtsInput,
        DoubtsResult,
        SongMatchInput,
    )
    from segue.music.wire.matching import (
        ChosenRow,
        OpenRow,
        OpenRows,
        OpenRowsInput,
        RecordVerdictsInput,
    )
    from segue.music.wire.names import DOUBTS, SONG_MATCH
    from segue.music.wire.options import SHORT_CALL
    from segue.music.wire.search_order import priority_of
    from segue.music.wire.syncs import PlaylistSyncInput, SyncCounts
    from segue.music.workflows.gate import Gate
    from segue.runs.contracts import Spent
    from segue.runtime.faults import from_failure
    from segue.runtime.gathering import gather_whole


@dataclass(frozen=True)
class Chosen:
    """What agents came to in a batch.

    Attributes:
        counts: To be added to the sync's; doubts that were settled count as -1 review.
        given_back: Rows whose agent failed, for the pipeline.
        use: What it cost.
    """

    counts: SyncCounts = field(default_factory=SyncCounts)
    given_back: tuple[int, ...] = ()
    use: AgentUse = field(default_factory=AgentUse)


class RowAgents:
    """The agents of one playlist sync.

    Args:
        sync: Its input.
        gate: Every child passes here before it begins.
    """

    def __init__(self, sync: PlaylistSyncInput, gate: Gate) -> None:
        self._sync = sync
        self._gate = gate
        self._turns = asyncio.Semaphore(sync.songs_at_once)

    @property
    def per_song(self) -> bool:
        """Whether every song goes to an agent."""
        return self._sync.strategy in PER_SONG

    @property
    def for_doubts(self) -> bool:
        """Whether a model looks at what the matcher left in doubt."""
        return self._sync.strategy is Strategy.ASSISTED

    async def choose(self, rows: tuple[int, ...]) -> Chosen:
        """Let agents choose a track for each row that no person has decided."""
        await self._gate.wait_open()
        songs = await open_rows(self._rows(rows))
        verdicts = await gather_whole(self._song(row) for row in songs.rows)
        by_row = dict(zip([row.row for row in songs.rows], verdicts, strict=True))
        choices = {row: end for row, end in by_row.items() if isinstance(end, AgentVerdict)}
        counts = await self._record(choices) if choices else SyncCounts()
        failures = {row: end for row, end in by_row.items() if isinstance(end, SegueError)}
        use = use_of(list(choices.values()))
        for failure in failures.values():
            use = use.plus(use_of_failure(failure, rows=1))
        return Chosen(songs.counts.plus(counts), tuple(failures), use)

    async def settle(self, rows: tuple[int, ...]) -> Chosen:
        """Let a model look at the rows that the matcher left in doubt."""
        doubts = await workflow.execute_activity_method(
            ChoosingActivities.open_doubts,
            self._rows(rows),
            **SHORT_CALL,
        )
        if not doubts.doubts:
            return Chosen()
        answer = await self._doubts(doubts)
        count = len(doubts.doubts)
        if isinstance(answer, SegueError):
            return Chosen(use=use_of_failure(answer, rows=count))
        counts = await self._record({row.row: row.verdict for row in answer.verdicts})
        use = spent_as_use(answer.spent, offline=answer.offline).plus(
            AgentUse(asked=answer.asked, given_back=answer.failed, reasons=answer.reasons)
        )
        # The matcher's searches for these rows are counted already.
        change = counts.plus(SyncCounts(review=-count, searches=-counts.searches))
        return Chosen(change, use=use)

    async def _song(self, row: OpenRow) -> AgentVerdict | SegueError:
        async with self._turns:
            await self._gate.wait_open()
            return await match_song(
                SongMatchInput(
                    run_id=self._sync.run_id,
                    row=row.row,
                    song=row.song,
                    strategy=self._sync.strategy,
                    playlist_id=self._sync.playlist.id,
                ),
                name="song",
            )

    async def _doubts(self, doubts: DoubtsInput) -> DoubtsResult | SegueError:
        async with self._turns:
            await self._gate.wait_open()
            try:
                return await workflow.execute_child_workflow(
                    DOUBTS,
                    doubts,
                    id=f"doubts-{doubts.run_id}-{doubts.doubts[0].row}",
                    result_type=DoubtsResult,
                )
            except ChildWorkflowError as failure:
                raise_if_ours(failure)
                return from_failure(failure)

    async def _record(self, choices: dict[int, AgentVerdict]) -> SyncCounts:
        return await workflow.execute_activity_method(
            ChoosingActivities.record_verdicts,
            RecordVerdictsInput(
                run_id=self._sync.run_id,
                chosen=tuple(
                    ChosenRow(row=row, verdict=verdict) for row, verdict in choices.items()
                ),
            ),
            **SHORT_CALL,
        )

    def _rows(self, rows: tuple[int, ...]) -> OpenRowsInput:
        return OpenRowsInput(
            run_id=self._sync.run_id, import_id=self._sync.request.import_id, rows=rows
        )


async def open_rows(request: OpenRowsInput) -> OpenRows:
    """The songs of a batch that an agent is to choose for."""
    return await workflow.execute_activity_method(
        ChoosingActivities.open_rows,
        request,
        **SHORT_CALL,
    )


async def match_song(song: SongMatchInput, *, name: str) -> AgentVerdict | SegueError:
    """What an agent decides for a song, or why it failed.

    Args:
        song: The row.
        name: Beginning of the child's id.
    """
    try:
        return await workflow.execute_child_workflow(
            SONG_MATCH,
            song,
            id=f"{name}-{song.run_id}-{song.row}",
            priority=priority_of(song.row),
            result_type=AgentVerdict,
        )
    except ChildWorkflowError as failure:
        raise_if_ours(failure)
        return from_failure(failure)


def raise_if_ours(failure: ChildWorkflowError) -> None:
    """Raise the failure of a child that was cancelled with us: it is none of an agent's."""
    if is_cancelled_exception(failure) and workflow.cancellation_reason() is not None:
        raise failure


def use_of(verdicts: Sequence[AgentVerdict]) -> AgentUse:
    """What the agents of these verdicts used."""
    use = AgentUse(asked=len(verdicts))
    for verdict in verdicts:
        use = use.plus(spent_as_use(verdict.spent, offline=verdict.offline))
    return use


def use_of_failure(failure: SegueError, *, rows: int) -> AgentUse:
    """What agents used that came to no end, and why they did not."""
    code, use = failure.code, Spent()
    if isinstance(failure, AgentError):
        code, use = failure.cause or failure.code, Spent.model_validate(failure.use)
    reason = GivenBack(code=code, hint=failure.hint, count=rows)
    return spent_as_use(use, offline=False).plus(
        AgentUse(asked=rows, given_back=rows, reasons=(reason,))
    )


def spent_as_use(account: Spent, *, offline: bool) -> AgentUse:
    """An account of runs in the words of syncs."""
    return AgentUse(
        model_calls=account.model_calls,
        tokens=account.tokens,
        cost_usd=float(account.cost_usd),
        unpriced_calls=account.unpriced_calls,
        offline=offline,
    )
