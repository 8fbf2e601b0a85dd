"""What a turn leaves behind for the turns after it; pure functions."""

from collections.abc import Callable, Sequence
from typing import Any

from agents import Agent, AgentsException, Handoff
from agents.items import RunItem
from pydantic_core import to_jsonable_python

from segue.errors.base import SegueError
from segue.errors.model import ContentFilteredError, ContextTooLongError, ModelRequestError
from segue.runs.contracts import Item, Kept, New, PromptPart
from segue.runs.workflow.durable_model import plain_items

# Failures of what was asked, not of who was asked: the same prompt would fail again.
_UNFIT = frozenset({
    ContextTooLongError.code,
    ContentFilteredError.code,
    ModelRequestError.code,
})
_READABLE = 1_000  # characters of a message; no model has a window too small for them

CALLS = {"function_call": "function_call_output", "computer_call": "computer_call_output"}


def run_items(items: Sequence[RunItem]) -> list[Item]:
    """The SDK's items as plain data; questions for approval are no part of a transcript."""
    return plain_items([
        item.to_input_item() for item in items if item.type != "tool_approval_item"
    ])


def without_open_calls(items: Sequence[Item]) -> list[Item]:
    """``items`` without calls that got no output: no service accepts those in a later prompt."""
    call_ids = {item.get("call_id") for item in items if item.get("type") in CALLS.values()}
    return [
        item for item in items if item.get("type") not in CALLS or item.get("call_id") in call_ids
    ]


def after_failure(
    error: SegueError, message: Sequence[Item], items: Sequence[Item]
) -> tuple[list[Item], list[Item]]:
    """What later prompts show of a turn that failed: what was said, and what came of it.

    A failure is nothing that the model has said, and so it stands there as a note, in nobody's
    voice. What no model could take is cut or left out, with all that the turn had found: it would
    fail every turn after this one.

    Args:
        error: How the turn failed.
        message: What the user said; empty: not known here any more.
        items: What came of it, in order.
    """
    results = [item for item in without_open_calls(items) if item.get("role") != "assistant"]
    if error.code not in _UNFIT or not message:
        return list(message), [*results, _note(f"This was not answered: {error.message}")]
    tools = dict.fromkeys(str(item["name"]) for item in results if item.get("type") in CALLS)
    ran = f" Tools that had run: {', '.join(tools)}." if tools else ""
    is_filtered = error.code == ContentFilteredError.code
    readable = [] if is_filtered else [_cut(item) for item in message]
    return readable, [_note(f"This was not answered: {error.message}{ran}")]


def _cut(item: Item) -> Item:
    words = item.get("content")
    if isinstance(words, str) and len(words) <= _READABLE:
        return item
    beginning = words[:_READABLE] if isinstance(words, str) else ""
    cut = f"{beginning}\n[cut here: no model could take all of it]".strip()
    return {"role": item.get("role", "user"), "content": cut}


def _note(text: str) -> Item:
    return {"role": "user", "content": f"[{text}]"}


def length(parts: Sequence[PromptPart]) -> int:
    """How many items ``parts`` are, whole turns not counted."""
    total = 0
    for part in parts:
        if isinstance(part, Kept):
            total += part.span[1] - part.span[0] + 1
        elif isinstance(part, New):
            total += len(part.items)
    return total


def last_message(items: Sequence[Item]) -> int | None:
    """Position of the last message of an assistant, 0-based."""
    positions = [at for at, item in enumerate(items) if item.get("role") == "assistant"]
    return positions[-1] if positions else None


def as_plain(output: Any) -> Any:  # noqa: ANN401 - whatever the agent's output type holds
    """An agent's output as JSON-able data."""
    return to_jsonable_python(output)


def so_far(source: BaseException, agent: str) -> tuple[str, list[Item]]:
    """How far a run came that an exception ended: its last agent and its items."""
    run_data = source.run_data if isinstance(source, AgentsException) else None
    if run_data is None:
        return agent, []
    return run_data.last_agent.name, run_items(run_data.new_items)


def agent_named(root: Agent[Any], name: str, further: Sequence[Agent[Any]]) -> Agent[Any]:
    """The agent of that name among those that handoffs reach from ``root``; else ``root``."""
    waiting, known_ids = [root, *further], set[int]()
    while waiting:
        agent = waiting.pop(0)
        if agent.name == name:
            return agent
        if id(agent) not in known_ids:
            known_ids.add(id(agent))
            waiting.extend(_targets(agent))
    return root


def _targets(agent: Agent[Any]) -> list[Agent[Any]]:
    return [
        target
        for each in agent.handoffs
        if (target := _target(each) if isinstance(each, Handoff) else each) is not None
    ]


def _target(handoff: Handoff[Any, Any]) -> Agent[Any] | None:
    # The SDK notes on a handoff where it leads, and offers no public way to ask.
    reference: Callable[[], Agent[Any] | None] | None = getattr(handoff, "_agent_ref", None)
    return reference() if reference is not None else None
