"""What a sync did, row by row, from the database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from temporalio.client import WorkflowExecution

from segue.music.contracts.agent_use import per_thousand
from segue.music.contracts.reports import StoredReport, StoredRows
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.syncs import SyncReport
from segue.music.contracts.tracks import TrackOutcome, TrackStatus
from segue.music.contracts.verdicts import Verdict
from segue.music.store.music_store import MusicStore
from segue.music.wire.memo import memo_of_sync
from segue.music.wire.plans import Plan
from segue.music.wire.syncs import PlaylistSyncResult

_REFUSED = {
    "review": TrackStatus.REVIEW,
    "none": TrackStatus.NOT_FOUND,
    "failed": TrackStatus.FAILED,
}


async def sync_report(
    store: MusicStore, execution: WorkflowExecution, result: PlaylistSyncResult | None
) -> StoredReport:
    """A sync that has ended.

    Args:
        store: Of the catalogue it worked on.
        execution: The run.
        result: What the workflow returned; None: it was cancelled.

    Raises:
        RunNotFoundError: Its import is not stored.
    """
    memo = await memo_of_sync(execution)
    sync = await stored_sync(store, memo.run_id, memo.import_id, planned_counts=memo.dry_run)
    has_consent = result is None or result.confirmed
    agents = result.agents if result else None
    head = SyncReport(
        playlist=memo.playlist,
        counts=await sync.counts(store),
        verified=result.verified if result else False,
        removed=sync.plan.removed if has_consent else (),
        mode=memo.mode,
        dry_run=memo.dry_run,
        message=result.message if result else "The sync was cancelled.",
        workflow_id=execution.id,
        seconds=result.seconds if result else _seconds(execution),
        searches=result.searches if result else 0,
        strategy=memo.strategy,
        strategy_reason=memo.strategy_reason,
        agents=agents,
        per_thousand=per_thousand(agents, sync.songs) if agents else None,
    )
    return StoredReport(head, sync.rows(store))


@dataclass(frozen=True)
class StoredSync:
    """What the database holds of a sync, without its rows.

    Attributes:
        songs: Of its source.
        plan: Empty where it was not planned.
        statuses: Of the rows whose tracks are in the playlist, by 0-based position.
    """

    run_id: str
    import_id: str
    songs: int
    plan: Plan
    statuses: Mapping[int, TrackStatus]

    async def counts(self, store: MusicStore) -> dict[TrackStatus, int]:
        """Rows per status, every status present; as :func:`_outcome` tells each of them."""
        decisions = await store.runs.decisions(self.run_id)
        totals = Counter(self.statuses.values())
        totals[TrackStatus.REVIEW] = decisions.get("review", 0)
        totals[TrackStatus.NOT_FOUND] = decisions.get("none", 0)
        totals[TrackStatus.FAILED] = self.songs - totals.total()  # also accepted, and not added
        return {status: totals[status] for status in TrackStatus}

    def rows(self, store: MusicStore) -> StoredRows:
        """Every source row with its end."""

        async def read(positions: Sequence[int]) -> list[TrackOutcome]:
            wishes = await store.imports.rows(self.import_id, positions)
            verdicts = await store.runs.at(self.run_id, positions)
            return [
                _outcome(row, wishes[row], verdicts.get(row), self.statuses.get(row))
                for row in positions
            ]

        missing = tuple(row for row in range(self.songs) if row not in self.statuses)
        return StoredRows(songs=self.songs, missing=missing, read=read)


async def stored_sync(
    store: MusicStore, run_id: str, import_id: str, *, planned_counts: bool
) -> StoredSync:
    """What the database holds of a sync.

    Args:
        store: Of the catalogue the run used.
        run_id: The sync.
        import_id: Its source.
        planned_counts: Show tracks that are still to be added as added: for a dry run.

    Raises:
        RunNotFoundError: The import is not stored.
    """
    run = await store.runs.get(run_id)
    plan = (run.plan if run else None) or Plan()
    return StoredSync(
        run_id=run_id,
        import_id=import_id,
        songs=(await store.imports.get(import_id)).songs,
        plan=plan,
        statuses=_statuses(plan, planned_counts=planned_counts),
    )


def _statuses(plan: Plan, *, planned_counts: bool) -> dict[int, TrackStatus]:
    already, absent = set(plan.already), set(plan.absent)
    statuses: dict[int, TrackStatus] = {}
    for index, row in enumerate(plan.rows):
        if index in already:
            statuses[row] = TrackStatus.ALREADY_PRESENT
        elif planned_counts or index not in absent:
            statuses[row] = TrackStatus.ADDED
    return statuses


def _outcome(
    row: int, song: SongMetadata, verdict: Verdict | None, status: TrackStatus | None
) -> TrackOutcome:
    if verdict is None:
        return TrackOutcome(
            position=row + 1,
            query=song,
            status=TrackStatus.FAILED,
            reason="the sync ended before it came to this song",
        )
    reason = verdict.reason
    if verdict.decision == "accept" and status is None:
        status, reason = TrackStatus.FAILED, f"{reason}; not added: the sync ended before"
    nearest = verdict.alternatives[0].track if verdict.alternatives else None
    return TrackOutcome(
        position=row + 1,
        query=song,
        status=status or _REFUSED[verdict.decision],
        match=verdict.track or nearest,
        confidence=verdict.confidence,
        reason=reason,
        alternatives=verdict.alternatives,
    )


def _seconds(execution: WorkflowExecution) -> float:
    end = execution.close_time
    return (end - execution.start_time).total_seconds() if end else 0.0
