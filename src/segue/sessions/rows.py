"""Statements on conversations inside a transaction of the caller's."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationNotFoundError, ConversationUnreadableError
from segue.errors.input import InputError
from segue.sessions.sealing import Cipher, Seal, WrappedKey, cipher_of
from segue.sessions.tables import CONVERSATIONS, DELETIONS, ITEMS, LONGEST_ID
from segue.sessions.turns import Item, Span, estimated_tokens, merge
from segue.storage.statements import upsert

SPANS_AT_ONCE = 100  # a statement; SQLite nests conditions at most 1,000 deep
ITEMS_AT_ONCE = 500  # rows in memory, and in an INSERT


@dataclass(frozen=True)
class Opening:
    """What a conversation is given when it is first named."""

    kind: Literal["thread", "run"] = "thread"
    parent: str | None = None
    workflow_id: str | None = None
    title: str = ""
    origin: str | None = None
    origin_turn: int | None = None


UNNAMED = Opening()

# Built once, as those of ``segue.storage.statements`` are: each write begins with it.
_CLAIM = (
    sa
    .update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == sa.bindparam("of"))
    .values(
        next_seq=CONVERSATIONS.c.next_seq + sa.bindparam("items"),
        next_turn=CONVERSATIONS.c.next_turn + sa.bindparam("turns"),
        item_count=CONVERSATIONS.c.item_count + sa.bindparam("items"),
        updated_at=sa.bindparam("updated_at"),
    )
    .returning(CONVERSATIONS)
)
_ADD_ITEMS = sa.insert(ITEMS)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a conversation.

    Attributes:
        items: Sequence numbers for so many items; fewer than none: given back, in the transaction
            that took them.
        turns: Numbers for so many turns; fewer than none are given back, too.
        opening: What it is, should it not be there.
        now: Epoch seconds.
    """

    items: int = 0
    turns: int = 0
    opening: Opening = UNNAMED
    now: float = 0.0


@dataclass(frozen=True)
class Claimed:
    """Numbers that nobody else gets; the conversation is locked until the transaction ends.

    Attributes:
        first: The first sequence number claimed.
        turn: The first turn number claimed.
        item_count: Items there are, with those claimed.
        removed: Items that were popped or cleared.
    """

    first: int
    turn: int
    item_count: int
    removed: int
    cipher: Cipher


def check_id(name: str, what: str) -> str:
    """``name``, if it can be an id.

    Raises:
        InputError: Empty, too long, or with control characters.
    """
    if 0 < len(name) <= LONGEST_ID and name.isprintable():
        return name
    raise InputError(f"{what} must have 1 to {LONGEST_ID} printable characters; got {len(name)}.")


def encode(item: Item) -> str:
    """The text that is stored for an item: compact JSON, keys in the order given.

    Raises:
        InputError: It is not JSON.
    """
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InputError(f"An item of a conversation must be JSON: {error}.") from None


def tokens_of(items: Iterable[Item]) -> int:
    """What items take in a prompt, estimated as for those that are stored.

    Raises:
        InputError: One of them is not JSON.
    """
    return estimated_tokens(
        sum(len(encode(item).encode("utf-8", "surrogatepass")) for item in items)
    )


def decode(text: str, what: str) -> dict[str, Any]:
    """The item whose text ``encode`` gave.

    Raises:
        ConversationUnreadableError: The text is not what this module wrote.
    """
    try:
        return json.loads(text)
    except ValueError:
        raise ConversationUnreadableError(f"{what} is not JSON: it was changed.") from None


async def add_conversation(
    connection: AsyncConnection, seal: Seal | None, conversation: str, opening: Opening, now: float
) -> None:
    """Make the conversation unless it is there.

    Raises:
        ConversationNotFoundError: It was deleted, or its parent is not there.
    """
    if opening.parent is not None and not await exists(connection, opening.parent):
        raise ConversationNotFoundError(missing(opening.parent))
    data_key, cipher = seal.new_key(conversation) if seal else (None, Cipher(conversation))
    row = vars(opening) | {
        "id": conversation,
        "title": cipher.seal("title", "", opening.title),
        "next_seq": 1,
        "next_turn": 1,
        "item_count": 0,
        "key_id": data_key.key_id if data_key else None,
        "wrapped_key": data_key.blob if data_key else None,
        "created_at": now,
        "updated_at": now,
    }
    await connection.execute(upsert(connection.dialect.name, CONVERSATIONS, replace=()), row)
    # After the insert, not before: a deletion that was first is then sure to be seen.
    was_deleted = sa.select(DELETIONS.c.digest).where(DELETIONS.c.digest == digest(conversation))
    if await connection.scalar(was_deleted):
        raise ConversationNotFoundError(f"Conversation {conversation!r} was deleted.")


async def claim(
    connection: AsyncConnection, seal: Seal | None, conversation: str, demand: Wanted
) -> Claimed:
    """Lock the conversation, made if it is not there, and take the next numbers.

    Raises:
        ConversationNotFoundError: It was deleted.
        ConversationUnreadableError: Its key is not there.
    """
    values = {
        "of": conversation,
        "items": demand.items,
        "turns": demand.turns,
        "updated_at": demand.now,
    }
    while (row := (await connection.execute(_CLAIM, values)).one_or_none()) is None:
        await add_conversation(connection, seal, conversation, demand.opening, demand.now)
    cipher = cipher_of(seal, conversation, wrapped_key(row))
    if _is_nameless_thread(row, cipher, demand.opening):
        heading = {"kind": "thread", "title": cipher.seal("title", "", demand.opening.title)}
        await connection.execute(
            sa.update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(heading)
        )
    return Claimed(
        first=row.next_seq - demand.items,
        turn=row.next_turn - demand.turns,
        item_count=row.item_count,
        removed=row.next_seq - 1 - row.item_count,
        cipher=cipher,
    )


