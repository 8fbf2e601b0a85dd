"""One run of an agent, as its workflow knows it: what it spent, what is stored, what it may do."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial

from agents import AgentsException
from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutError, is_cancelled_exception  # noqa: A004 - of Temporal

from segue.errors.base import SegueError
from segue.errors.model import ModelError
from segue.errors.run import BudgetExceededError
from segue.runs.contracts import (
    Budget,
    Ending,
    Handed,
    Invoked,
    Log,
    ModelAnswer,
    ModelCall,
    PlainTool,
    PromptPart,
    RunClosed,
    Spent,
)
from segue.runs.limits import MODELS_QUEUE, Limits
from segue.runs.travelling import unpack
from segue.runs.workflow.budgets import limit_reached
from segue.runs.workflow.memory import PromptMemory
from segue.runs.workflow.stopping import Stop, unless
from segue.runtime.faults import from_failure
from segue.runtime.heartbeats import HEARTBEAT

INVOKE_MODEL = "segue-invoke-model"

# Asked when a budget is used up: whether to go on with as much again.
AskForMore = Callable[[str], Awaitable[bool]]


class RenewalDueError(AgentsException):
    """The history is long: the run should go on in a new run of its workflow. Not a failure."""


class StoppedError(AgentsException):
    """An error of ours on its way through the SDK, which notes on it how far the run came."""

    def __init__(self, error: SegueError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass
class Ledger:
    """What a run has used, with everything that it started."""

    spent: Spent = field(default_factory=Spent)
    models: list[str] = field(default_factory=list[str])
    handoffs: list[Handed] = field(default_factory=list[Handed])
    plain_tools: list[PlainTool] = field(default_factory=list[PlainTool])
    invoked: list[Invoked] = field(default_factory=list[Invoked])
    tool_users: set[str] = field(default_factory=set[str])
    tools: list[str] = field(default_factory=list[str])
    shortened: set[int] = field(default_factory=set[int])
    offline: bool = False
    calls_here: int = 0

    def add_answer(self, answer: ModelAnswer) -> None:
        """Add what one answer used."""
        self.calls_here += 1
        self.spent = self.spent.plus(answer.spent)
        self.offline = self.offline or answer.offline
        self.shortened |= {answer.first + at for at in answer.shortened}
        if answer.model not in self.models:
            self.models.append(answer.model)

    def add_failure(self, error: ModelError) -> None:
        """Add what a call used that gave no answer."""
        if error.input_tokens or error.output_tokens:
            self.spent = self.spent.plus(
                Spent(
                    model_calls=1,
                    attempts=1,
                    input_tokens=error.input_tokens,
                    output_tokens=error.output_tokens,
                    cost_usd=error.cost_usd or Decimal(0),
                )
            )


@dataclass
class Purse:
    """The budget of a run and what was granted on top of it.

    Attributes:
        run: Of this run with its sub-agents.
        thread: Of the whole conversation; checked where its total is known.
        ask: Asks a person to go on; None: there is nobody to ask.
        model: What answers from now on, once the budget says ``degrade``.
        grants: How often a person said yes.
        refused: A person said no, and is not asked again.
    """

    run: Budget | None
    thread: Budget | None
    ask: AskForMore | None = None
    model: str | None = None
    grants: int = 0
    refused: bool = False
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, ledger: Ledger, *, seconds: float, tool: bool = False) -> None:
        """Check the budget before the next call; what others spend while a person is asked counts.

        Raises:
            BudgetExceededError: The budget is used up, and it says stop, or a person said no.
        """
        while self.run is not None:
            limit = limit_reached(
                self.run, ledger.spent, seconds=seconds, grants=self.grants, tool=tool
            )
            if limit is None:
                return
            await self.over(self.run, limit)

    def seconds_left(self, seconds: float) -> timedelta:
        """How long a call may take that begins after ``seconds`` of the run."""
        if self.run is None or self.run.seconds is None or self.run.on_limit != "stop":
            return timedelta.max
        return timedelta(seconds=max(self.run.seconds - seconds, 1.0))

    async def over(self, budget: Budget, limit: str) -> None:
        """Go on or not, as ``budget`` says, now that one of its limits is reached.

        Raises:
            BudgetExceededError: The run must not go on.
        """
        if budget.on_limit == "degrade" and budget.degrade_to:
            self.model = budget.degrade_to
            self.run = self.run if budget is not self.run else None
            self.thread = self.thread if budget is not self.thread else None
            return
        if budget.on_limit == "ask" and await self._granted(limit):
            return
        raise BudgetExceededError(f"The budget is used up: {limit}.")

    async def _granted(self, limit: str) -> bool:
        grants = self.grants
        async with self._asking:  # calls that are over the limit at once share one question
            await self._ask_for_grant(limit, grants)
        return not self.refused

    async def _ask_for_grant(self, limit: str, grants: int) -> None:
        """Ask a person for more, unless somebody was asked since there were so many grants."""
        if self.refused or self.grants != grants:
            return
        self.refused = self.ask is None or not await self.ask(limit)
        self.grants += 0 if self.refused else 1


@dataclass(kw_only=True)
class Execution:
    """One run of one starting agent; its sub-agents have executions of their own.

    Attributes:
        log: Where its items are kept.
        operation: Prefix of the keys of all that it does; the same in every replay.
        turn: Where to stream; None: nobody watches.
        renews: Whether the workflow can go on as a new run in the middle of this one.
        cards: Digests that the worker side has seen.
        calls: Operation of the model call that asked for each tool call.
        edits: Arguments that a person changed, by tool call.
        asked: The newest prompt, whether or not it was sent.
        ending: How the run ends if the next answer is its last word, where the activity of the
            model call may close it; None: it may not.
        closed: The run, which the newest answer has ended; None: it goes on.
        whole: Long texts come back whole; False: they stay in the store.
        stays: Whether the workflow's run must not end now, since somebody waits in it.
        stop: Whether the run should be given up; None: nobody wants that.
    """

    log: Log
    operation: str
    limits: Limits
    purse: Purse
    ledger: Ledger
    started: float
    turn: str | None = None
    renews: bool = False
    cached: bool = False
    seconds_before: float = 0.0
    memory: PromptMemory = field(default_factory=PromptMemory)
    cards: set[str] = field(default_factory=set[str])
    calls: dict[str, str] = field(default_factory=dict[str, str])
    edits: dict[str, str] = field(default_factory=dict[str, str])
    whole: bool = True
    asked: tuple[PromptPart, ...] = ()
    ending: Callable[[], Ending] | None = None
    closed: RunClosed | None = None
    stays: Stop | None = None
    stop: Stop | None = None
    step: int = 0

    def next_operation(self) -> str:
        """A key for the next thing that this run does."""
        self.step += 1
        return f"{self.operation}/{self.step}"

    def child(self) -> "Execution":
        """An execution for a run that a tool starts: same purse and ledger, a log of its own."""
        operation = self.next_operation()
        return Execution(
            log=Log(id=operation, parent=self.log.id, root=self.log.root or self.log.id),
            operation=operation,
            limits=self.limits,
            purse=self.purse,
            ledger=self.ledger,
            started=self.started,
            seconds_before=self.seconds_before,
            cached=self.cached,
            cards=self.cards,
            stop=self.stop,
        )

    def seconds(self) -> float:
        """Wall time since the run began, over all runs of the workflow."""
        return workflow.time() - self.started + self.seconds_before

    async def may_call(self, *, tool: bool = False) -> None:
        """Before any call: the budget, and the length of the history.

        Raises:
            BudgetExceededError: The budget is used up.
            RenewalDueError: The workflow should go on as a new run first.
        """
        if not tool and self.renewal_due():
            raise RenewalDueError
        await self.purse.check(self.ledger, seconds=self.seconds(), tool=tool)

    def tool_called(self, agent: str, tool: str) -> None:
        """Count one more tool call."""
        self.ledger.spent = self.ledger.spent.plus(Spent(tool_calls=1))
        self.ledger.tool_users.add(agent)
        if tool not in self.ledger.tools:
            self.ledger.tools.append(tool)

    def add_handoff(self, from_agent: str, to_agent: str) -> None:
        """Count one more handoff."""
        self.ledger.spent = self.ledger.spent.plus(Spent(handoffs=1))
        self.ledger.handoffs.append(
            Handed(from_agent=from_agent, to_agent=to_agent, at=self.seconds())
        )

    async def ask(self, call: ModelCall) -> ModelAnswer:
        """Ask the model; what the whole thread may still spend is checked on the worker.

        Raises:
            SegueError: No model answered.
            BudgetExceededError: The thread's budget is used up.
            TurnInterruptedError: The run should be given up.
        """
        while True:
            try:
                answer = await unless(self.stop, partial(self._invoke, call))
            except BudgetExceededError as over:
                # Another call may have degraded the thread's budget meanwhile; who has none stops.
                budget = self.purse.thread or call.thread_budget or Budget()
                await self.purse.over(budget, over.message)
                call = call.model_copy(
                    update={
                        "thread_budget": self.thread_budget(),
                        "model": self.purse.model or call.model,
                    }
                )
            except ModelError as error:
                self.ledger.add_failure(error)
                raise
            else:
                self.ledger.add_answer(answer)
                self.cards.add(call.card)
                self.closed = answer.closed
                return answer

    def thread_budget(self) -> Budget | None:
        """What the worker compares the thread's total with: the budget and all that was granted."""
        budget = self.purse.thread
        if budget is None or not self.purse.grants:
            return budget
        more = self.purse.grants + 1
        return budget.model_copy(
            update={
                name: limit * more
                for name in ("tokens", "cost_usd", "tool_calls", "turns")
                if (limit := getattr(budget, name)) is not None
            }
        )

    async def _invoke(self, call: ModelCall) -> ModelAnswer:
        bounds = self.limits.model_call
        left = self.purse.seconds_left(self.seconds())
        try:
            answer = await workflow.execute_activity(
                INVOKE_MODEL,
                call,
                result_type=ModelAnswer,
                task_queue=MODELS_QUEUE,
                start_to_close_timeout=min(bounds.start_to_close, left),
                schedule_to_close_timeout=min(bounds.schedule_to_close, left),
                heartbeat_timeout=HEARTBEAT,
                retry_policy=bounds.retry(),
                summary=f"{call.agent} asks {call.model or 'the model'}",
            )
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            if isinstance(failure.cause, TimeoutError) and left < bounds.start_to_close:
                raise BudgetExceededError(
                    "The budget is used up: its seconds passed during a call of the model."
                ) from None
            raise from_failure(failure) from None
        return unpack(ModelAnswer, answer)

    def renewal_due(self) -> bool:
        """Whether the history is so long that the workflow should go on as a new run."""
        # At least one answer first: a run that renews before it did anything would do so for ever.
        if not self.renews or not self.ledger.calls_here:
            return False
        if self.stays is not None and self.stays():
            return False
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested()
            or info.get_current_history_size() >= self.limits.renewal.bytes
        )


CURRENT: ContextVar[Execution | None] = ContextVar("segue_execution", default=None)
