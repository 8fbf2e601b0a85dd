"""A tool call that is repeated under its idempotency key takes effect once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic_core import to_json

from segue.errors.base import SegueError
from segue.errors.catalogue import OutcomeUnknownError
from segue.errors.input import InputError
from segue.music.contracts.base import Wire
from segue.music.store.locks import Locks
from segue.runs.store.effects import EffectLedger, Intent

LONGEST_KEY = 300
LEDGER_PREFIX = "spotify-mcp/"  # the caller's own ledger may hold the bare key: its tool's effect

_Answer = TypeVar("_Answer", bound=Wire)
Effect = Callable[[], Awaitable[_Answer]]


@dataclass(frozen=True)
class Call(Generic[_Answer]):
    """A tool call that writes.

    Attributes:
        tool: Its name.
        arguments: The same whenever the key is.
        key: The caller's, for this one call and its repetitions; None: nothing is remembered.
        writes: What it changes; one call at a time does.
        answers: With what it answers.
    """

    tool: str
    arguments: object
    key: str | None
    writes: str
    answers: type[_Answer]


class Once:
    """Runs writes so that none happens twice.

    Every effect given here reads before it writes, and is alone with its playlist while it runs.
    What the key adds: a call that ended is answered from the ledger, and after one that was cut off
    the write gets time to show before the playlist is read.

    Args:
        effects: The ledger.
        locks: One writer of a playlist at a time.
        settle: How long a write may stay invisible to readers.
    """

    def __init__(self, effects: EffectLedger, locks: Locks, settle: timedelta) -> None:
        self._effects = effects
        self._locks = locks
        self._settle_s = settle.total_seconds()

    async def run(self, call: Call[_Answer], effect: Effect[_Answer]) -> _Answer:
        """Run ``effect``, or give the answer that it had.

        Raises:
            InputError: The key is too long.
            RunError: The key stands for another call.
            SegueError: What the effect raised; the same key may be tried again.
        """
        async with self._locks(call.writes):
            if call.key is None:
                return await self._run_and_settle(effect)
            return await self._run_once(call, _intent(call, call.key), effect)

    async def _run_once(
        self, call: Call[_Answer], intent: Intent, effect: Effect[_Answer]
    ) -> _Answer:
        record = await self._effects.begin(intent, attempt=1)
        if record.state == "done" and record.resolved_by is None and record.result:
            return call.answers.model_validate_json(record.result)
        if record.state != "new":
            # Whoever began it let go of the lock, which is ours now; what it sent may not show yet.
            await asyncio.sleep(self._settle_s)
        try:
            answer = await self._run_and_settle(effect)
        except OutcomeUnknownError:
            raise  # stays begun: the next try waits before it reads
        except SegueError as error:
            await self._effects.fail(intent.key, error.code, error.message, retryable=True)
            raise
        await self._effects.finish(intent.key, answer.model_dump_json())
        return answer

    async def _run_and_settle(self, effect: Effect[_Answer]) -> _Answer:
        """Run ``effect``, once more where its write was sent and no answer came."""
        try:
            return await effect()
        except OutcomeUnknownError:
            await asyncio.sleep(self._settle_s)
            return await effect()


def _intent(call: Call[_Answer], key: str) -> Intent:
    if len(key) > LONGEST_KEY:
        raise InputError(f"Expected an idempotency key of at most {LONGEST_KEY} characters.")
    return Intent(
        key=LEDGER_PREFIX + key,
        tool=LEDGER_PREFIX + call.tool,
        workflow_id="",
        arguments_digest=hashlib.sha256(to_json(call.arguments)).hexdigest(),
    )
