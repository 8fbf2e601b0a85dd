"""Prompts that this process read lately, so that the next turn reads what is new and no more."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from segue.sessions.turns import Item

MOST_CHARACTERS = 32_000_000  # of JSON; as Python objects about three times that


@dataclass(frozen=True)
class Shown:
    """What a model is shown of a conversation.

    Attributes:
        removed: How many items had been popped or cleared by then; any more, and it is outdated.
        upto: The number of the last turn in it, 1-based.
        items: Of the turns up to there, in order. Nobody changes them.
        size: Characters of the items as JSON.
    """

    removed: int
    upto: int
    items: tuple[Item, ...]
    size: int


class RecentPrompts:
    """The newest prompts, by conversation; those not asked for longest go first.

    Args:
        most: Characters of JSON in all, > 0.
    """

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, Shown] = OrderedDict()

    def get(self, conversation: str, *, removals: int, upto: int | None) -> Shown | None:
        """What a prompt up to turn ``upto`` (None: the last) begins with, where that is known."""
        prompt = self._kept.get(conversation)
        if (
            prompt is None
            or prompt.removed != removals
            or (upto is not None and upto < prompt.upto)
        ):
            return None
        self._kept.move_to_end(conversation)
        return prompt

    def put(self, conversation: str, prompt: Shown) -> None:
        """Keep ``prompt``, unless it alone is too large."""
        self.drop(conversation)
        if prompt.size > self._most:
            return
        self._kept[conversation] = prompt
        self._size += prompt.size
        while self._size > self._most:
            self.drop(next(iter(self._kept)))

    def add(self, conversation: str, turn: int, items: Sequence[Item]) -> None:
        """Let a new turn follow what is known of a conversation, where it is the next one."""
        prompt = self._kept.get(conversation)
        if prompt is None or prompt.upto != turn - 1:
            return
        size = sum(len(json.dumps(item, ensure_ascii=False)) for item in items)
        longer = Shown(prompt.removed, turn, (*prompt.items, *items), prompt.size + size)
        self.put(conversation, longer)

    def drop(self, conversation: str) -> None:
        """Forget a conversation."""
        if (prompt := self._kept.pop(conversation, None)) is not None:
            self._size -= prompt.size
