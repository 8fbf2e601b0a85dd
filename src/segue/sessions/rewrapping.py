"""After a change of master keys: every conversation under the newest, its content untouched."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationUnreadableError
from segue.sessions.sealing import Seal, WrappedKey
from segue.sessions.tables import CONVERSATIONS

AT_ONCE = 200  # conversations a transaction


@dataclass(frozen=True)
class Rewrapped:
    """What a rotation came to.

    Attributes:
        done: Conversations that are under the first master key now and were not before.
        unreadable: Ids of those whose old key is not configured: their content is lost without it.
    """

    done: int
    unreadable: tuple[str, ...]


async def rewrap_some(
    connection: AsyncConnection, seal: Seal, *, after: str
) -> tuple[Rewrapped, str | None]:
    """Rewrap the next conversations by id; also the last id looked at, None when all are done."""
    table = CONVERSATIONS.c
    statement = (
        sa
        .select(table.id, table.key_id, table.wrapped_key)
        .where(table.id > after, table.key_id != seal.first)
        .order_by(table.id)
        .limit(AT_ONCE)
        .with_for_update()
    )
    count, unreadable, last = 0, list[str](), None
    for row in (await connection.execute(statement)).all():
        last = row.id
        try:
            fresh = seal.rewrap(row.id, WrappedKey(row.key_id, row.wrapped_key))
        except ConversationUnreadableError:
            unreadable.append(row.id)
            continue
        await connection.execute(
            sa
            .update(CONVERSATIONS)
            .where(table.id == row.id)
            .values(key_id=fresh.key_id, wrapped_key=fresh.blob)
        )
        count += 1
    return Rewrapped(count, tuple(unreadable)), last
