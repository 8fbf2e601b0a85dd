"""What agents used: model calls with every attempt, tool calls, handoffs, invocations."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.runs.contracts import Spent
from segue.runs.store.counters import Counter, count, counters
from segue.runs.store.effects import TOOL_CALLS
from segue.runs.store.tables import EFFECTS, HANDOFFS, INVOCATIONS, MODEL_ATTEMPTS
from segue.runs.store.usage import (
    AGENT_BUCKETS,
    AGENT_SECONDS,
    AGENTS,
    HANDED,
    LOST,
    MODEL_CALLS,
    OK,
    STARTED,
    ModelUse,
    Payer,
    ReportLine,
    bucket,
    columns_of,
    counts,
    dollars,
    label,
    new_attempt,
    report_line,
    spent_at_once,
    sums,
    total,
)
from segue.storage.database import Database
from segue.storage.statements import insert_new

# Built once, as those of ``segue.storage.statements`` are: it belongs to every model call.
_END_ATTEMPT = (
    sa
    .update(MODEL_ATTEMPTS)
    .where(
        MODEL_ATTEMPTS.c.op == sa.bindparam("of_op"),
        MODEL_ATTEMPTS.c.attempt == sa.bindparam("of_attempt"),
        MODEL_ATTEMPTS.c.status == STARTED,
    )
    .returning(MODEL_ATTEMPTS.c.op)
)


class Accounts:
    """The accounts of one database; safe with any number of processes.

    Every method that writes names its operation: the same one again changes nothing. All raise
    ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database.of("runs")
        self._clock = clock

    async def attempt_started(
        self, op: str, attempt: int, *, payer: Payer, model: str = ""
    ) -> bool:
        """Count an attempt before its model is asked, so that a killed worker's is counted too.

        Args:
            op: The model call, the same for all of its attempts.
            attempt: 1-based.
            payer: Whose call it is.
            model: Who will be asked.

        Returns:
            False when this very attempt was begun before.
        """
        row = new_attempt(op, attempt, payer, model) | {"at": self._clock()}
        async with self._database.writing() as connection:
            new = await _is_new(connection, MODEL_ATTEMPTS, row)
            if attempt > 1:
                await self._lose_earlier(connection, op, attempt)
        return new

    async def model_call(self, op: str, attempt: int, *, payer: Payer, use: ModelUse) -> Spent:
        """Write down what an attempt came to; ``attempt_started`` need not have been called.

        Args:
            op: The model call, the same for all of its attempts.
            attempt: 1-based.
            payer: Whose call it is.
            use: What it came to.

        Returns:
            What the model call has used so far, with all of its attempts.
        """
        row = {"of_op": op, "of_attempt": attempt, **columns_of(use)}
        async with self._database.writing() as connection:
            if await connection.scalar(_END_ATTEMPT, row) is None:
                await self._end_unexpectedly(connection, op, attempt, payer, use)
                return await self._spent_on(connection, op)
            self._database.add_up(count, counts(use, again=False))
            return spent_at_once(use) if attempt == 1 else await self._spent_on(connection, op)

    async def failures(self, op: str, status: str, *, since: float) -> list[float]:
        """When the attempts began that failed in one way; those whose worker died are none of them.

        Args:
            op: The model call.
            status: Code of the error.
            since: Epoch seconds; attempts that began before are another call's, of a run that was
                reset.

        Returns:
            Epoch seconds, ascending.
        """
        table = MODEL_ATTEMPTS.c
        statement = (
            sa
            .select(table.at)
            .where(table.op == op, table.status == status, table.at >= since)
            .order_by(table.at)
        )
        async with self._database.reading() as connection:
            return list(await connection.scalars(statement))

    async def tool_call(
        self, op: str, *, payer: Payer, tool: str, error_code: str | None, duration_s: float
    ) -> None:
        """Count a call of a tool without activities; others are counted by the effect ledger.

        Args:
            op: The key that its effect would have.
            payer: Whose call it is.
            tool: Its name.
            error_code: None: it went well.
            duration_s: Seconds.
        """
        now = self._clock()
        row = vars(payer) | {
            "key": op,
            "tool": tool,
            "arguments_digest": "",
            "is_call": True,
            "state": "failed" if error_code else "done",
            "attempt": 1,
            "error_code": error_code,
            "retryable": False,
            "begun_at": now - duration_s,
            "ended_at": now,
        }
        counter = Counter(TOOL_CALLS, tool, "error" if error_code else "success")
        async with self._database.writing() as connection:
            if await _is_new(connection, EFFECTS, row):
                self._database.add_up(count, {counter: 1})

    async def handoff(self, op: str, *, payer: Payer, to_agent: str) -> None:
        """Count a handoff from the payer's agent to another.

        Args:
            op: Names this handoff.
            payer: Whose agent gives the conversation away.
            to_agent: Who takes it.
        """
        row = {
            "op": op,
            "workflow_id": payer.workflow_id,
            "conversation": payer.conversation,
            "from_agent": payer.agent,
            "to_agent": to_agent,
            "at": self._clock(),
        }
        async with self._database.writing() as connection:
            if await _is_new(connection, HANDOFFS, row):
                self._database.add_up(count, {Counter(HANDED, payer.agent, to_agent): 1})

    async def invocation(self, op: str, *, payer: Payer, status: str, duration_s: float) -> None:
        """Count a whole run of an agent.

        Args:
            op: Names this run.
            payer: Whose run it is; the agent is the one that it started with.
            status: ``ok``, or the code of the error.
            duration_s: Wall time in seconds.
        """
        row = vars(payer) | {
            "op": op,
            "status": status,
            "duration_s": duration_s,
            "at": self._clock(),
        }
        increments = {
            Counter(AGENTS, payer.agent, label(status)): 1.0,
            Counter(AGENT_SECONDS, payer.agent): duration_s,
            Counter(AGENT_BUCKETS, payer.agent, bucket(duration_s)): 1.0,
        }
        async with self._database.writing() as connection:
            if await _is_new(connection, INVOCATIONS, row):
                self._database.add_up(count, increments)

    async def spent_by(
        self, *, conversation: str = "", workflow_id: str = "", children: Sequence[str] = ()
    ) -> Spent:
        """What one conversation (over all of its workflows) or one workflow has used so far.

        Args:
            conversation: Its id; or
            workflow_id: that of a workflow.
            children: How the ids of its children begin; they are counted with it.
        """
        name, value = (
            ("conversation", conversation) if conversation else ("workflow_id", workflow_id)
        )
        tools = (
            sa
            .select(sa.func.count())
            .select_from(EFFECTS)
            .where(_is_of(EFFECTS.c[name], value, children), EFFECTS.c.is_call)
        )
        handoffs = (
            sa
            .select(sa.func.count())
            .select_from(HANDOFFS)
            .where(_is_of(HANDOFFS.c[name], value, children))
        )
        statement = sa.select(
            *sums(),
            tools.scalar_subquery().label("tool_calls"),
            handoffs.scalar_subquery().label("handoffs"),
        ).where(_is_of(MODEL_ATTEMPTS.c[name], value, children))
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one()
        return _spent_of(row).plus(Spent(tool_calls=row.tool_calls, handoffs=row.handoffs))

    async def report(self, workflow_id: str, children: Sequence[str] = ()) -> list[ReportLine]:
        """What a workflow used, by agent and model, with children whose ids begin so."""
        table = MODEL_ATTEMPTS.c
        failure = sa.case((table.status.in_((OK, STARTED)), 0), else_=1)
        statement = (
            sa
            .select(
                table.agent,
                table.model,
                *sums(),
                total(failure).label("failed"),
                total(sa.cast(table.offline, sa.Integer)).label("offline"),
                total(sa.cast(table.from_cache, sa.Integer)).label("from_cache"),
                total(table.duration_s).label("seconds"),
            )
            .where(_is_of(table.workflow_id, workflow_id, children))
            .group_by(table.agent, table.model)
            .order_by(table.agent, table.model)
        )
        async with self._database.reading() as connection:
            return [report_line(row) for row in await connection.execute(statement)]

    async def counters(self) -> dict[Counter, float]:
        """Every total there is, for ``segue.runs.service.metrics``."""
        async with self._database.reading() as connection:
            return await counters(connection)

    async def _end_unexpectedly(
        self, connection: AsyncConnection, op: str, attempt: int, payer: Payer, use: ModelUse
    ) -> None:
        """End an attempt that was given up as lost, was never begun, or has ended."""
        key = sa.and_(MODEL_ATTEMPTS.c.op == op, MODEL_ATTEMPTS.c.attempt == attempt)
        row = new_attempt(op, attempt, payer, use.model) | {"at": self._clock()}
        await _is_new(connection, MODEL_ATTEMPTS, row)
        status = sa.select(MODEL_ATTEMPTS.c.status).where(key).with_for_update()
        before = await connection.scalar(status)
        if before not in {STARTED, LOST}:
            return
        await connection.execute(sa.update(MODEL_ATTEMPTS).where(key).values(columns_of(use)))
        # One that was given up as lost was counted then, and its tokens were paid all the same.
        self._database.add_up(count, counts(use, again=before == LOST))

    async def _spent_on(self, connection: AsyncConnection, op: str) -> Spent:
        statement = sa.select(*sums()).where(MODEL_ATTEMPTS.c.op == op)
        return _spent_of((await connection.execute(statement)).one())

    async def _lose_earlier(self, connection: AsyncConnection, op: str, attempt: int) -> None:
        """Count earlier attempts that never ended as lost with their workers."""
        table = MODEL_ATTEMPTS.c
        models = await connection.execute(
            sa
            .update(MODEL_ATTEMPTS)
            .where(table.op == op, table.attempt < attempt, table.status == STARTED)
            .values(status=LOST)
            .returning(table.model)
        )
        for (model,) in models:
            self._database.add_up(count, {Counter(MODEL_CALLS, model, LOST): 1})


def _is_of(
    column: sa.ColumnElement[Any], value: str, beginnings: Sequence[str]
) -> sa.ColumnElement[bool]:
    """The condition that a column has this value or begins with one of these texts."""
    families = (column.startswith(beginning, autoescape=True) for beginning in beginnings)
    return sa.or_(column == value, *families)


def _spent_of(row: sa.Row[Any]) -> Spent:
    return Spent(
        model_calls=row.calls,
        attempts=row.attempts,
        input_tokens=row.input_tokens,
        cached_tokens=row.cached_tokens,
        output_tokens=row.output_tokens,
        cost_usd=dollars(row.cost),
        unpriced_calls=row.unpriced,
    )


async def _is_new(connection: AsyncConnection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert ``row`` unless its key is there; whether it was not."""
    return await connection.scalar(insert_new(connection.dialect.name, table), row) is not None
