"""What tools did to the world: intent before, outcome after, so that no effect happens twice."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.run import EffectUnknownError, RunError
from segue.runs.store.counters import Counter, count
from segue.runs.store.tables import EFFECTS
from segue.runs.store.texts import as_bytes, as_text
from segue.storage.database import Database
from segue.storage.statements import insert_new

# Longer than any tool may take: what began before that and never ended has lost its worker.
OVERDUE_SECONDS = 3_600.0
TOOL_CALLS = "tool"  # the counter: tool, then "success" or "error"

_NOBODY = {"resolved_by": None, "resolved_why": None}

State = Literal["new", "begun", "done", "failed", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a tool is about to do.

    Attributes:
        key: Stable over attempts, replays and runs of the workflow; names this one effect.
        arguments_digest: Hex digest, at most 64 digits; never the arguments themselves.
        conversation: The one that pays: for a sub-agent its parent's.
        is_call: False: a further activity of a tool call that is in the ledger under another key,
            so that one call is counted once.
    """

    key: str
    tool: str
    workflow_id: str
    arguments_digest: str
    conversation: str = ""
    agent: str = ""
    is_call: bool = True


@dataclass(frozen=True, kw_only=True)
class Effect:
    """An effect as the ledger has it.

    Attributes:
        state: ``new``: begin it now. ``begun``: this attempt, or a later one, is at it.
            ``done``: it happened. ``failed``: it ended with an error that is final.
            ``unknown``: it was begun, and nobody wrote down how it ended.
        attempt: The latest that began it, 1-based.
        failures: Attempts that ended with an error of the tool; one that ended with its worker is
            none.
        begun_at: By the latest attempt; epoch seconds, as are all times.
        resolved_by: Who looked, and wrote down what the tool could not.
    """

    key: str
    tool: str
    workflow_id: str
    conversation: str
    agent: str
    state: State
    attempt: int
    failures: int = 0
    result: str | None = field(default=None, repr=False)
    error_code: str | None = None
    message: str | None = field(default=None, repr=False)
    begun_at: float
    ended_at: float | None = None
    resolved_by: str | None = None
    resolved_why: str | None = None


