"""The short statements by which a workflow begins, keeps and ends a run in the database.

They are local activities: no queue between, a few milliseconds each, idempotent on their operation.
"""

from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio import workflow

from segue.runs.contracts import (
    Item,
    Keeping,
    Log,
    Reading,
    RunClosed,
    RunClosing,
    Span,
    TurnOpened,
    TurnOpening,
)
from segue.runs.limits import RECORD

OPEN_TURN = "segue-open-turn"
CLOSE_RUN = "segue-close-run"
KEEP_ITEMS = "segue-keep-items"
READ_ITEMS = "segue-read-items"

_Told = TypeVar("_Told")


async def open_turn(opening: TurnOpening) -> TurnOpened:
    """Begin a turn."""
    return await _record(OPEN_TURN, opening, TurnOpened)


async def close_run(closing: RunClosing) -> RunClosed:
    """End a run and its turn."""
    return await _record(CLOSE_RUN, closing, RunClosed)


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


async def _record(name: str, argument: BaseModel, told: type[_Told]) -> _Told:
    return await workflow.execute_local_activity(
        name,
        argument,
        result_type=told,
        start_to_close_timeout=RECORD.start_to_close,
        schedule_to_close_timeout=RECORD.schedule_to_close,
        retry_policy=RECORD.retry(),
    )
