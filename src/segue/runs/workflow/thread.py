"""A conversation as the body of a workflow: messages in, one turn at a time, replies out."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from agents import Agent
from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from segue.errors.base import SegueError
from segue.errors.conversation import (
    ConversationBusyError,
    ConversationCancelledError,
    ConversationEndedError,
    ConversationError,
    ConversationFullError,
    ConversationMovingError,
)
from segue.runs.contracts import Log, RunOutcome
from segue.runs.workflow.agent_run import run_agent
from segue.runs.workflow.answered import ANSWERED_KEPT, REPLIES_KEPT, AnsweredMessages
from segue.runs.workflow.approvals import ApprovalDesk
from segue.runs.workflow.failures import run_error
from segue.runs.workflow.records import ReplySearch, message_operation
from segue.runs.workflow.run_options import RunOptions
from segue.runs.workflow.thread_state import Busy, Message, Reply, ThreadState
from segue.runs.workflow.turn_state import TurnState

WAITING_AT_MOST = 50  # messages; each one holds an update open, and Temporal allows few of them
# Temporal ends a run after 2,000 updates or 51,200 events. Who waits in a run keeps it alive until
# it is nearly there.
MESSAGES_AT_MOST = 1_900
EVENTS_AT_MOST = 40_000

# Of runs that began with it: messages are stored under their ids, and those that the thread may
# have forgotten are looked for there before they are answered.
NAMED_MESSAGES = "named-messages"
# Whoever waits for a reply of a thread that comes to an end hears of it before the workflow ends.
ENDS_ANSWERED = "ends-answered"


Renew = Callable[[ThreadState], NoReturn]


class _TurnMovesError(BaseException):
    """Leaves the turn at hand, from its depths; never a failure."""

    def __init__(self, state: TurnState) -> None:
        super().__init__()
        self.state = state


class AgentThread:
    """Make it in the workflow's ``__init__``; let its handlers call what they need of it.

    Messages are answered in the order in which they came. A message that was answered is answered
    the same again; one that waits is not queued twice.

    Args:
        state: Of the run before, or a new one.
        while_busy: What becomes of a message that comes while another is answered: it waits its
            turn, is refused, or takes the turn of the other, which is interrupted.
        most_waiting: Messages that may wait at once, > 0.
        replies_kept: Of the last messages, > 0; the database has all.
        answered_kept: Messages before these whose ids it knows, > 0; older ones are looked for in
            the database.
    """

    def __init__(
        self,
        state: ThreadState,
        *,
        while_busy: Busy = "queue",
        most_waiting: int = WAITING_AT_MOST,
        replies_kept: int = REPLIES_KEPT,
        answered_kept: int = ANSWERED_KEPT,
    ) -> None:
        self.desk = ApprovalDesk()
        self._while_busy = while_busy
        self._most_waiting = most_waiting
        self._answered = AnsweredMessages(state, most_replies=replies_kept, most_ids=answered_kept)
        self._held: dict[str, None] = {}
        self._messages_here = 0
        self._conversation = state.conversation
        self._waiting = list(state.waiting)
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
        self._messages_here += 1
        if self.reply_to(message.id) is None and self._place_of(message.id) is None:
            self._admit(message)
        await workflow.wait_condition(
            lambda: self.reply_to(message.id) is not None or self._is_leaving()
        )
        reply = self.reply_to(message.id)
        if self._failure is not None and reply is None:
            raise self._failure
        return reply or Reply(message_id=message.id)

    def post(self, message: Message) -> None:
        """Take ``message`` and wait for nothing; one that is known already is not taken again.

        Raises:
            ConversationFullError: Too many messages wait already.
            ConversationBusyError: Another is being answered, and this thread takes none meanwhile.
            ConversationEndedError: The conversation was ended.
        """
        self._messages_here += 1
        if not self.knows(message.id):
            self._admit(message)

    async def hold(self, message: Message) -> RunOutcome:
        """Take ``message`` and wait for its outcome; the workflow stays in its run until then.

        Raises:
            ConversationMovingError: The run cannot be longer; the message was not answered.
            ConversationError: As ``post``; or the outcome is kept in the database alone.
        """
        self.post(message)
        self._held[message.id] = None
        try:
            await workflow.wait_condition(
                lambda: self._place_of(message.id) is None or self._failure is not None
            )
        finally:
            self._held.pop(message.id, None)
        reply = self.reply_to(message.id)
        if reply is not None and reply.outcome is not None:
            return reply.outcome
        if self._failure is not None:
            raise self._failure
        if message.id in self._answered:
            raise ConversationError("This message was answered long ago; see the conversation.")
        raise ConversationMovingError("The conversation is moving on to a new run.")

    def reply_to(self, message_id: str) -> Reply | None:
        """What came of a message, while the thread holds it; None: nothing yet, or no longer."""
        return self._answered.reply(message_id)

    def knows(self, message_id: str) -> bool:
        """Whether the message was taken: it waits, or was answered."""
        return self.was_answered(message_id) or self._place_of(message_id) is not None

    def was_answered(self, message_id: str) -> bool:
        """Whether the message has its reply, here or in the database."""
        return message_id in self._answered

    @property
    def waiting(self) -> tuple[Message, ...]:
        """What is not answered yet, in order; the first is being answered."""
        return tuple(self._waiting)

    @property
    def ended(self) -> bool:
        """Whether it takes no more messages."""
        return self._ended

    def check(self) -> None:
        """Refuse a new message where none can be taken now; for validators too.

        Raises:
            ConversationFullError: Too many messages wait already.
            ConversationBusyError: Another is being answered, and this thread takes none meanwhile.
            ConversationEndedError: The conversation was ended, or comes to an end.
        """
        if self._failure is not None:
            raise self._failure
        if self._ended:
            raise ConversationEndedError("The conversation was ended.")
        if self._waiting and self._while_busy == "reject":
            raise ConversationBusyError("Another message is being answered.")
        if len(self._waiting) >= self._most_waiting:
            raise ConversationFullError(
                f"{self._most_waiting} messages wait already.",
                hint="Wait for a reply, then go on.",
            )

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
        outcome, names = None, workflow.patched(NAMED_MESSAGES)
        if names and self._turn is None:
            outcome = await self._answered.find(message.id, self._search_for(message, options))
        if outcome is None:
            outcome = await self._run(message, build, options, names=names)
        self._turn = None
        self._turns_here += 1
        self._waiting.pop(0)
        self._answered.add(message.id, outcome)

    def _search_for(self, message: Message, options: RunOptions) -> ReplySearch:
        return ReplySearch(
            log=Log(id=self._conversation, kind="thread"),
            operation=message_operation(message.name),
            turn=message.turn,
            whole=options.whole,
        )

    async def _run(
        self,
        message: Message,
        build: Callable[[], Agent[Any] | Awaitable[Agent[Any]]],
        options: RunOptions,
        *,
        names: bool,
    ) -> RunOutcome:
        candidate = build()
        agent = candidate if isinstance(candidate, Agent) else await candidate
        return await run_agent(
            agent,
            message.text,
            dataclasses.replace(
                options,
                conversation=self._conversation,
                message=message.name if names else None,
                turn=message.turn,
                desk=self.desk,
                renew=_move_turn,
                continues=self._turn,
                place=self._place,
                cards=self._cards,
                stays=self._has_held_message,
                stop=self._is_interrupted if self._while_busy == "interrupt" else None,
            ),
        )

    def _admit(self, message: Message) -> None:
        self.check()
        self._waiting.append(message)

    def _is_leaving(self) -> bool:
        return self._moving or self._failure is not None

    def _place_of(self, message_id: str) -> int | None:
        """Where a message waits, 0-based; None: nowhere."""
        places = (at for at, message in enumerate(self._waiting) if message.id == message_id)
        return next(places, None)

    def _has_held_message(self) -> bool:
        """Whether somebody waits in this run for an outcome that is to come."""
        return any(self._place_of(message_id) is not None for message_id in self._held)

    def _is_full(self) -> bool:
        """Whether Temporal would soon end this run."""
        here = workflow.info().get_current_history_length()
        return self._messages_here >= MESSAGES_AT_MOST or here >= EVENTS_AT_MOST

    def _is_interrupted(self) -> bool:
        """Whether another message has come while one is being answered."""
        return len(self._waiting) > 1

    def _has_work(self, options: RunOptions) -> bool:
        return bool(self._waiting) or self._ended or self._renewal_due(options)

    def _renewal_due(self, options: RunOptions) -> bool:
        if not self._turns_here:
            return False
        return (
            self._turns_here >= options.limits.renewal.turns
            or self._messages_here >= options.limits.renewal.messages
            or workflow.info().is_continue_as_new_suggested()
        )

    async def _move(self, renew: Renew) -> None:
        """Go on as a new run; where somebody waits in this one and it has room, return instead."""
        if self._turn is None and self._is_full():
            self._waiting = [each for each in self._waiting if each.id not in self._held]
        # Whoever waits is told to come back; then nothing is cut off in the middle.
        self._moving = True
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() or self._has_held_message()
        )
        self._moving = not self._has_held_message()
        if not self._moving:
            return
        renew(
            ThreadState(
                conversation=self._conversation,
                waiting=tuple(self._waiting),
                replies=self._answered.replies,
                answered=self._answered.ids,
                turn=self._turn,
                ended=self._ended,
                place=self._place,
                forgets=self._answered.forgets,
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
