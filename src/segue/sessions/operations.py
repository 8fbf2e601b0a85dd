"""What each operation on a conversation did, so that its repetition does nothing."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.sessions.sealing import Cipher
from segue.sessions.tables import OPERATIONS
from segue.storage.statements import insert_new


@dataclass(frozen=True)
class Appended:
    """What one operation stored.

    Attributes:
        first: Sequence number of its first item, 1-based.
        last: Of its last; ``first - 1`` when it stored none.
        note: What the operation said beside its items.
        new: Whether this very call stored it.
        last_turn: Number of the newest closed turn at this moment; 0: there is none. Told by the
            call that stored it, as is ``removed``.
        removed: How many items were popped or cleared by then.
    """

    first: int
    last: int
    note: str
    new: bool
    last_turn: int = 0
    removed: int = 0


async def record(
    connection: AsyncConnection, cipher: Cipher, operation: str, result: Appended
) -> Appended | None:
    """Note what an operation did; gives None, or what it did when it ran before.

    The caller holds the conversation's lock, and undoes its claim in the second case.
    """
    row = {
        "conversation": cipher.conversation,
        "operation": operation,
        "first": result.first,
        "last": result.last,
        "note": cipher.seal("note", operation, result.note) if result.note else None,
    }
    new = await connection.scalar(insert_new(connection.dialect.name, OPERATIONS), row)
    return None if new else await find(connection, cipher, operation)


async def find(connection: AsyncConnection, cipher: Cipher, operation: str) -> Appended | None:
    """What an operation did; None: it never ran.

    Raises:
        ConversationUnreadableError: Its note was changed.
    """
    answer = await connection.execute(
        sa.select(OPERATIONS).where(
            OPERATIONS.c.conversation == cipher.conversation, OPERATIONS.c.operation == operation
        )
    )
    row = answer.one_or_none()
    if row is None:
        return None
    note = "" if row.note is None else cipher.unseal("note", operation, row.note)
    return Appended(row.first, row.last, note, new=False)
