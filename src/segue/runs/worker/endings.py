"""Which answers end their run, and what is written down then; pure functions."""

from collections.abc import Sequence

from segue.runs.contracts import Item, Kept, ModelAnswer, ModelCall, RunClosing, Span
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.outcomes import OK

_LEAVES_NOTHING_TO_DO = frozenset({"message", "reasoning"})


def is_last_word(call: ModelCall, items: Sequence[Item]) -> bool:
    """Whether the SDK's loop ends with this answer; False also where that is not beyond doubt.

    Source: ``execute_tools_and_side_effects`` of the Agents SDK: text in the last message, no
    refusal, and nothing to run.
    """
    if call.ending is None or any(item.get("type") not in _LEAVES_NOTHING_TO_DO for item in items):
        return False
    messages = [item["content"] for item in items if item.get("type") == "message"]
    if any(part.get("type") != "output_text" for parts in messages for part in parts):
        return False
    text = "".join(part.get("text") or "" for part in messages[-1]) if messages else ""
    return bool(text[:KEPT_CHARACTERS].strip())


def closing_by(
    call: ModelCall,
    answer: ModelAnswer,
    items: Sequence[Item],
    spans: Sequence[Span],
    seconds: float,
) -> RunClosing:
    """The end of the run that ``answer`` is the last word of.

    Args:
        call: Says how the run ends.
        answer: Stored from its ``first`` on.
        items: Its items, whole.
        spans: Where the items of the turn before it are stored.
        seconds: Wall time since the question was put.
    """
    ending = call.ending
    assert ending is not None  # noqa: S101 - else it is nobody's last word
    before = sum(last - first + 1 for first, last in spans)
    last = max(at for at, item in enumerate(items) if item.get("type") == "message")
    own = (answer.first, answer.first + len(items) - 1)
    new_model = () if answer.model in ending.models else (answer.model,)
    return RunClosing(
        log=call.log,
        operation=ending.operation,
        started_with=ending.started_with or call.agent,
        agent=call.agent,
        status=OK,
        transcript=tuple(Kept(span=span) for span in (*spans, own)),
        text_at=before + last,
        plain_tools=ending.plain_tools,
        invoked=ending.invoked,
        spent=ending.spent.plus(answer.spent),
        models=(*ending.models, *new_model),
        offline=ending.offline or answer.offline,
        tools=ending.tools,
        seconds=ending.seconds + seconds,
        turn=call.turn,
    )
