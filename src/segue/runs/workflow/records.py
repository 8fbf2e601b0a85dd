"""The short statements by which a workflow begins, keeps and ends a run in the database.

They are local activities: no queue between, a few milliseconds each, idempotent on their operation.
"""

from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from segue.errors.run import RunCancelledError
from segue.runs.contracts import (
    Item,
    Log,
    RunClosed,
    RunClosing,
    RunOutcome,
    Span,
    TurnOpened,
    TurnOpening,
)
from segue.runs.limits import CANCELLED_WITHIN, MODEL_CALL, MODELS_QUEUE, RECORD
from segue.runs.travelling import lean
from segue.runtime.faults import from_failure
from segue.runtime.heartbeats import HEARTBEAT

COMPACT = "segue-compact-conversation"
OPEN_TURN = "segue-open-turn"
CLOSE_RUN = "segue-close-run"
KEEP_ITEMS = "segue-keep-items"
READ_ITEMS = "segue-read-items"
FIND_REPLY = "segue-find-reply"

_Told = TypeVar("_Told")


class Compaction(BaseModel, frozen=True):
    """Put a summary in the place of the turns up to one of them.

    Attributes:
        is_needed: No model can read these turns: without a summary they are left out.
    """

    log: Log
    operation: str
    upto: int
    is_needed: bool = False


class Keeping(BaseModel, frozen=True):
    """Put items beside a conversation: they are no part of any turn."""

    log: Log
    operation: str
    items: tuple[Item, ...]


class Reading(BaseModel, frozen=True):
    """Read items back."""

    log: Log
    span: Span


class ReplySearch(BaseModel, frozen=True):
    """Look for what came of a message that a thread may have answered before.

    Attributes:
        log: The thread's.
        operation: Under which the message was stored.
        turn: Name under which its turn could be watched; None: it had none.
        whole: The whole text is wanted; False: its beginning, where it is long.
    """

    log: Log
    operation: str
    turn: str | None = None
    whole: bool = False


class ReplyFound(BaseModel, frozen=True):
    """What the database has of a message.

    Attributes:
        outcome: What came of it; None: it was not answered.
        is_new_thread: Nothing was ever said there.
    """

    outcome: RunOutcome | None = None
    is_new_thread: bool = False


async def open_turn(opening: TurnOpening) -> TurnOpened:
    """Begin a turn."""
    return await _record(OPEN_TURN, opening, TurnOpened)


def message_operation(message: str) -> str:
    """Under which a thread stores a message, so that the same one is known again for ever."""
    return f"message/{message}"


async def find_reply(search: ReplySearch) -> ReplyFound:
    """What the database has of a message."""
    return await _record(FIND_REPLY, search, ReplyFound)


async def compact(compaction: Compaction) -> int | None:
    """Have older turns summarised; the number of the summary's turn.

    None: it did not come about. A turn does not fail for that: its prompt is longer, that is all.

    Raises:
        ActivityError: The workflow was cancelled meanwhile.
    """
    try:
        return await workflow.execute_activity(
            COMPACT,
            lean(compaction),
            result_type=int,
            task_queue=MODELS_QUEUE,
            start_to_close_timeout=MODEL_CALL.start_to_close,
            schedule_to_close_timeout=MODEL_CALL.schedule_to_close,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=MODEL_CALL.retry(),
        )
    except ActivityError as failure:
        if is_cancelled_exception(failure):
            raise
        workflow.logger.warning("no summary of the conversation: %s", from_failure(failure).code)
        return None


async def close_run(closing: RunClosing) -> RunClosed:
    """End a run and its turn; who cancels one does not wait for a database that is away."""
    is_cancelled = closing.status == RunCancelledError.code
    within = CANCELLED_WITHIN if is_cancelled else RECORD.schedule_to_close
    return await _record(CLOSE_RUN, closing, RunClosed, within=within)


async def keep_items(log: Log, operation: str, items: tuple[Item, ...]) -> int:
    """Store items beside the conversation; the sequence number of the first."""
    keeping = Keeping(log=log, operation=operation, items=items)
    first, _ = await _record(KEEP_ITEMS, keeping, tuple[int, int])
    return first


async def read_item(log: Log, seq: int) -> Item:
    """One stored item."""
    span: Span = (seq, seq)
    items = await _record(READ_ITEMS, Reading(log=log, span=span), list[dict[str, Any]])
    return items[0]


async def _record(
    name: str,
    argument: BaseModel,
    answer_type: type[_Told],
    *,
    within: timedelta = RECORD.schedule_to_close,
) -> _Told:
    return await workflow.execute_local_activity(
        name,
        argument,
        result_type=answer_type,
        start_to_close_timeout=RECORD.start_to_close,
        schedule_to_close_timeout=within,
        retry_policy=RECORD.retry(),
    )
