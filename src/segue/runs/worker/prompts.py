"""References turned back into what a model is asked, and answers into what a workflow is told."""

from collections.abc import Sequence

from segue.runs.contracts import Item, Kept, Log, ModelCall, New, PromptPart, Span, Turns
from segue.sessions.store import ConversationStore


async def expanded(
    store: ConversationStore, call: ModelCall
) -> tuple[list[Item], tuple[Span, ...]]:
    """The whole prompt of ``call``, and where its new items are stored now."""
    items: list[Item] = []
    stored: list[Span] = []
    for part in call.prompt:
        if isinstance(part, Turns):
            items += await store.prompt(call.log.id, upto_turn=part.upto)
        elif isinstance(part, Kept):
            items += await store.read(call.log.id, [part.span])
        else:
            operation = f"{call.operation}/prompt/{len(stored)}"
            kept = await store.append(call.log.id, operation, part.items)
            stored.append((kept.first, kept.last))
            items += part.items
    return items, tuple(stored)


async def spans(
    store: ConversationStore, log: Log, operation: str, parts: Sequence[PromptPart]
) -> list[Span]:
    """Where the items of a transcript are; those that nobody stored yet are stored now."""
    found: list[Span] = []
    for at, part in enumerate(parts):
        if isinstance(part, Kept):
            found.append(part.span)
        elif isinstance(part, New):
            kept = await store.append(log.id, f"{operation}/items/{at}", part.items)
            found.append((kept.first, kept.last))
    return found


def at_position(found: Sequence[Span], position: int | None) -> int | None:
    """The sequence number at a position of flattened spans, 0-based."""
    if position is None:
        return None
    numbers = [seq for first, last in found for seq in range(first, last + 1)]
    return numbers[position] if position < len(numbers) else None


def shortened(items: Sequence[Item], longest: int) -> tuple[list[Item], list[int]]:
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


def _beginning(part: Item, longest: int) -> Item:
    text = part.get("text")
    if isinstance(text, str) and len(text) > longest:
        return {**part, "text": text[:longest]}
    return part
