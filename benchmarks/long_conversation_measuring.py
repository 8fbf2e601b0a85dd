"""Hold one conversation of one variant, and note what it cost and how it ended."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar
from uuid import uuid4

from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHistoryEventFilterType,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from benchmarks.long_conversation_variants import (
    Conversation,
    NoAnswerError,
    Stage,
    Variant,
)
from benchmarks.memory_driver import Weight
from segue.errors.base import SegueError
from tests.fakes.programs.openai_server.steps import Step

TOOL_BYTES = 5_000  # what ``page`` of the tests gives
_WINDOW = 5  # turns to both sides of one whose latency is told
_AGAIN_S = 0.05
_FAILURES = (RPCError, WorkflowUpdateFailedError, SegueError, NoAnswerError)

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What is said.

    Attributes:
        messages: One a turn.
        steps: What the model answers.
        marks: Numbers of turns, or of calls where there are ``tool_calls``, whose latency is told.
        variants: Names of those that it is put to.
        bar_at: The turn that must not take much longer than the first marked one; 0: none.
        tool_calls: That the last turn makes, one after the other.
        reply_within_s: A turn that takes longer counts as the end,
        all_within_s: and so does a conversation that takes longer.
    """

    title: str
    messages: tuple[str, ...]
    steps: tuple[Step, ...]
    marks: tuple[int, ...]
    variants: tuple[str, ...]
    bar_at: int = 0
    tool_calls: int = 0
    reply_within_s: float = 60.0
    all_within_s: float = 600.0

    @property
    def model_calls(self) -> int:
        """As many as it takes when nothing is asked twice."""
        return len(self.messages) + self.tool_calls


@dataclass(kw_only=True)
class Measured:
    """What came of one workload with one variant.

    Attributes:
        ended: In words; empty: it finished.
        model_calls: That the model server counted.
        seconds: Of each turn, or of each step of the last turn where that calls tools.
        parts: Seconds that the parts of each turn took, by name, where a variant looks at them.
        histories: Bytes of each run of the workflow.
        unique: Bytes of what was said and of what tools gave, once.
    """

    variant: str
    ended: str = ""
    turns: int = 0
    model_calls: int = 0
    seconds: list[float] = field(default_factory=list[float])
    parts: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    histories: list[int] = field(default_factory=list[int])
    weight: Weight = field(default_factory=Weight)
    unique: int = 0

    def latency(self, mark: int) -> float | None:
        """Median seconds around a turn or step; None: it did not come so far."""
        return middle(self.seconds, mark)

    def part(self, name: str) -> list[float]:
        """Seconds of one part of each finished turn."""
        return [part.get(name, 0.0) for part in self.parts[: self.turns]]

    def slower(self, early: int, late: int) -> float | None:
        """So many times as long as turn ``early`` takes turn ``late``."""
        before, after = self.latency(early), self.latency(late)
        return None if before is None or after is None else after / before


def middle(values: Sequence[float], mark: int) -> float | None:
    """The median of the values next to number ``mark``, 1-based; None: there are not so many."""
    if len(values) < mark:
        return None
    return statistics.median(values[max(0, mark - 1 - _WINDOW) : mark + _WINDOW])


async def measure(stage: Stage, variant: Variant, work: Workload) -> Measured:
    """Talk to the end, or as far as it goes."""
    script = f"long-{uuid4().hex[:8]}"
    await stage.openai.script(script, work.steps, keep_bodies=0)
    found = Measured(variant=variant.name)
    async with variant.open(stage, script, work.tool_calls + 10) as talk:
        found.parts = talk.times.turns
        try:
            await _converse(talk, work, found)
        finally:
            found.histories = await _leave(talk, found)
        found.weight = talk.weigh()
    calls = [call.received_at for call in await stage.openai.calls(script)]
    found.model_calls = len(calls)
    if work.tool_calls:
        # Tools are used in the last turn only; each result is followed by one more call.
        in_turn = calls[len(work.messages) - 1 :]
        found.seconds = [after - before for before, after in pairwise(in_turn)]
        found.unique += TOOL_BYTES * len(found.seconds)
    return found


async def _converse(talk: Conversation, work: Workload, found: Measured) -> None:
    end = time.perf_counter() + work.all_within_s
    for message in work.messages:
        found.unique += len(message.encode())
        talk.times.turns.append({})
        began = time.perf_counter()
        bound = asyncio.timeout(min(work.reply_within_s, end - began))
        try:
            async with bound:
                answer = await _answer(talk, message)
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            if not bound.expired():  # Temporal's client says the same when it is interrupted
                raise
            late = end - began < work.reply_within_s
            found.ended = (
                f"not finished after {work.all_within_s:.0f} s"
                if late
                else f"no reply within {work.reply_within_s:.0f} s"
            )
            return
        except _FAILURES as failed:
            found.ended = _why(failed)
            return
        found.seconds.append(time.perf_counter() - began)
        found.turns += 1
        found.unique += len(answer.encode())


async def _answer(talk: Conversation, message: str) -> str:
    while True:
        try:
            return await talk.say(message)
        except RPCError as refused:
            # Between two runs of a workflow; one that has ended for good says the same.
            if refused.status is not RPCStatusCode.NOT_FOUND or not await _is_running(talk):
                raise
        await asyncio.sleep(_AGAIN_S)


async def _is_running(talk: Conversation) -> bool:
    if talk.client is None or talk.handle is None:
        return False
    described = await talk.client.get_workflow_handle(talk.handle.id).describe()
    return described.status == WorkflowExecutionStatus.RUNNING


async def _leave(talk: Conversation, found: Measured) -> list[int]:
    """Bytes of each run; how the last one ended is noted, and one that still runs is ended."""
    if talk.handle is None:
        return []
    sizes: list[int] = []
    async for run, reason in _runs(talk):
        sizes.append(run.raw_description.workflow_execution_info.history_size_bytes)
        if run.status == WorkflowExecutionStatus.RUNNING:
            with suppress(RPCError):
                await talk.handle_of(run.run_id).terminate("measured")
        elif run.status != WorkflowExecutionStatus.CONTINUED_AS_NEW and run.status is not None:
            found.ended = f"{run.status.name.lower()}: {reason or found.ended}"
    return sizes


async def _runs(talk: Conversation) -> AsyncIterator[tuple[WorkflowExecutionDescription, str]]:
    assert talk.handle is not None
    run = talk.handle.first_execution_run_id
    while run:
        handle = talk.handle_of(run)
        described = await handle.describe()
        run, reason = None, ""
        if described.status != WorkflowExecutionStatus.RUNNING:
            async for event in handle.fetch_history_events(
                event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT
            ):
                renewed = event.workflow_execution_continued_as_new_event_attributes
                run = renewed.new_execution_run_id
                reason = event.workflow_execution_terminated_event_attributes.reason
        yield described, reason


def _why(failed: BaseException) -> str:
    """The cause, in one short line."""
    while failed.__cause__ is not None:
        failed = failed.__cause__
    return f"{type(failed).__name__}: {failed}".partition("\n")[0][:120]
