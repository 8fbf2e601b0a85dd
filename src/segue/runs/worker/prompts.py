"""References turned back into what a model is asked, and answers into what a workflow is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio import activity

from segue.runs.contracts import (
    Beginning,
    Item,
    Kept,
    Log,
    ModelCall,
    New,
    PromptPart,
    Span,
    Turns,
)
from segue.sessions.operations import Appended
from segue.sessions.rows import UNNAMED, Opening
from segue.sessions.store import ConversationStore


@dataclass
class Prompt:
    """What a model is asked.

    Attributes:
        items: In order.
        turn: Those of the turn at hand.
        spans: Where these are stored,
        stored: and those of them that were new.
        began: Whether the turn begins here.
        upto: The last finished turn; None: the call knows it.
    """

    items: list[Item] = field(default_factory=list[Item])
    turn: list[Item] = field(default_factory=list[Item])
    spans: list[Span] = field(default_factory=list[Span])
    stored: list[Span] = field(default_factory=list[Span])
    began: bool = False
    upto: int | None = None

    def add(self, items: Sequence[Item], span: Span) -> None:
        """Add more of the turn at hand."""
        self.items += items
        self.turn += items
        self.spans.append(span)


def opening_of(log: Log, *, title: str = "") -> Opening:
    """What the conversation of a log is; for activities, which know its workflow."""
    return Opening(
        kind=log.kind,
        parent=log.parent,
        workflow_id=activity.info().workflow_id or "",
        title=title,
    )


async def store_new(store: ConversationStore, call: ModelCall) -> list[Appended]:
    """Store what is new in the prompt of ``call``, each part once; gives where it is."""
    new = [part for part in call.prompt if isinstance(part, New)]
    return [
        await _keep(store, call.log, f"{call.operation}/prompt/{at}", part, opening_of(call.log))
        for at, part in enumerate(new)
    ]


async def expand(store: ConversationStore, call: ModelCall) -> Prompt:
    """The whole prompt of ``call``, with what is new in it stored."""
    new = await store_new(store, call)
    prompt = Prompt(stored=[(one.first, one.last) for one in new])
    places, removals = iter(new), new[0].removed if new and new[0].new else None
    upto = max([one.last_turn for one in new], default=0)
    for part in call.prompt:
        match part:
            case Turns():
                last = part.upto
                if _begins(call) and upto > last:  # somebody else has added to the conversation
                    last = prompt.upto = upto
                prompt.items += await store.prompt(call.log.id, upto_turn=last, removals=removals)
            case Kept():
                prompt.add(await store.read(call.log.id, [part.span]), part.span)
            case New():
                place = next(places)
                prompt.add(part.items, (place.first, place.last))
                prompt.began = prompt.began or isinstance(part, Beginning)
    return prompt


async def spans(
    store: ConversationStore, log: Log, operation: str, parts: Sequence[PromptPart]
) -> list[Span]:
    """Where the items of a transcript are; those that nobody stored yet are stored now."""
    places: list[Span] = []
    for at, part in enumerate(parts):
        if isinstance(part, Kept):
            places.append(part.span)
        elif isinstance(part, New):
            place = await _keep(store, log, f"{operation}/items/{at}", part, UNNAMED)
            places.append((place.first, place.last))
    return places


def at_position(places: Sequence[Span], position: int | None) -> int | None:
    """The sequence number at a position of flattened spans, 0-based."""
    if position is None:
        return None
    numbers = [seq for first, last in places for seq in range(first, last + 1)]
    return numbers[position] if position < len(numbers) else None


def shorten(items: Sequence[Item], longest: int) -> tuple[list[Item], list[int]]:
    """``items`` with long message texts cut to ``longest`` characters, and which of them were."""
    cut: list[Item] = []
    which: list[int] = []
    for at, item in enumerate(items):
        if item.get("type") == "message":
            parts: list[Item] = item["content"]
            beginnings = [_beginning(part, longest) for part in parts]
            which += [at] if beginnings != parts else []
            cut.append({**item, "content": beginnings})
        else:
            cut.append(item)
    return cut, which


def _begins(call: ModelCall) -> bool:
    return any(isinstance(part, Beginning) for part in call.prompt)


async def _keep(
    store: ConversationStore, log: Log, operation: str, part: New, opening: Opening
) -> Appended:
    if isinstance(part, Beginning):
        operation, opening = part.operation, opening_of(log, title=part.title)
    return await store.append(log.id, operation, part.items, opening=opening)


def _beginning(part: Item, longest: int) -> Item:
    text = part.get("text")
    if isinstance(text, str) and len(text) > longest:
        return {**part, "text": text[:longest]}
    return part
