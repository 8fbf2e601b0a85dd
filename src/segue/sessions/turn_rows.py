"""Statements on the turns of a conversation, inside a transaction of the caller's."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.sessions import rows
from segue.sessions.sealing import OVERHEAD_BYTES, Cipher
from segue.sessions.tables import ITEMS, TURNS
from segue.sessions.turns import Outline, Span, TurnRecord, estimated_tokens
from segue.storage.statements import insert_new


async def record(
    connection: AsyncConnection, cipher: Cipher, operation: str, turn: TurnRecord
) -> TurnRecord | None:
    """Store a turn; where the operation stored one before, that one is given.

    The caller holds the conversation's lock and rolls back in the second case.
    """
    tokens = turn.tokens or estimated_tokens(await _size(connection, cipher, turn.spans))
    note = json.dumps(turn.note, ensure_ascii=False)
    row = turn.model_dump(mode="json") | {
        "conversation": cipher.conversation,
        "operation": operation,
        "spans": json.dumps(turn.spans),
        "tokens": tokens,
        "note": cipher.seal("turn", turn.number, note) if turn.note else None,
    }
    if await connection.scalar(insert_new(connection.dialect.name, TURNS), row):
        return None
    earlier = sa.select(TURNS).where(
        TURNS.c.conversation == cipher.conversation, TURNS.c.operation == operation
    )
    return _whole((await connection.execute(earlier)).mappings().one(), cipher)


async def turns(
    connection: AsyncConnection, cipher: Cipher, *, upto: int | None = None
) -> list[TurnRecord]:
    """The turns with numbers up to ``upto``, whole.

    Raises:
        ConversationUnreadableError: A note was changed.
    """
    statement = sa.select(TURNS).where(_upto(cipher.conversation, upto)).order_by(TURNS.c.number)
    records = (await connection.execute(statement)).mappings()
    return [_whole(row, cipher) for row in records]


async def outlines(
    connection: AsyncConnection, conversation: str, *, after: int = 0, upto: int | None = None
) -> list[Outline]:
    """The turns from the newest summary on; with ``after``, of those with higher numbers only."""
    columns = sa.select(TURNS.c.number, TURNS.c.kind, TURNS.c.spans, TURNS.c.covers)
    statement = columns.where(_upto(conversation, upto), TURNS.c.number > after)
    summary = statement.where(TURNS.c.kind == "summary").order_by(TURNS.c.number.desc()).limit(1)
    summaries = [_outline(row) for row in await connection.execute(summary)]
    summary_upto = summaries[0].covers if summaries else 0
    rest = statement.where(TURNS.c.kind != "summary", TURNS.c.number > summary_upto)
    rows_after = await connection.execute(rest.order_by(TURNS.c.number))
    return [*summaries, *(_outline(row) for row in rows_after)]


async def _size(connection: AsyncConnection, cipher: Cipher, spans: tuple[Span, ...]) -> int:
    overhead = OVERHEAD_BYTES if cipher.key else 0
    lengths = sa.func.coalesce(sa.func.sum(sa.func.length(ITEMS.c.item) - overhead), 0)
    size = 0
    for part in rows.in_parts(spans):
        length = await connection.scalar(
            sa.select(lengths).where(rows.within(cipher.conversation, part))
        )
        size += int(length or 0)
    return size


def _upto(conversation: str, upto: int | None) -> sa.ColumnElement[bool]:
    condition = sa.true() if upto is None else TURNS.c.number <= upto
    return sa.and_(TURNS.c.conversation == conversation, condition)


def _whole(row: sa.RowMapping, cipher: Cipher) -> TurnRecord:
    note: dict[str, Any] = {}
    if row["note"] is not None:
        what = f"The note of turn {row['number']} of conversation {cipher.conversation!r}"
        note = rows.decode(cipher.unseal("turn", row["number"], row["note"]), what)
    return TurnRecord.model_validate({**row, "spans": json.loads(row["spans"]), "note": note})


def _outline(row: sa.Row[int, str, str, int]) -> Outline:
    number, kind, spans, covers = row
    return Outline(number, kind, tuple((first, last) for first, last in json.loads(spans)), covers)