class EffectLedger:
    """The effects of one database; safe with any number of processes.

    All methods raise ``StorageError`` (retryable) when the database is away.

    Args:
        database: Migrated; the caller closes it.
        clock: Epoch seconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database.of("runs")
        self._clock = clock

    async def begin(self, intent: Intent, *, attempt: int) -> Effect:
        """Write down the intent, or tell what is known of it; call before the tool runs.

        Only ``new`` may run the tool, however many ask at the same time. A tool that may be
        repeated may also run on ``unknown``.

        Args:
            intent: What is about to happen.
            attempt: Of the activity, 1-based.

        Raises:
            RunError: The key stands for another tool or for other arguments.
        """
        async with self._database.writing() as connection:
            row = _new_row(intent, attempt, self._clock())
            new = await connection.scalar(insert_new(connection.dialect.name, EFFECTS), row)
            if new is not None:
                return _effect(await _lock(connection, intent.key), state="new")
            return await self._again(connection, intent, attempt)

    async def finish(self, key: str, result: str) -> Effect:
        """Write down that it happened; what was written down first stays, and is returned.

        Args:
            key: Of a begun effect.
            result: What a later attempt answers with instead of running the tool: a reference to
                what the conversation holds, rather than its text.

        Raises:
            RunError: It was never begun.
        """
        async with self._database.writing() as connection:
            row = await _lock(connection, key)
            if row.state == "done":
                return _effect(row)
            # The tool's own word counts more than a failure that was noted without it.
            values = {"state": "done", "result": as_bytes(result)} | _no_error()
            return await self._end(connection, row, values, "success")

    async def fail(
        self,
        key: str,
        error_code: str,
        message: str,
        *,
        retryable: bool = False,
        tries: int | None = None,
    ) -> Effect:
        """Write down an error that tells for sure that nothing more will come of it.

        Args:
            key: Of a begun effect.
            error_code: As in ``segue.errors``.
            message: Without secrets: later attempts repeat it.
            retryable: It did not happen, and the next attempt may begin it anew. Say so only where
                another attempt follows; the last failure is final.
            tries: That may fail; the last of them is final. None: nobody counts them.

        Raises:
            RunError: It was never begun.
        """
        async with self._database.writing() as connection:
            row = await _lock(connection, key)
            if row.state == "done" or (row.state == "failed" and not row.retryable):
                return _effect(row)
            failures = row.failures + 1
            is_final = not retryable or (tries is not None and failures >= tries)
            values = {
                "state": "failed",
                "error_code": error_code,
                "message": as_bytes(message),
                "retryable": not is_final,
                "failures": failures,
            }
            return await self._end(connection, row, values, "error" if is_final else None)

    async def count_failure(self, key: str) -> Effect:
        """Count a failed attempt that leaves open whether the effect happened.

        Args:
            key: Of a begun effect; its state stays.

        Raises:
            RunError: It was never begun.
        """
        async with self._database.writing() as connection:
            row = await _lock(connection, key)
            return _effect(await _update(connection, key, {"failures": row.failures + 1}))

    async def resolve(self, key: str, *, happened: bool, who: str, why: str) -> Effect:
        """Write down what a person found out about an effect whose outcome nobody knows.

        Args:
            key: Of the effect.
            happened: True: it is done. False: a later attempt may begin it anew.
            who: Who looked.
            why: How they know.

        Raises:
            RunError: No such effect, or its outcome is known already.
        """
        async with self._database.writing() as connection:
            row = await _lock(connection, key)
            if row.state not in {"begun", "unknown"}:
                if row.resolved_by is not None and happened == (row.state == "done"):
                    return _effect(row)
                raise RunError(f"Expected an effect of unknown outcome; {key!r} is {row.state}.")
            resolution = {"resolved_by": who, "resolved_why": as_bytes(why)}
            if happened:
                text = "It happened, as a person found out; its own answer was lost."
                values = {"state": "done", "result": as_bytes(text)} | _no_error() | resolution
                return await self._end(connection, row, values, "success")
            text = "It did not happen, as a person found out."
            values = {
                "state": "failed",
                "error_code": EffectUnknownError.code,
                "message": as_bytes(text),
                "retryable": True,
            }
            return await self._end(connection, row, values | resolution, None)

    async def get(self, key: str) -> Effect | None:
        """One effect; None: it was never begun."""
        async with self._database.reading() as connection:
            records = await connection.execute(sa.select(EFFECTS).where(EFFECTS.c.key == key))
            row = records.one_or_none()
        return None if row is None else self._as_of_now(row)

    async def unknown(self, *, limit: int = 100, after: str = "") -> list[Effect]:
        """Effects that wait for a person to find out, at most ``limit``, by key from ``after`` on.

        Those whose retry found them begun, and those begun long ago that nobody retried.
        """
        overdue = sa.and_(
            EFFECTS.c.state == "begun", EFFECTS.c.begun_at < self._clock() - OVERDUE_SECONDS
        )
        statement = (
            sa
            .select(EFFECTS)
            .where(sa.or_(EFFECTS.c.state == "unknown", overdue), EFFECTS.c.key > after)
            .order_by(EFFECTS.c.key)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [self._as_of_now(row) for row in await connection.execute(statement)]

    async def forget(self, conversation: str) -> int:
        """Erase what the effects of a deleted conversation said; that they happened stays known.

        Gives how many had something to erase.
        """
        has_content = sa.or_(EFFECTS.c.result.is_not(None), EFFECTS.c.message.is_not(None))
        async with self._database.writing() as connection:
            result = await connection.execute(
                sa
                .update(EFFECTS)
                .where(EFFECTS.c.conversation == conversation, has_content)
                .values(result=None, message=None)
            )
        return result.rowcount

    async def _again(self, connection: AsyncConnection, intent: Intent, attempt: int) -> Effect:
        """What becomes of an attempt whose intent is in the ledger already.

        Raises:
            RunError: The key stands for another tool or for other arguments.
        """
        row = await _lock(connection, intent.key)
        if (row.tool, row.arguments_digest) != (intent.tool, intent.arguments_digest):
            raise RunError(
                f"Effect {intent.key!r} is one of {row.tool!r} with other arguments; a key must"
                " stand for one effect."
            )
        if row.state == "failed" and row.retryable:
            values = {"state": "begun", "ended_at": None} | _no_error() | _NOBODY
            return _effect(await self._claim(connection, row, attempt, values), state="new")
        if row.state == "unknown" or (
            row.state == "begun" and (attempt > row.attempt or self._is_overdue(row))
        ):
            return _effect(await self._claim(connection, row, attempt, {"state": "unknown"}))
        return _effect(row)

    async def _claim(
        self, connection: AsyncConnection, row: sa.Row[Any], attempt: int, values: dict[str, Any]
    ) -> sa.Row[Any]:
        columns = values | {"attempt": max(attempt, row.attempt), "begun_at": self._clock()}
        return await _update(connection, row.key, columns)

    async def _end(
        self,
        connection: AsyncConnection,
        row: sa.Row[Any],
        values: dict[str, Any],
        counted_as: str | None,
    ) -> Effect:
        end = await _update(connection, row.key, values | {"ended_at": self._clock()})
        was_counted = row.state == "failed" and not row.retryable
        if counted_as and row.is_call and not was_counted:
            self._database.add_up(count, {Counter(TOOL_CALLS, row.tool, counted_as): 1})
        return _effect(end)

    def _is_overdue(self, row: sa.Row[Any]) -> bool:
        return row.begun_at < self._clock() - OVERDUE_SECONDS

    def _as_of_now(self, row: sa.Row[Any]) -> Effect:
        overdue = row.state == "begun" and self._is_overdue(row)
        return _effect(row, state="unknown" if overdue else None)


def _new_row(intent: Intent, attempt: int, now: float) -> dict[str, Any]:
    return vars(intent) | {
        "state": "begun",
        "attempt": attempt,
        "retryable": False,
        "begun_at": now,
    }


def _no_error() -> dict[str, Any]:
    return {"error_code": None, "message": None, "retryable": False}


async def _lock(connection: AsyncConnection, key: str) -> sa.Row[Any]:
    """The effect's row, which nobody else changes until the transaction ends.

    Raises:
        RunError: There is none.
    """
    statement = sa.select(EFFECTS).where(EFFECTS.c.key == key).with_for_update()
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise RunError(f"Expected a begun effect; {key!r} was never begun.")
    return row


async def _update(connection: AsyncConnection, key: str, values: dict[str, Any]) -> sa.Row[Any]:
    statement = sa.update(EFFECTS).where(EFFECTS.c.key == key).values(values).returning(EFFECTS)
    return (await connection.execute(statement)).one()


def _effect(row: sa.Row[Any], *, state: State | None = None) -> Effect:
    return Effect(
        key=row.key,
        tool=row.tool,
        workflow_id=row.workflow_id,
        conversation=row.conversation,
        agent=row.agent,
        state=state or row.state,
        attempt=row.attempt,
        failures=row.failures,
        result=None if row.result is None else as_text(row.result),
        error_code=row.error_code,
        message=None if row.message is None else as_text(row.message),
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        resolved_by=row.resolved_by,
        resolved_why=None if row.resolved_why is None else as_text(row.resolved_why),
    )
