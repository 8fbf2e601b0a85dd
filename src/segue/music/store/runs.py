"""What each sync found and planned, row by row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from segue.errors.sync import RunNotFoundError
from segue.music.contracts.verdicts import Verdict
from segue.music.planning.playlist_edits import PlaylistEdit
from segue.music.store.counts import DECIDED
from segue.music.store.tables import RUN_EDITS, RUN_ROWS, RUNS
from segue.music.store.verdict_text import verdict_text
from segue.music.wire.plans import Plan
from segue.storage.database import Database
from segue.storage.statements import upsert


@dataclass(frozen=True)
class StoredRun:
    """A sync without its rows; ``plan`` is None until it was planned."""

    id: str
    import_id: str
    playlist_id: str | None
    plan: Plan | None


class RunStore:
    """Rows and plans of syncs.

    Args:
        database: Migrated.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database.of("syncs")
        self._clock = clock

    async def open(self, run_id: str, import_id: str, playlist_id: str | None) -> None:
        """Make the run known; a second call changes nothing."""
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, RUNS, replace=()),
                {
                    "id": run_id,
                    "import_id": import_id,
                    "playlist_id": playlist_id,
                    "plan": None,
                    "created_at": self._clock(),
                },
            )

    async def get(self, run_id: str) -> StoredRun | None:
        """One run, or None."""
        async with self._database.reading() as connection:
            result = await connection.execute(sa.select(RUNS).where(RUNS.c.id == run_id))
            row = result.one_or_none()
        if row is None:
            return None
        plan = Plan.model_validate_json(row.plan) if row.plan else None
        return StoredRun(row.id, row.import_id, row.playlist_id, plan)

    async def save_rows(self, run_id: str, verdicts: Mapping[int, Verdict]) -> None:
        """Record verdicts by 0-based source position; the newest one wins."""
        if not verdicts:
            return
        rows = [
            {
                "run_id": run_id,
                "position": position,
                "decision": verdict.decision,
                "uri": verdict.track.uri if verdict.track else None,
                "verdict": verdict_text(verdict),
            }
            for position, verdict in verdicts.items()
        ]
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection.dialect.name, RUN_ROWS, replace=("decision", "uri", "verdict")),
                rows,
            )
        for row in rows:
            DECIDED.labels(row["decision"]).inc()

    async def accepted_uris(self, run_id: str) -> list[tuple[int, str]]:
        """Source position and URI of every accepted row, in source order."""
        statement = (
            sa
            .select(RUN_ROWS.c.position, RUN_ROWS.c.uri)
            .where(RUN_ROWS.c.run_id == run_id, RUN_ROWS.c.decision == "accept")
            .order_by(RUN_ROWS.c.position)
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return [(row.position, row.uri) for row in records]

    async def count_verdicts(self, run_id: str) -> int:
        """How many rows have a verdict, other than that they could not be searched."""
        statement = (
            sa
            .select(sa.func.count())
            .select_from(RUN_ROWS)
            .where(RUN_ROWS.c.run_id == run_id, RUN_ROWS.c.decision != "failed")
        )
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def decisions(self, run_id: str) -> dict[str, int]:
        """How many rows have each decision."""
        statement = (
            sa
            .select(RUN_ROWS.c.decision, sa.func.count())
            .where(RUN_ROWS.c.run_id == run_id)
            .group_by(RUN_ROWS.c.decision)
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return {str(decision): count for decision, count in records}

    async def rows(self, run_id: str, *, offset: int, limit: int) -> list[tuple[int, Verdict]]:
        """Source positions ``offset`` and up with their verdicts, at most ``limit``, in order."""
        statement = (
            sa
            .select(RUN_ROWS.c.position, RUN_ROWS.c.verdict)
            .where(RUN_ROWS.c.run_id == run_id, RUN_ROWS.c.position >= offset)
            .order_by(RUN_ROWS.c.position)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return [(row.position, Verdict.model_validate_json(row.verdict)) for row in records]

    async def at(self, run_id: str, positions: Sequence[int]) -> dict[int, Verdict]:
        """The verdicts at these 0-based source positions, where there are any."""
        statement = sa.select(RUN_ROWS.c.position, RUN_ROWS.c.verdict).where(
            RUN_ROWS.c.run_id == run_id, RUN_ROWS.c.position.in_(positions)
        )
        async with self._database.reading() as connection:
            records = await connection.execute(statement)
            return {row.position: Verdict.model_validate_json(row.verdict) for row in records}

    async def save_plan(self, run_id: str, plan: Plan, edits: Sequence[PlaylistEdit]) -> None:
        """Replace the run's plan and the edits that are left to send."""
        rows = [
            {"run_id": run_id, "number": number, "edit": edit.model_dump_json()}
            for number, edit in enumerate(edits)
        ]
        async with self._database.writing() as connection:
            await connection.execute(
                sa
                .update(RUNS)
                .where(RUNS.c.id == run_id)
                .values(plan=plan.model_dump_json(exclude_defaults=True))
            )
            await connection.execute(sa.delete(RUN_EDITS).where(RUN_EDITS.c.run_id == run_id))
            if rows:
                await connection.execute(sa.insert(RUN_EDITS), rows)

    async def edit(self, run_id: str, number: int) -> PlaylistEdit:
        """One edit of the newest plan, 0-based.

        Raises:
            RunNotFoundError: No such run or edit.
        """
        statement = sa.select(RUN_EDITS.c.edit).where(
            RUN_EDITS.c.run_id == run_id, RUN_EDITS.c.number == number
        )
        async with self._database.reading() as connection:
            text = (await connection.execute(statement)).scalar_one_or_none()
        if text is None:
            raise RunNotFoundError(f"Sync {run_id!r} has no planned edit {number}.")
        return PlaylistEdit.model_validate_json(text)
