"""Conversations as people look at them: a page of heads, or one with all it holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationUnreadableError
from segue.errors.input import InputError
from segue.sessions import rows, turn_rows
from segue.sessions.sealing import Cipher, Seal, cipher_of
from segue.sessions.tables import CONVERSATIONS, ITEMS
from segue.sessions.turns import Item, TurnRecord

Kind = Literal["thread", "run"]


@dataclass(frozen=True)
class ConversationHead:
    """A conversation without its content.

    Attributes:
        parent: The conversation that it belongs to and is deleted with.
        origin: What it was forked from …
        origin_turn: … and after which turn; None: after all that there were.
        title: Empty where it cannot be read.
        encrypted: Whether its content is sealed.
        readable: Whether the key that seals it is configured.
        items: Items it holds.
        turns: Number of the newest turn.
        created_at: Epoch seconds.
        updated_at: Epoch seconds of the last write.
    """

    id: str
    kind: Kind
    parent: str | None
    origin: str | None
    origin_turn: int | None
    workflow_id: str | None
    title: str = field(repr=False)
    encrypted: bool
    readable: bool
    items: int
    turns: int
    created_at: float
    updated_at: float


@dataclass(frozen=True)
class Page:
    """Some heads, the last used first.

    Attributes:
        next: What to ask for the page after this one with; None: this is the last.
    """

    heads: tuple[ConversationHead, ...]
    next: str | None


@dataclass(frozen=True)
class Conversation:
    """All of one conversation.

    Attributes:
        turns: In order.
        items: With their sequence numbers, in order; also those of no turn.
    """

    head: ConversationHead
    turns: tuple[TurnRecord, ...] = field(repr=False)
    items: tuple[tuple[int, Item], ...] = field(repr=False)


async def page(
    connection: AsyncConnection,
    seal: Seal | None,
    *,
    kind: Kind | None,
    limit: int,
    after: str | None,
) -> Page:
    """At most ``limit`` heads that come after the place ``after``.

    Raises:
        InputError: ``after`` is not what a page gave.
    """
    table = CONVERSATIONS.c
    statement = sa.select(CONVERSATIONS).order_by(table.updated_at.desc(), table.id)
    if kind is not None:
        statement = statement.where(table.kind == kind)
    if after is not None:
        when, name = _place(after)
        same_time = sa.and_(table.updated_at == when, table.id > name)
        statement = statement.where(sa.or_(table.updated_at < when, same_time))
    records = (await connection.execute(statement.limit(limit + 1))).all()
    heads = tuple(_head(row, seal) for row in records[:limit])
    more = len(records) > limit
    return Page(heads, f"{heads[-1].updated_at!r} {heads[-1].id}" if more else None)


async def whole(connection: AsyncConnection, seal: Seal | None, conversation: str) -> Conversation:
    """Everything a conversation holds.

    Raises:
        ConversationNotFoundError: No such conversation.
        ConversationUnreadableError: A part of it cannot be read.
    """
    row = await rows.head(connection, conversation)
    cipher = cipher_of(seal, conversation, rows.wrapped_key(row))
    turns = await turn_rows.turns(connection, cipher)
    return Conversation(_head(row, seal), tuple(turns), tuple(await _items(connection, cipher)))


async def _items(connection: AsyncConnection, cipher: Cipher) -> Sequence[tuple[int, Item]]:
    records = await connection.execute(
        sa
        .select(ITEMS.c.seq, ITEMS.c.item)
        .where(ITEMS.c.conversation == cipher.conversation, ITEMS.c.item.is_not(None))
        .order_by(ITEMS.c.seq)
    )
    return [
        (row.seq, rows.decode(cipher.unseal("item", row.seq, row.item), f"Item {row.seq}"))
        for row in records
    ]


def _head(row: sa.Row[Any], seal: Seal | None) -> ConversationHead:
    title = _title(row, seal)
    return ConversationHead(
        id=row.id,
        kind=row.kind,
        parent=row.parent,
        origin=row.origin,
        origin_turn=row.origin_turn,
        workflow_id=row.workflow_id,
        title=title or "",
        encrypted=row.wrapped_key is not None,
        readable=title is not None,
        items=row.item_count,
        turns=row.next_turn - 1,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _title(row: sa.Row[Any], seal: Seal | None) -> str | None:
    try:
        return cipher_of(seal, row.id, rows.wrapped_key(row)).unseal("title", "", row.title)
    except ConversationUnreadableError:  # one lost key must not hide the other conversations
        return None


def _place(after: str) -> tuple[float, str]:
    when, _, name = after.partition(" ")
    try:
        return float(when), name
    except ValueError:
        raise InputError("The place in the list is not one that a page gave.") from None