def _is_nameless_thread(row: sa.Row[Any], cipher: Cipher, opening: Opening) -> bool:
    """Whether this thread was made by a guardrail's agent, which spoke before the thread did."""
    if row.kind != "run" or opening.kind != "thread" or opening.workflow_id != row.workflow_id:
        return False
    return opening != UNNAMED and not cipher.unseal("title", "", row.title)


async def head(connection: AsyncConnection, conversation: str) -> sa.Row[Any]:
    """The conversation's row.

    Raises:
        ConversationNotFoundError: There is none.
    """
    result = await connection.execute(
        sa.select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)
    )
    row = result.one_or_none()
    if row is None:
        raise ConversationNotFoundError(missing(conversation))
    return row


async def open_cipher(connection: AsyncConnection, seal: Seal | None, conversation: str) -> Cipher:
    """The cipher of a conversation that is there.

    Raises:
        ConversationNotFoundError: It is not.
        ConversationUnreadableError: Its key is not there.
    """
    return cipher_of(seal, conversation, wrapped_key(await head(connection, conversation)))


async def exists(connection: AsyncConnection, conversation: str) -> bool:
    """Whether there is such a conversation."""
    statement = sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation)
    return await connection.scalar(statement) is not None


async def add_items(
    connection: AsyncConnection, cipher: Cipher, items: Iterable[tuple[int, str | None]]
) -> None:
    """Store the texts of items at their sequence numbers; None: an item that was popped."""
    rows = [
        {
            "conversation": cipher.conversation,
            "seq": seq,
            "item": None if text is None else cipher.seal("item", seq, text),
        }
        for seq, text in items
    ]
    if rows:
        await connection.execute(_ADD_ITEMS, rows)


async def texts(
    connection: AsyncConnection, cipher: Cipher, spans: Sequence[Span]
) -> AsyncIterator[tuple[int, str | None]]:
    """Sequence number and text of the items in ``spans``, ascending; None: popped or cleared.

    Raises:
        ConversationUnreadableError: An item was changed, or is gone without having been popped.
    """
    for span in in_parts(spans):
        statement = sa.select(ITEMS.c.seq, ITEMS.c.item).where(within(cipher.conversation, span))
        count = 0
        for row in await connection.execute(statement.order_by(ITEMS.c.seq)):
            count += 1
            yield row.seq, None if row.item is None else cipher.unseal("item", row.seq, row.item)
        if count != sum(last - first + 1 for first, last in span):
            raise ConversationUnreadableError(
                f"Items {span[0][0]} to {span[-1][1]} of conversation {cipher.conversation!r} are"
                f" not all there: {count} were found."
            )


async def items_of(
    connection: AsyncConnection, cipher: Cipher, spans: Sequence[Span]
) -> list[Item]:
    """The items of ``spans``, in the order of the spans, without what was popped or cleared.

    Raises:
        ConversationUnreadableError: An item was changed, or is gone without having been popped.
    """
    items, _ = await sized_items(connection, cipher, spans)
    return items


async def sized_items(
    connection: AsyncConnection, cipher: Cipher, spans: Sequence[Span]
) -> tuple[list[Item], int]:
    """The items of ``spans`` as ``items_of`` gives them, and their characters of JSON in all.

    Raises:
        ConversationUnreadableError: An item was changed, or is gone without having been popped.
    """
    text_of = {
        seq: text async for seq, text in texts(connection, cipher, spans) if text is not None
    }
    items = [
        decode(text_of[seq], f"Item {seq} of conversation {cipher.conversation!r}")
        for first, last in spans
        for seq in range(first, last + 1)
        if seq in text_of
    ]
    return items, sum(map(len, text_of.values()))


def in_parts(spans: Iterable[Span]) -> list[list[Span]]:
    """Split spans into portions for one statement each, their sequence numbers ascending."""
    short = [
        (start, min(start + ITEMS_AT_ONCE - 1, last))
        for first, last in merge(spans)
        for start in range(first, last + 1, ITEMS_AT_ONCE)
    ]
    parts: list[list[Span]] = []
    size = ITEMS_AT_ONCE
    for span in short:
        length = span[1] - span[0] + 1
        if not parts or size + length > ITEMS_AT_ONCE or len(parts[-1]) == SPANS_AT_ONCE:
            parts.append([])
            size = 0
        parts[-1].append(span)
        size += length
    return parts


def within(conversation: str, spans: Sequence[Span]) -> sa.ColumnElement[bool]:
    """The condition that an item of the conversation lies in one of ``spans``."""
    ranges = [ITEMS.c.seq.between(first, last) for first, last in spans]
    return sa.and_(ITEMS.c.conversation == conversation, sa.or_(sa.false(), *ranges))


def wrapped_key(row: sa.Row[Any]) -> WrappedKey | None:
    """The wrapped key in a conversation's row."""
    return WrappedKey(row.key_id, row.wrapped_key) if row.wrapped_key is not None else None


def digest(conversation: str) -> str:
    """The hash that stays of a deleted conversation's name."""
    return hashlib.sha256(conversation.encode()).hexdigest()


def missing(conversation: str) -> str:
    """The sentence for a conversation that is not there."""
    return f"There is no conversation {conversation!r}."
