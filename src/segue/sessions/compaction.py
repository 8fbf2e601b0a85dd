"""Long conversations: older turns give way to a summary of them, and stay in the database."""

from collections.abc import Awaitable, Callable, Sequence

from segue.sessions.store import ConversationStore
from segue.sessions.turns import Item, TurnRecord, prompt_turns

# It is made from what users and tools said, so it speaks with no more authority than a user does.
_PREFACE = "Summary of the conversation up to here (the turns themselves are not repeated):"


def needs_compaction(
    turns: Sequence[TurnRecord], *, tokens_limit: int, keep_recent: int
) -> int | None:
    """The turn up to which a summary should stand for all; None: the prompt is short enough.

    The prompt is too long when the estimated tokens (``turns.estimated_tokens``) of what a model is
    shown are more than ``tokens_limit``. The newest turns stay word for word, as many as take half
    of the limit: so the next summary is far, however long turns are.

    Args:
        turns: All closed turns in order, as ``ConversationStore.turns`` gives them.
        tokens_limit: Of the model's window, what history may take; tokens.
        keep_recent: Turns to keep word for word, at most; >= 0.
    """
    if tokens_shown(turns) <= tokens_limit:
        return None
    whole = [turn for turn in prompt_turns(turns) if turn.kind != "summary"]
    room, recent = tokens_limit / 2, 0
    for turn in reversed(whole[max(0, len(whole) - keep_recent) :]):
        room -= turn.tokens
        if room < 0:
            break
        recent += 1
    old = whole[: len(whole) - recent]
    return old[-1].number if old else None


def tokens_shown(turns: Sequence[TurnRecord]) -> int:
    """What a model is shown of the turns, in estimated tokens."""
    return sum(turn.tokens for turn in prompt_turns(turns))


def turns_to_summarise(turns: Sequence[TurnRecord], upto_turn: int) -> list[TurnRecord]:
    """What a summary up to ``upto_turn`` is made from: the summary before it, and turns since."""
    return [
        turn for turn in prompt_turns(turns) if turn.kind == "summary" or turn.number <= upto_turn
    ]


def summary_item(text: str) -> Item:
    """The item that a model is shown in the place of the turns."""
    return {"role": "user", "content": f"{_PREFACE}\n\n{text}"}


async def compact(
    store: ConversationStore,
    conversation: str,
    operation: str,
    *,
    upto_turn: int,
    summarise: Callable[[list[Item]], Awaitable[str]],
) -> int:
    """Put a summary in the place of the turns up to ``upto_turn``; gives its turn's number.

    The turns stay, and so does every prompt that was asked for with an earlier ``upto_turn``. The
    same operation again asks for no second summary.

    Args:
        store: Holds the conversation.
        conversation: Its id.
        operation: Names this summary.
        upto_turn: The last turn that the summary stands for, from ``needs_compaction``.
        summarise: Gives the summary of items: a call to a model, most likely.

    Raises:
        ConversationNotFoundError: No such conversation.
    """
    result = await store.append_result(conversation, operation)
    if result is None:
        turns = turns_to_summarise(await store.turns(conversation), upto_turn)
        spans = [span for turn in turns for span in turn.spans]
        text = await summarise(await store.read(conversation, spans))
        result = await store.append(conversation, operation, [summary_item(text)])
    summary = TurnRecord(
        kind="summary",
        spans=((result.first, result.last),),
        covers=upto_turn,
        text_seq=result.first,
    )
    return (await store.close_turn(conversation, operation, summary)).number
