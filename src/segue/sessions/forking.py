"""A second conversation that begins like the first."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationError, ConversationNotFoundError
from segue.sessions import rows, turn_rows
from segue.sessions.rows import ITEMS_AT_ONCE, Opening
from segue.sessions.sealing import Cipher, Seal, cipher_of
from segue.sessions.tables import CONVERSATIONS, TURNS
from segue.sessions.turns import Span, merge


async def fork(
    connection: AsyncConnection,
    seal: Seal | None,
    conversation: str,
    new_id: str,
    *,
    after_turn: int | None,
    now: float,
) -> None:
    """Copy the turns up to ``after_turn`` and their items; a repetition does nothing.

    Raises:
        ConversationNotFoundError: No such conversation or turn, or ``new_id`` was deleted.
        ConversationError: ``new_id`` is another conversation.
    """
    source = await _locked_head(connection, conversation)
    if await _forked_before(connection, conversation, new_id, after_turn):
        return
    cipher = cipher_of(seal, conversation, rows.wrapped_key(source))
    turns = await turn_rows.turns(connection, cipher, upto=after_turn)
    numbers = [0, *(turn.number for turn in turns)]
    if after_turn not in {None, numbers[-1]}:
        raise ConversationNotFoundError(f"{conversation!r} has no turn {after_turn}.")
    opening = Opening(
        title=cipher.unseal("title", "", source.title), origin=conversation, origin_turn=after_turn
    )
    await rows.add_conversation(connection, seal, new_id, opening, now)
    copy = await rows.open_cipher(connection, seal, new_id)
    spans = merge(span for turn in turns for span in turn.spans)
    count = await _copy_items(connection, cipher, copy, spans)
    await _copy_turns(connection, cipher, copy, numbers[-1])
    await connection.execute(
        sa
        .update(CONVERSATIONS)
        .where(CONVERSATIONS.c.id == new_id)
        .values(
            next_seq=spans[-1][1] + 1 if spans else 1,
            next_turn=numbers[-1] + 1,
            item_count=count,
        )
    )


async def _locked_head(
    connection: AsyncConnection, conversation: str
) -> sa.Row[tuple[object, ...]]:
    statement = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation)
    await connection.execute(statement.with_for_update())
    return await rows.head(connection, conversation)


async def _forked_before(
    connection: AsyncConnection, conversation: str, new_id: str, after_turn: int | None
) -> bool:
    if not await rows.exists(connection, new_id):
        return False
    there = await rows.head(connection, new_id)
    if (there.origin, there.origin_turn) != (conversation, after_turn):
        raise ConversationError(
            f"Conversation {new_id!r} is there already; expected an id that is free.",
            hint="Choose another id for the fork.",
        )
    return True


async def _copy_items(
    connection: AsyncConnection, old: Cipher, new: Cipher, spans: list[Span]
) -> int:
    """Copy the items under their numbers; how many are more than a number."""
    count = 0
    batch: list[tuple[int, str | None]] = []
    async for seq, text in rows.texts(connection, old, spans):
        count += text is not None
        batch.append((seq, text))
        if len(batch) == ITEMS_AT_ONCE:
            await rows.add_items(connection, new, batch)
            batch = []
    await rows.add_items(connection, new, batch)
    return count


async def _copy_turns(connection: AsyncConnection, old: Cipher, new: Cipher, upto: int) -> None:
    statement = sa.select(TURNS).where(
        TURNS.c.conversation == old.conversation, TURNS.c.number <= upto
    )
    copies: list[dict[str, object]] = []
    for row in (await connection.execute(statement)).mappings():
        number, note = row["number"], row["note"]
        if note is not None:
            note = new.seal("turn", number, old.unseal("turn", number, note))
        copies.append({**row, "conversation": new.conversation, "note": note})
    if copies:
        await connection.execute(sa.insert(TURNS), copies)
