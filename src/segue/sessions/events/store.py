"""The event table: numbers given under a row lock, old attempts shut out, pages read in order."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.sessions.events.contracts import LAST_KINDS, Batch, Draft, Kind, TurnEvent
from segue.sessions.events.tables import EVENTS, STREAMS
from segue.storage.database import Database
from segue.storage.statements import upsert

CHANNEL = "segue_turn_events"  # of Postgres' NOTIFY; the payload is the turn
PAGE = 500  # events read at once

_RESET = Draft("text.reset", {})
# An UPDATE, not a SELECT: it locks the row in Postgres and the file in SQLite before it reads.
_HOLD = (
    sa
    .update(STREAMS)
    .where(STREAMS.c.turn == sa.bindparam("held_turn"))
    .values(written_at=sa.bindparam("now"))
    .returning(STREAMS)
)


class EventSeal(Protocol):
    """Encryption at rest; the turn is part of what is authenticated."""

    def seal(self, turn: str, content: bytes) -> bytes:
        """Encrypt the content of an event."""
        ...

    def open(self, turn: str, ciphertext: bytes) -> bytes:
        """Decrypt what ``seal`` gave for this turn."""
        ...


class Unsealed:
    """Stores content as it is."""

    def seal(self, turn: str, content: bytes) -> bytes:
        """Return the content as it is."""
        return content

    def open(self, turn: str, content: bytes) -> bytes:
        """Return the content as it was stored."""
        return content


class TurnEventStore:
    """Events of turns in SQL.

    Args:
        database: Migrated; the caller closes it.
        seal: Encrypts ``data``; None: stored as it is.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        database: Database,
        *,
        seal: EventSeal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database.of("events")
        self._seal = seal or Unsealed()
        self._clock = clock

    async def write(self, batch: Batch) -> bool:
        """Store what an attempt has to say, after all that was stored before.

        The first batch of a newer attempt shuts the older ones out for good, and takes back the
        text that one of them left. A batch that is stored already is not stored again.

        Returns:
            False when a newer attempt writes by now or the turn is over; nothing was stored then,
            and nothing of this attempt ever will be.

        Raises:
            StorageError: The database is away. Whether the batch was stored is unknown; write the
                same batch again.
        """
        writer = (batch.call, batch.attempt)
        async with self._database.writing() as connection:
            row = await self._lock_turn(connection, batch.turn)
            newest = (row["call"], row["attempt"])
            if row["finished_at"] is not None or writer < newest:
                return False
            if writer == newest and batch.number <= row["batch"]:
                return True
            standing = row["has_text"] and batch.call == row["call"]
            first = [_RESET] if standing and writer > newest else []
            stream = {
                **row,
                "call": batch.call,
                "attempt": batch.attempt,
                "batch": batch.number,
                "has_text": standing,
            }
            await self._append(connection, stream, [*first, *batch.drafts])
        return True

    async def announce(self, turn: str, kind: Kind, data: Mapping[str, JsonValue]) -> bool:
        """Store what belongs to no attempt: how the turn began, asked, ended.

        For activities that may run twice: a second ``turn.started`` and anything after the end is
        left out; the rest is then told twice, so ``data`` names what it is about.

        Returns:
            Whether it was stored.

        Raises:
            StorageError: The database is away.
        """
        async with self._database.writing() as connection:
            row = await self._lock_turn(connection, turn)
            late = kind == "turn.started" and row["last_seq"] > 0
            if late or row["finished_at"] is not None:
                return False
            await self._append(connection, row, [Draft(kind, data)])
        return True

    async def read(self, turn: str, after: int, limit: int = PAGE) -> list[TurnEvent]:
        """At most ``limit`` events with numbers above ``after``, in order.

        Raises:
            StorageError: The database is away.
        """
        statement = (
            sa
            .select(EVENTS)
            .where(EVENTS.c.turn == turn, EVENTS.c.seq > after)
            .order_by(EVENTS.c.seq)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [self._event(row) for row in rows]

    async def drop(self, turns: Collection[str]) -> None:
        """Remove these turns' events, also of turns that never ended.

        Raises:
            StorageError: The database is away.
        """
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(STREAMS).where(STREAMS.c.turn.in_(turns)))

    async def _lock_turn(self, connection: AsyncConnection, turn: str) -> dict[str, Any]:
        """The turn's row, made where it is missing; only we write the turn until the commit."""
        now = self._clock()
        parameters = {"held_turn": turn, "now": now}
        row = (await connection.execute(_HOLD, parameters)).mappings().one_or_none()
        if row is not None:
            return {**row}
        fresh = {"turn": turn, "call": 0, "attempt": 0, "batch": 0, "last_seq": 0}
        await connection.execute(
            upsert(connection.dialect.name, STREAMS, replace=()),
            {**fresh, "has_text": False, "written_at": now, "finished_at": None},
        )
        return {**(await connection.execute(_HOLD, parameters)).mappings().one()}

    async def _append(
        self, connection: AsyncConnection, stream: Mapping[str, Any], drafts: Sequence[Draft]
    ) -> None:
        """Number and store the drafts; ``stream`` is what the turn's row says before them."""
        events = _until_the_end(drafts)
        now, turn = self._clock(), stream["turn"]
        rows = [
            {
                "turn": turn,
                "seq": seq,
                "call": stream["call"],
                "attempt": stream["attempt"],
                "kind": draft.kind,
                "data": self._seal.seal(turn, json.dumps(dict(draft.data)).encode()),
                "at": now,
            }
            for seq, draft in enumerate(events, start=stream["last_seq"] + 1)
        ]
        values = {
            "call": stream["call"],
            "attempt": stream["attempt"],
            "batch": stream["batch"],
            "last_seq": stream["last_seq"] + len(rows),
            "has_text": _leaves_text(events, before=stream["has_text"]),
            "finished_at": now if events[-1].kind in LAST_KINDS else None,
        }
        await connection.execute(sa.insert(EVENTS), rows)
        await connection.execute(sa.update(STREAMS).where(STREAMS.c.turn == turn).values(values))
        if connection.dialect.name == "postgresql":
            # Sent at the commit, so nobody is woken before there is something to read.
            await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, turn)))

    def _event(self, row: sa.Row[Any]) -> TurnEvent:
        # Not validated again: a newer worker may know kinds and fields that this process does not.
        return TurnEvent.model_construct(
            turn=row.turn,
            seq=row.seq,
            call=row.call,
            attempt=row.attempt,
            kind=row.kind,
            data=json.loads(self._seal.open(row.turn, row.data)),
            at=row.at,
        )


def _until_the_end(drafts: Sequence[Draft]) -> Sequence[Draft]:
    for place, draft in enumerate(drafts, start=1):
        if draft.kind in LAST_KINDS:
            return drafts[:place]
    return drafts


def _leaves_text(drafts: Sequence[Draft], *, before: bool) -> bool:
    for draft in reversed(drafts):
        if draft.kind in {"text.delta", "text.reset"}:
            return draft.kind == "text.delta"
    return before
