"""What a run knows to be stored already, so that no item travels twice."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from segue.runs.contracts import Beginning, Item, Kept, New, PromptPart, Span, Turns


def digest(item: Item) -> str:
    """One text for one content, whatever the order of its keys."""
    canonical = json.dumps(item, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


class PromptMemory:
    """Where each item of a prompt is kept. Deterministic; lives as long as one run of an agent."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[PromptPart, ...]] = {}

    def stands_for(self, item: Item, parts: Sequence[PromptPart]) -> None:
        """Let ``item`` be expanded to ``parts``."""
        self._parts[digest(item)] = tuple(parts)

    def output_kept(self, call_id: str, text: str, seq: int) -> None:
        """Note where the whole output of a tool call is; the SDK has only its beginning."""
        item: Item = {"type": "function_call_output", "call_id": call_id, "output": text}
        self.stands_for(item, (Kept(span=(seq, seq)),))

    def note_items(self, items: Sequence[Item], first: int) -> None:
        """Note that ``items`` are stored from ``first`` on."""
        for seq, item in enumerate(items, first):
            self.stands_for(item, (Kept(span=(seq, seq)),))

    def parts(self, items: Iterable[Item]) -> tuple[PromptPart, ...]:
        """``items`` as references where they are stored, and whole where they are not."""
        result: list[PromptPart] = []
        for item in items:
            for part in self._of(item):
                _add(result, part)
        return tuple(result)

    def note_spans(self, parts: Sequence[PromptPart], spans: Sequence[Span]) -> None:
        """Note that the new parts of a prompt were stored in ``spans``."""
        new = [part for part in parts if isinstance(part, New)]
        for part, (first, _) in zip(new, spans, strict=True):
            self.note_items(part.items, first)

    def continues_from(self, turn: int) -> None:
        """Note that the turns before this one go up to ``turn``: somebody has added to them."""
        for key, parts in self._parts.items():
            self._parts[key] = tuple(
                Turns(upto=turn) if isinstance(part, Turns) else part for part in parts
            )

    def resolve(self, parts: Iterable[PromptPart]) -> tuple[PromptPart, ...]:
        """``parts`` with references in the place of what was stored since."""
        result: list[PromptPart] = []
        for part in parts:
            for reference in self.parts(part.items) if isinstance(part, New) else (part,):
                _add(result, reference)
        return tuple(result)

    def snapshot(self) -> dict[str, list[Span]]:
        """All that is kept, to be carried into another run of the workflow."""
        return {
            key: [part.span for part in parts if isinstance(part, Kept)]
            for key, parts in self._parts.items()
            if all(isinstance(part, Kept) for part in parts)
        }

    def restore(self, snapshot: dict[str, list[Span]]) -> None:
        """Take over what another run of the workflow knew."""
        for key, spans in snapshot.items():
            self._parts[key] = tuple(Kept(span=(first, last)) for first, last in spans)

    def _of(self, item: Item) -> tuple[PromptPart, ...]:
        return self._parts.get(digest(item)) or (New(items=(item,)),)


def _add(parts: list[PromptPart], part: PromptPart) -> None:
    last = parts[-1] if parts else None
    apart = isinstance(last, Beginning) or isinstance(part, Beginning)
    if isinstance(last, New) and isinstance(part, New) and not apart:
        parts[-1] = New(items=(*last.items, *part.items))
    elif isinstance(last, Kept) and isinstance(part, Kept) and last.span[1] + 1 == part.span[0]:
        parts[-1] = Kept(span=(last.span[0], part.span[1]))
    else:
        parts.append(part)
