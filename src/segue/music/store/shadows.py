"""Where the new path would have done something else than the pipeline did."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.rollout import ShadowResult
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.verdicts import Verdict
from segue.music.store.tables import RUNS, SHADOW_ROWS
from segue.storage.database import Database
from segue.storage.statements import upsert

Comparison = Literal["same", "different", "failed"]


@dataclass(frozen=True)
class StoredDifference:
    """One row where the two paths part.

    Attributes:
        row: 0-based position in the import.
        ours: What the sync did.
        theirs: What the new path would have done.
        seen_at: Epoch seconds.
    """

    run_id: str
    import_id: str
    row: int
    strategy: Strategy
    ours: Verdict
    theirs: Verdict
    seen_at: float


@dataclass(frozen=True)
class ShadowTotals:
    """All rows that shadow mode has looked at, and what that cost."""

    syncs: int
    rows: ShadowResult
    use: AgentUse


class ShadowStore:
    """Comparisons of one catalogue's syncs.

    Args:
        database: Migrated.
        catalogue: Its name.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, catalogue: str, clock: Callable[[], float]) -> None:
        self._database = database.of("syncs")
        self._catalogue = catalogue
        self._clock = clock

    async def record(
        self,
        run_id: str,
        strategy: Strategy,
        pairs: Mapping[int, tuple[Verdict, Verdict | None]],
        use: AgentUse,
    ) -> ShadowResult:
        """Keep how rows compare; the same rows again replace themselves.

        Args:
            run_id: The sync.
            strategy: The new path.
            pairs: By row: what was done, and what the new path would have done; None: it failed.
            use: What these rows cost together; kept with the first of them.
        """
        results = {row: comparison(ours, theirs) for row, (ours, theirs) in pairs.items()}
        if not pairs:
            return ShadowResult()
        first, now = min(pairs), self._clock()
        rows = [
            {
                "run_id": run_id,
                "position": row,
                "catalogue": self._catalogue,
                "strategy": strategy,
                "result": results[row],
                "ours": _text(ours) if results[row] == "different" else None,
                "theirs": _text(theirs) if theirs and results[row] == "different" else None,
                "agents": use.model_dump_json() if row == first else None,
                "seen_at": now,
            }
            for row, (ours, theirs) in pairs.items()
        ]
        columns = ("strategy", "result", "ours", "theirs", "agents", "seen_at")
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, SHADOW_ROWS, replace=columns), rows
            )
        return _result(Counter[str](results.values()))

    async def differences(self, *, limit: int) -> list[StoredDifference]:
        """Where the paths part: the newest sync first, each in the order of its source."""
        table = SHADOW_ROWS.c
        statement = (
            sa
            .select(SHADOW_ROWS, RUNS.c.import_id)
            .join(RUNS, RUNS.c.id == table.run_id)
            .where(table.catalogue == self._catalogue, table.result == "different")
            .order_by(RUNS.c.created_at.desc(), table.run_id, table.position)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [
                StoredDifference(
                    row.run_id,
                    row.import_id,
                    row.position,
                    Strategy(row.strategy),
                    Verdict.model_validate_json(row.ours),
                    Verdict.model_validate_json(row.theirs),
                    row.seen_at,
                )
                for row in await connection.execute(statement)
            ]

    async def totals(self) -> ShadowTotals:
        """Everything that was compared so far."""
        table = SHADOW_ROWS.c
        ours = table.catalogue == self._catalogue
        by_result = (
            sa
            .select(table.result, sa.func.count().label("rows"))
            .where(ours)
            .group_by(table.result)
        )
        syncs = sa.select(sa.func.count(sa.distinct(table.run_id))).where(ours)
        costs = sa.select(table.agents).where(ours, table.agents.is_not(None))
        async with self._database.reading() as connection:
            records = await connection.execute(by_result)
            counts = Counter[str]({row.result: row.rows for row in records})
            use = AgentUse()
            for text in await connection.scalars(costs):
                use = use.plus(AgentUse.model_validate_json(text))
            return ShadowTotals(await connection.scalar(syncs) or 0, _result(counts), use)


def comparison(ours: Verdict, theirs: Verdict | None) -> Comparison:
    """Whether two verdicts put the same into a playlist; a doubt adds nothing, as a no does."""
    if theirs is None:
        return "failed"
    return "same" if _addition(ours) == _addition(theirs) else "different"


def _addition(verdict: Verdict) -> str | None:
    return verdict.track.uri if verdict.decision == "accept" and verdict.track else None


def _text(verdict: Verdict) -> str:
    return verdict.model_dump_json(exclude_defaults=True)


def _result(counts: Counter[str]) -> ShadowResult:
    return ShadowResult(
        compared=counts["same"] + counts["different"],
        different=counts["different"],
        failed=counts["failed"],
    )
