"""Taking content out of a conversation, and whole conversations out of the database."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.sessions import rows, turn_rows
from segue.sessions.operations import Appended, find, record
from segue.sessions.rows import Claimed
from segue.sessions.tables import CONVERSATIONS, DELETIONS, ITEMS, OPERATIONS, TURNS
from segue.sessions.turns import prompt_turns
from segue.storage.statements import upsert

IDS_AT_ONCE = 500  # parameters of a statement


async def pop(connection: AsyncConnection, claim: Claimed, operation: str) -> str | None:
    """Take away the last item that a model is shown; its text, or None where there is none.

    The item's number stays and its content goes. An operation that ran before changes nothing, so
    that the caller has nothing to roll back, and gives what it gave then.
    """
    cipher = claim.cipher
    if earlier := await find(connection, cipher, operation):
        return earlier.note or None
    seq = await _last_shown(connection, cipher.conversation)
    text = None
    if seq is not None:
        [(_, text)] = [row async for row in rows.texts(connection, cipher, [(seq, seq)])]
        await connection.execute(
            sa
            .update(ITEMS)
            .where(ITEMS.c.conversation == cipher.conversation, ITEMS.c.seq == seq)
            .values(item=None)
        )
        await _count(connection, cipher.conversation, claim.item_count - 1)
    result = Appended(claim.first, claim.first - 1, text or "", new=True)
    await record(connection, cipher, operation, result)
    return text


async def clear(connection: AsyncConnection, claim: Claimed, operation: str) -> None:
    """Take away all items and turns; an operation that ran before does nothing."""
    cipher, name = claim.cipher, claim.cipher.conversation
    if await find(connection, cipher, operation):
        return
    await connection.execute(sa.update(ITEMS).where(ITEMS.c.conversation == name).values(item=None))
    await connection.execute(sa.delete(TURNS).where(TURNS.c.conversation == name))
    await connection.execute(
        sa.update(OPERATIONS).where(OPERATIONS.c.conversation == name).values(note=None)
    )
    await _count(connection, name, 0)
    await record(
        connection, cipher, operation, Appended(claim.first, claim.first - 1, "", new=True)
    )


async def delete(connection: AsyncConnection, conversation: str, now: float) -> bool:
    """Take away the conversation and all that belong to it; whether it was there.

    What stays is a hash of each name, which keeps a late writer from making it anew.
    """
    family = await _lock(connection, CONVERSATIONS.c.id, [conversation])
    level = family
    while level:
        level = await _lock(connection, CONVERSATIONS.c.parent, level)
        family = family + level
    deletions = [{"digest": rows.digest(name), "deleted_at": now} for name in family]
    if deletions:
        await connection.execute(upsert(connection.dialect.name, DELETIONS, replace=()), deletions)
        # All at once: the database takes what belongs to it along.
        await connection.execute(sa.delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation))
    return bool(deletions)


async def _lock(connection: AsyncConnection, column: sa.Column[str], names: list[str]) -> list[str]:
    """Ids of the conversations whose ``column`` is one of ``names``; they get no more children."""
    ids: list[str] = []
    for start in range(0, len(names), IDS_AT_ONCE):
        part = names[start : start + IDS_AT_ONCE]
        statement = sa.select(CONVERSATIONS.c.id).where(column.in_(part)).with_for_update()
        ids.extend(await connection.scalars(statement))
    return ids


async def _last_shown(connection: AsyncConnection, conversation: str) -> int | None:
    turns = prompt_turns(await turn_rows.outlines(connection, conversation))
    for span in reversed([span for turn in turns for span in turn.spans]):
        last = sa.select(sa.func.max(ITEMS.c.seq)).where(
            rows.within(conversation, [span]), ITEMS.c.item.is_not(None)
        )
        if (seq := await connection.scalar(last)) is not None:
            return seq
    return None


async def _count(connection: AsyncConnection, conversation: str, items: int) -> None:
    await connection.execute(
        sa.update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(item_count=items)
    )
