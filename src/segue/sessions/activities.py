"""The four methods of an Agents SDK session, as activities over the store of conversations."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio import activity

from segue.sessions.contracts import (
    SESSION_ADD,
    SESSION_CLEAR,
    SESSION_GET,
    SESSION_POP,
    SessionChange,
    SessionItems,
    SessionQuestion,
)
from segue.sessions.store import ConversationStore
from segue.sessions.turns import TurnRecord


class SessionActivities:
    """Serves ``WorkflowSession``.

    Args:
        store: Where the conversations are.
    """

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def all(self) -> Sequence[Callable[..., Any]]:
        """What a worker registers."""
        return (self.get, self.add, self.pop, self.clear)

    @activity.defn(name=SESSION_GET)
    async def get(self, question: SessionQuestion) -> SessionItems:
        """What a model is shown of the conversation, which is made if it is not there.

        Idempotency: reads, and makes what is there already once.
        """
        await self._store.open(question.conversation)
        items = await self._store.prompt(question.conversation)
        if question.limit is not None:
            items = items[max(0, len(items) - question.limit) :]
        return SessionItems(items=items)

    @activity.defn(name=SESSION_ADD)
    async def add(self, change: SessionChange) -> None:
        """Store items at the end, as a turn of kind ``items``.

        Idempotency: both steps are named by the operation; a second run completes the first.
        """
        conversation, operation = change.conversation, change.operation
        result = await self._store.append(conversation, operation, change.items)
        turn = TurnRecord(kind="items", spans=((result.first, result.last),))
        await self._store.close_turn(conversation, operation, turn)

    @activity.defn(name=SESSION_POP)
    async def pop(self, change: SessionChange) -> SessionItems:
        """Take the last item away and give it; no item: there is none.

        Idempotency: a second run of the operation takes nothing and gives the same item.
        """
        item = await self._store.pop(change.conversation, change.operation)
        return SessionItems(items=[] if item is None else [item])

    @activity.defn(name=SESSION_CLEAR)
    async def clear(self, change: SessionChange) -> None:
        """Take all content away.

        Idempotency: a second run of the operation does nothing, whatever was added since.
        """
        await self._store.clear(change.conversation, change.operation)
