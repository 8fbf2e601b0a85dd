"""A conversation as the body of a workflow: messages in, one turn at a time, replies out."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from agents import Agent
from pydantic import BaseModel, Field
from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from segue.errors.base import SegueError
from segue.errors.conversation import (
    ConversationCancelledError,
    ConversationEndedError,
    ConversationFullError,
)
from segue.runs.contracts import RunOutcome
from segue.runs.workflow.agent_run import run_agent
from segue.runs.workflow.approvals import ApprovalDesk
from segue.runs.workflow.failures import run_error
from segue.runs.workflow.run_options import RunOptions
from segue.runs.workflow.turn_state import ThreadPlace, TurnState

WAITING_AT_MOST = 50  # messages; each one holds an update open, and Temporal allows few of them
REPLIES_KEPT = 50

# Whoever waits for a reply of a thread that comes to an end hears of it before the workflow ends.
ENDS_ANSWERED = "ends-answered"


class Message(BaseModel, frozen=True):
    """What somebody says to a thread.

    Attributes:
        id: Chosen by the sender; the same id again is the same message.
        text: Their words.
        turn: Under this name the turn can be watched; None: nobody watches.
    """

    id: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=100_000)
    turn: str | None = None


class Reply(BaseModel, frozen=True):
    """What came of a message.

    Attributes:
        outcome: None: the workflow is moving on to a new run; send the same message again.
    """

    message_id: str
    outcome: RunOutcome | None = None


class ThreadState(BaseModel, frozen=True):
    """A thread on its way into the next run of its workflow."""

    conversation: str
    waiting: tuple[Message, ...] = ()
    replies: tuple[Reply, ...] = ()
    turn: TurnState | None = None
    ended: bool = False
    place: ThreadPlace = ThreadPlace()


Renew = Callable[[ThreadState], NoReturn]


class _TurnMovesError(BaseException):
    """Leaves the turn at hand, from its depths; never a failure."""

    def __init__(self, state: TurnState) -> None:
        super().__init__()
        self.state = state


class AgentThread:
    """Make it in the workflow's ``__init__``; let its handlers call ``send`` and ``end``.

    Messages are answered in the order in which they came. A message that was answered is answered
    the same again; one that waits is not queued twice.
    """

    def __init__(self, state: ThreadState) -> None:
        self.desk = ApprovalDesk()
        self._conversation = state.conversation
        self._waiting = list(state.waiting)
        self._replies = {reply.message_id: reply for reply in state.replies}
        self._turn = state.turn
        self._ended = state.ended
        self._place = state.place.model_copy()
        self._cards = set[str]()
        self._moving = False
        self._failure: SegueError | None = None
        self._turns_here = 0

    async def send(self, message: Message) -> Reply:
        """Queue ``message`` and wait for what comes of it.

        Raises:
            ConversationFullError: Too many messages wait already.
            ConversationEndedError: The conversation was ended, or cancelled meanwhile.
            SegueError: The workflow failed meanwhile.
        """
        if message.id not in self._replies and all(w.id != message.id for w in self._waiting):
            self._admit(message)
        await workflow.wait_condition(lambda: message.id in self._replies or self._is_leaving())
        if self._failure is not None and message.id not in self._replies:
            raise self._failure
        return self._replies.get(message.id, Reply(message_id=message.id))

    def end(self) -> None:
        """Answer what waits, then let the workflow complete."""
        self._ended = True

    async def serve(
        self,
        build: Callable[[], Agent[Any] | Awaitable[Agent[Any]]],
        options: RunOptions,
        renew: Renew,
    ) -> None:
        """Answer messages until the thread is ended.

        When it is cancelled or fails, whoever waits for a reply gets that as an error, and then
        this raises. No handler of the workflow is at work when it returns or raises.

        Args:
            build: Builds the agent, for every turn anew.
            options: Of every turn; conversation, desk and renewal are the thread's.
            renew: ``workflow.continue_as_new`` with the state given.
        """
        try:
            await self._serve(build, options, renew)
        except BaseException as error:
            if (end := _end_by(error)) is not None and workflow.patched(ENDS_ANSWERED):
                self._failure = end
                await workflow.wait_condition(workflow.all_handlers_finished)
            raise
        if not workflow.all_handlers_finished() and workflow.patched(ENDS_ANSWERED):
            await workflow.wait_condition(workflow.all_handlers_finished)

    async def _serve(
        self,
        build: Callable[[], Agent[Any] | Awaitable[Agent[Any]]],
        options: RunOptions,
        renew: Renew,
    ) -> None:
        while True:
            await workflow.wait_condition(lambda: self._has_work(options))
            if self._renewal_due(options):
                await self._move(renew)
            if not self._waiting:
                return
            try:
                await self._answer(self._waiting[0], build, options)
            except _TurnMovesError as moves:
                self._turn = moves.state
                await self._move(renew)

    async def _answer(
        self,
        message: Message,
        build: Callable[[], Agent[Any] | Awaitable[Agent[Any]]],
        options: RunOptions,
    ) -> None:
        candidate = build()
        agent = candidate if isinstance(candidate, Agent) else await candidate
        outcome = await run_agent(
            agent,
            message.text,
            dataclasses.replace(
                options,
                conversation=self._conversation,
                turn=message.turn,
                desk=self.desk,
                renew=_move_turn,
                continues=self._turn,
                place=self._place,
                cards=self._cards,
            ),
        )
        self._turn = None
        self._turns_here += 1
        self._waiting.pop(0)
        self._replies[message.id] = Reply(message_id=message.id, outcome=outcome)
        for old in list(self._replies)[:-REPLIES_KEPT]:
            del self._replies[old]

    def _admit(self, message: Message) -> None:
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise ConversationEndedError("The conversation was ended.")
        if len(self._waiting) >= WAITING_AT_MOST:
            raise ConversationFullError(
                f"{WAITING_AT_MOST} messages wait already.", hint="Wait for a reply, then go on."
            )
        self._waiting.append(message)

    def _is_leaving(self) -> bool:
        return self._moving or self._failure is not None

    def _has_work(self, options: RunOptions) -> bool:
        return bool(self._waiting) or self._ended or self._renewal_due(options)

    def _renewal_due(self, options: RunOptions) -> bool:
        if not self._turns_here:
            return False
        return (
            self._turns_here >= options.limits.renewal.turns
            or workflow.info().is_continue_as_new_suggested()
        )

    async def _move(self, renew: Renew) -> NoReturn:
        # Whoever waits is told to come back; then nothing is cut off in the middle.
        self._moving = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        renew(
            ThreadState(
                conversation=self._conversation,
                waiting=tuple(self._waiting),
                replies=tuple(self._replies.values()),
                turn=self._turn,
                ended=self._ended,
                place=self._place,
            )
        )


def _end_by(error: BaseException) -> SegueError | None:
    """What a thread that ``error`` ends tells those who wait; None: the workflow goes on."""
    if is_cancelled_exception(error):
        return ConversationCancelledError("The conversation was cancelled before it answered.")
    if isinstance(error, Exception) and workflow.is_failure_exception(error):
        return run_error(error)
    return None  # it moves on as a new run, or a corrected worker will take it up


def _move_turn(state: TurnState) -> NoReturn:
    raise _TurnMovesError(state)
