"""Conversations in the database: every item once, in order, however often a step is repeated."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from segue.errors.conversation import ConversationFullError
from segue.sessions import erasing, forking, listing, rows, turn_rows
from segue.sessions.listing import Conversation, Kind, Page
from segue.sessions.operations import Appended, find, record
from segue.sessions.recent import RecentPrompts, Shown
from segue.sessions.rewrapping import Rewrapped, rewrap_some
from segue.sessions.rows import Claimed, Opening, Wanted
from segue.sessions.sealing import Seal, cipher_of
from segue.sessions.turns import (
    Item,
    Outline,
    Span,
    TurnRecord,
    newest_summary,
    prompt_turns,
)
from segue.storage.database import Database


class ConversationStore:
    """Conversations of one database; safe with any number of processes.

    Every method that writes names its operation and is one transaction. The same operation again,
    at the same time or a year later, changes nothing and gives what the first call gave. A
    conversation is made when it is first written to; one that was deleted never comes back.

    All methods raise ``StorageError`` (retryable) when the database is away or busy for too long,
    ``ConversationUnreadableError`` when content is sealed with a key that is not there or was
    changed, and ``InputError`` for an id that cannot be one.

    Args:
        database: Migrated; the caller closes it.
        seal: Seals what is written from now on, and opens what is sealed; None: plain.
        clock: Epoch seconds.
        max_items: That one conversation may hold; popped and cleared ones do not count.
    """

    def __init__(
        self,
        database: Database,
        *,
        seal: Seal | None = None,
        clock: Callable[[], float] = time.time,
        max_items: int = 100_000,
    ) -> None:
        self._database = database.of("conversations")
        self._seal = seal
        self._clock = clock
        self._max_items = max_items
        self._recent = RecentPrompts()

    async def open(
        self,
        conversation: str,
        *,
        kind: Kind = "thread",
        parent: str | None = None,
        workflow_id: str | None = None,
        title: str = "",
    ) -> None:
        """Make the conversation; one that is there stays as it is.

        Args:
            conversation: Its id.
            kind: ``run``: the inner talk of a run, which lists leave out.
            parent: It is deleted together with this one.
            workflow_id: The workflow that writes it.
            title: For people; sealed like the content.

        Raises:
            ConversationNotFoundError: It was deleted, or ``parent`` is not there.
        """
        rows.check_id(conversation, "A conversation's id")
        opening = Opening(kind=kind, parent=parent, workflow_id=workflow_id, title=title)
        async with self._database.reading() as connection:
            if await rows.exists(connection, conversation):
                return
        async with self._database.writing() as connection:
            await rows.add_conversation(
                connection, self._seal, conversation, opening, self._clock()
            )

    async def append(
        self,
        conversation: str,
        operation: str,
        items: Sequence[Item],
        *,
        note: str = "",
        opening: Opening = rows.UNNAMED,
    ) -> Appended:
        """Store ``items`` at the end, all or none; the same operation again stores nothing.

        Args:
            conversation: Its id.
            operation: Names what is stored.
            items: In order.
            note: Said beside them; sealed like them.
            opening: What the conversation is, should this be the first that is written to it.

        Raises:
            ConversationNotFoundError: The conversation was deleted.
            ConversationFullError: It would hold more than ``max_items``; nothing was stored.
        """
        lines = [rows.encode(item) for item in items]
        async with self._database.writing() as connection:
            claim = await self._claim(
                connection,
                conversation,
                operation,
                Wanted(items=len(lines), opening=opening),
            )
            result = Appended(
                claim.first,
                claim.first + len(lines) - 1,
                note,
                new=True,
                last_turn=claim.turn - 1,
                removed=claim.removed,
            )
            if earlier := await record(connection, claim.cipher, operation, result):
                await self._claim(connection, conversation, operation, Wanted(items=-len(lines)))
                return replace(earlier, last_turn=result.last_turn)
            if claim.item_count > self._max_items:
                raise ConversationFullError(
                    f"Conversation {conversation!r} may hold {self._max_items} items; it would hold"
                    f" {claim.item_count}."
                )
            await rows.add_items(connection, claim.cipher, enumerate(lines, claim.first))
        return result

    async def exists(self, conversation: str) -> bool:
        """Whether anything was ever said under this id, and is not deleted."""
        async with self._database.reading() as connection:
            return await rows.exists(connection, conversation)

    async def append_result(self, conversation: str, operation: str) -> Appended | None:
        """What an earlier call of ``append`` stored; None: there was none.

        Raises:
            ConversationUnreadableError: Its note cannot be read.
        """
        async with self._database.reading() as connection:
            if not await rows.exists(connection, conversation):
                return None
            cipher = await rows.open_cipher(connection, self._seal, conversation)
            return await find(connection, cipher, operation)

    async def read(self, conversation: str, spans: Sequence[Span]) -> list[Item]:
        """The items of ``spans`` in their order, without what was popped or cleared.

        Raises:
            ConversationNotFoundError: No such conversation.
            ConversationUnreadableError: An item cannot be read, or was never there.
        """
        async with self._database.reading() as connection:
            cipher = await rows.open_cipher(connection, self._seal, conversation)
            return await rows.items_of(connection, cipher, spans)

    async def close_turn(self, conversation: str, operation: str, turn: TurnRecord) -> TurnRecord:
        """Say which items make a turn, and how it ended; gives the turn as it is stored.

        The same operation again changes nothing and gives the turn that it closed first.

        Raises:
            ConversationNotFoundError: The conversation was deleted.
            ConversationUnreadableError: The note of the turn that it closed first was changed.
        """
        async with self._database.writing() as connection:
            claim = await self._claim(connection, conversation, operation, Wanted(turns=1))
            last = turn.model_copy(update={"number": claim.turn, "created_at": self._clock()})
            earlier = await turn_rows.record(connection, claim.cipher, operation, last)
            if earlier is not None:
                await self._claim(connection, conversation, operation, Wanted(turns=-1))
                return earlier
        return last

    async def turns(self, conversation: str, *, upto: int | None = None) -> list[TurnRecord]:
        """The closed turns with numbers up to ``upto`` (None: all), in order.

        Raises:
            ConversationNotFoundError: No such conversation.
        """
        async with self._database.reading() as connection:
            cipher = await rows.open_cipher(connection, self._seal, conversation)
            return await turn_rows.turns(connection, cipher, upto=upto)

    async def prompt(
        self, conversation: str, *, upto_turn: int | None = None, removals: int | None = None
    ) -> list[Item]:
        """What a model is shown of the turns up to ``upto_turn`` (None: all).

        The items of closed turns in order; where there is a summary, it stands in the place of the
        turns that it covers.

        Args:
            conversation: Its id.
            upto_turn: The last turn shown.
            removals: How many items were popped or cleared, as a write of this moment has said
                (``Appended``); nothing is read then where this process knows the prompt.

        Raises:
            ConversationNotFoundError: No such conversation.
        """
        if removals is not None and upto_turn is not None:
            start = self._recent.get(conversation, removals=removals, upto=upto_turn)
            if start is not None and start.upto == upto_turn:
                return [{**item} for item in start.items]
        async with self._database.reading() as connection:
            head = await rows.head(connection, conversation)
            cipher = cipher_of(self._seal, conversation, rows.wrapped_key(head))
            count = head.next_seq - 1 - head.item_count
            start = self._recent.get(conversation, removals=count, upto=upto_turn)
            later = await self._later(connection, conversation, start, upto_turn)
            if start is None or newest_summary(later) is not None:
                start = Shown(removed=count, upto=0, items=(), size=0)
            spans = [span for turn in prompt_turns(later) for span in turn.spans]
            items, size = await rows.sized_items(connection, cipher, spans)
        prompt = Shown(
            removed=count,
            upto=max([start.upto, *(turn.number for turn in later)]),
            items=(*start.items, *items),
            size=start.size + size,
        )
        self._recent.put(conversation, prompt)
        return [{**item} for item in prompt.items]

    def remember(self, conversation: str, turn: int, items: Sequence[Item]) -> None:
        """Remember what was stored as a turn just now, so that the next prompt reads nothing.

        Args:
            conversation: Its id.
            turn: The number of a turn that is closed and stored.
            items: Of the turn, as a model will be shown them. Nobody changes them.
        """
        self._recent.add(conversation, turn, items)

    async def data_key(self, conversation: str, *, purpose: str) -> bytes | None:
        """A key of 32 bytes for what other rooms keep of a conversation; None: not encrypted.

        The same conversation and purpose give the same key for as long as the conversation lives.
        Once it is deleted nobody can make the key again, so what it encrypted is unreadable.

        Raises:
            ConversationNotFoundError: No such conversation, or it was deleted.
        """
        async with self._database.reading() as connection:
            cipher = await rows.open_cipher(connection, self._seal, conversation)
            return cipher.derived_key(purpose)

    async def conversations(
        self, *, kind: Kind | None = "thread", limit: int = 50, after: str | None = None
    ) -> Page:
        """A page of conversations, the last used first.

        Args:
            kind: Which; None: all.
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.
        """
        async with self._database.reading() as connection:
            return await listing.page(connection, self._seal, kind=kind, limit=limit, after=after)

    async def show(self, conversation: str) -> Conversation:
        """All of a conversation, also the items that no turn names.

        Raises:
            ConversationNotFoundError: No such conversation.
        """
        async with self._database.reading() as connection:
            return await listing.whole(connection, self._seal, conversation)

    async def fork(self, conversation: str, new_id: str, *, after_turn: int | None = None) -> None:
        """Make ``new_id`` a thread that begins with the turns up to ``after_turn`` (None: all).

        Numbers of turns and items are the same in both. The copy has its own key, and stays when
        the original is deleted. The same fork again does nothing.

        Raises:
            ConversationNotFoundError: No such conversation or turn, or ``new_id`` was deleted.
            ConversationError: ``new_id`` is another conversation.
        """
        rows.check_id(new_id, "A conversation's id")
        async with self._database.writing() as connection:
            await forking.fork(
                connection,
                self._seal,
                conversation,
                new_id,
                after_turn=after_turn,
                now=self._clock(),
            )

    async def pop(self, conversation: str, operation: str) -> Item | None:
        """Take away the last item of ``prompt`` and give it; None: there is none.

        The same operation again takes nothing and gives the same item.

        Raises:
            ConversationNotFoundError: The conversation was deleted.
        """
        async with self._database.erasing() as connection:
            claim = await self._claim(connection, conversation, operation)
            text = await erasing.pop(connection, claim, operation)
        return None if text is None else rows.decode(text, "The popped item")

    async def clear(self, conversation: str, operation: str) -> None:
        """Take away all content; the conversation, its title and its numbers stay.

        Raises:
            ConversationNotFoundError: The conversation was deleted.
        """
        async with self._database.erasing() as connection:
            claim = await self._claim(connection, conversation, operation)
            await erasing.clear(connection, claim, operation)

    async def delete(self, conversation: str) -> bool:
        """Take the conversation and its nested ones out of the database; whether it was there.

        Nobody can make it anew: whoever still writes to it gets ``ConversationNotFoundError``.
        """
        self._recent.drop(conversation)
        async with self._database.erasing() as connection:
            return await erasing.delete(connection, conversation, self._clock())

    async def rewrap(self) -> Rewrapped:
        """Bring all keys under the first master key; the older ones are then no longer needed.

        It may be stopped at any time and run again. Without master keys it does nothing.
        """
        count, unreadable = 0, tuple[str, ...]()
        after: str | None = "" if self._seal else None
        while self._seal and after is not None:
            async with self._database.writing() as connection:
                some, after = await rewrap_some(connection, self._seal, after=after)
            count, unreadable = count + some.done, unreadable + some.unreadable
        return Rewrapped(count, unreadable)

    async def _later(
        self,
        connection: AsyncConnection,
        conversation: str,
        start: Shown | None,
        upto: int | None,
    ) -> list[Outline]:
        """The turns that are not in ``start``; all of them where a summary has come since."""
        if start is not None:
            later = await turn_rows.outlines(connection, conversation, after=start.upto, upto=upto)
            if newest_summary(later) is None:
                return later
        return await turn_rows.outlines(connection, conversation, upto=upto)

    async def _claim(
        self,
        connection: AsyncConnection,
        conversation: str,
        operation: str,
        demand: Wanted = Wanted(),  # noqa: B008 - frozen
    ) -> Claimed:
        rows.check_id(conversation, "A conversation's id")
        rows.check_id(operation, "An operation's name")
        return await rows.claim(
            connection, self._seal, conversation, replace(demand, now=self._clock())
        )
