"""Which strategy each sync had and how it ended, and whether the roll-out has fallen back."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.strategies import Strategy, StrategyChoice
from segue.music.contracts.tracks import TrackStatus
from segue.music.store.tables import ROLLOUTS, RUNS, SYNC_OUTCOMES
from segue.runs.store.counters import Counter, count
from segue.storage.database import Database
from segue.storage.statements import upsert

SONGS = "song"  # catalogue, status: what the totals of ended syncs are counted under

# `incomplete`: it ended, and the playlist is not as planned. `lost`: Temporal has forgotten it.
Outcome = Literal["verified", "planned", "incomplete", "failed", "cancelled", "lost"]


@dataclass(frozen=True, kw_only=True)
class StartedRun:
    """A sync at its start.

    Attributes:
        temporal_run_id: Of its first run.
        rows: Of its source.
        playlist_name: Of the playlist it goes into.
    """

    run_id: str
    workflow_id: str
    temporal_run_id: str
    choice: StrategyChoice
    rows: int
    dry_run: bool
    playlist_name: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredOutcome:
    """A sync with its strategy and its end.

    Attributes:
        started_at: Epoch seconds.
        outcome: None while it runs, or while nobody has looked.
        seconds: None where it has no end, or an end without a result.
        agents: None where no agent was asked.
        ended_at: When its end was recorded; epoch seconds.
        reason: Why it had this strategy.
        playlist_id: None where the playlist was not made.
        playlist_name: Empty where it is not known.
    """

    run_id: str
    import_id: str
    workflow_id: str
    temporal_run_id: str
    strategy: Strategy
    dry_run: bool
    rows: int
    started_at: float
    outcome: Outcome | None
    seconds: float | None
    agents: AgentUse | None
    ended_at: float | None = None
    reason: str = ""
    playlist_id: str | None = None
    playlist_name: str = ""

    @property
    def closed_at(self) -> float | None:
        """When it ended, as well as that is known; epoch seconds."""
        return self.ended_at if self.seconds is None else self.started_at + self.seconds


@dataclass(frozen=True)
class RolloutState:
    """Whether `auto` has gone back to the pipeline by itself.

    Attributes:
        fallen_back_at: Epoch seconds; None: it has not.
        reason: In words; empty while it has not.
        counted_from: Only syncs that began after this count; epoch seconds.
    """

    fallen_back_at: float | None = None
    reason: str = ""
    counted_from: float = 0.0


class OutcomeStore:
    """Outcomes of one catalogue's syncs.

    Args:
        database: Migrated.
        catalogue: Its name.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, catalogue: str, clock: Callable[[], float]) -> None:
        self._database = database.of("syncs")
        self._catalogue = catalogue
        self._clock = clock

    async def record_start(self, run: StartedRun) -> None:
        """Record the strategy of a run that was opened; a second call changes nothing."""
        row = {
            "run_id": run.run_id,
            "workflow_id": run.workflow_id,
            "temporal_run_id": run.temporal_run_id,
            "catalogue": self._catalogue,
            "requested": run.choice.requested,
            "strategy": run.choice.strategy,
            "reason": run.choice.reason,
            "bucket": run.choice.bucket,
            "dry_run": run.dry_run,
            "rows": run.rows,
            "started_at": self._clock(),
            "playlist_name": run.playlist_name,
        }
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, SYNC_OUTCOMES, replace=()), row
            )

    async def record_end(
        self,
        run_id: str,
        outcome: Outcome,
        *,
        seconds: float | None = None,
        agents: AgentUse | None = None,
    ) -> None:
        """Record how a run ended; the first end counts."""
        table = SYNC_OUTCOMES.c
        async with self._database.writing() as connection:
            await connection.execute(
                sa
                .update(SYNC_OUTCOMES)
                .where(table.run_id == run_id, table.outcome.is_(None))
                .values(
                    outcome=outcome,
                    ended_at=self._clock(),
                    seconds=seconds,
                    agents=agents.model_dump_json() if agents else None,
                )
            )

    async def count_songs(self, run_id: str, counts: Mapping[TrackStatus, int]) -> None:
        """Add a sync's songs to the totals that outlive it; a second call adds nothing.

        Args:
            run_id: Of a sync that was opened and has ended.
            counts: Its songs by their final status.
        """
        table = RUNS.c
        amounts = {
            Counter(SONGS, self._catalogue, status.value): float(songs)
            for status, songs in counts.items()
            if songs
        }
        async with self._database.writing() as connection:
            first = await connection.execute(
                sa
                .update(RUNS)
                .where(table.id == run_id, table.counted.is_(False))
                .values(counted=True)
            )
            if first.rowcount and amounts:
                self._database.add_up(count, amounts)

    async def without_end(self, *, limit: int) -> list[StoredOutcome]:
        """Runs whose end nobody has recorded yet, oldest first."""
        return await self._select(SYNC_OUTCOMES.c.outcome.is_(None), newest=False, limit=limit)

    async def latest(
        self, strategy: Strategy, *, limit: int, after: float = 0.0
    ) -> list[StoredOutcome]:
        """The newest runs of a strategy that have ended, newest first.

        Args:
            strategy: Of the runs.
            limit: How many at most.
            after: Only those that began later; epoch seconds.
        """
        table = SYNC_OUTCOMES.c
        condition = sa.and_(
            table.strategy == strategy, table.outcome.is_not(None), table.started_at > after
        )
        return await self._select(condition, newest=True, limit=limit)

    async def newest(self, *, limit: int) -> list[StoredOutcome]:
        """The newest syncs, newest first."""
        return await self._select(sa.true(), newest=True, limit=limit)

    async def newest_of(self, workflow_id: str) -> StoredOutcome | None:
        """The newest sync under a workflow's id."""
        condition = SYNC_OUTCOMES.c.workflow_id == workflow_id
        rows = await self._select(condition, newest=True, limit=1)
        return rows[0] if rows else None

    async def of_runs(self, temporal_run_ids: Collection[str]) -> list[StoredOutcome]:
        """The syncs that began as these runs of Temporal; a page of them at most."""
        condition = SYNC_OUTCOMES.c.temporal_run_id.in_(temporal_run_ids)
        return await self._select(condition, newest=True, limit=len(temporal_run_ids))

    async def state(self) -> RolloutState:
        """Whether the roll-out has fallen back."""
        statement = sa.select(ROLLOUTS).where(ROLLOUTS.c.catalogue == self._catalogue)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return RolloutState()
        return RolloutState(row.fallen_back_at, row.reason, row.counted_from)

    async def fall_back(self, reason: str) -> None:
        """Keep `auto` at the pipeline until :meth:`reset`; the first reason stays."""
        if (await self.state()).fallen_back_at is None:
            await self._save_state(fallen_back_at=self._clock(), reason=reason)

    async def reset(self) -> bool:
        """Let `auto` try the new path again, with a clean record; whether it had fallen back."""
        before = await self.state()
        await self._save_state(fallen_back_at=None, reason="", counted_from=self._clock())
        return before.fallen_back_at is not None

    async def _save_state(self, **values: object) -> None:
        row = {"catalogue": self._catalogue, "counted_from": 0.0, **values}
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, ROLLOUTS, replace=tuple(values)), row
            )

    async def _select(
        self, condition: sa.ColumnElement[bool], *, newest: bool, limit: int
    ) -> list[StoredOutcome]:
        table = SYNC_OUTCOMES.c
        order = (table.started_at, table.run_id)
        statement = (
            sa
            .select(SYNC_OUTCOMES, RUNS.c.import_id, RUNS.c.playlist_id)
            .join(RUNS, RUNS.c.id == table.run_id)
            .where(table.catalogue == self._catalogue, condition)
            .order_by(*(column.desc() for column in order) if newest else order)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [_as_outcome(row) for row in await connection.execute(statement)]


def _as_outcome(row: sa.Row[Any]) -> StoredOutcome:
    return StoredOutcome(
        run_id=row.run_id,
        import_id=row.import_id,
        workflow_id=row.workflow_id,
        temporal_run_id=row.temporal_run_id,
        strategy=Strategy(row.strategy),
        dry_run=row.dry_run,
        rows=row.rows,
        started_at=row.started_at,
        outcome=row.outcome,
        seconds=row.seconds,
        agents=AgentUse.model_validate_json(row.agents) if row.agents else None,
        ended_at=row.ended_at,
        reason=row.reason,
        playlist_id=row.playlist_id,
        playlist_name=row.playlist_name,
    )


async def run_ids_of(database: Database, workflow_id: str) -> list[str]:
    """The runs of a sync's workflow, of every catalogue: each sync into a playlist is one more."""
    statement = sa.select(SYNC_OUTCOMES.c.run_id).where(SYNC_OUTCOMES.c.workflow_id == workflow_id)
    async with database.of("syncs").reading() as connection:
        return list((await connection.scalars(statement)).all())
