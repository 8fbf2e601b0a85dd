"""The one function through which an agent runs: it ends in an answer or in a typed failure."""

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

from agents import Agent, RunResult, RunState
from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

from segue.errors.base import SegueError
from segue.errors.model import ContextTooLongError
from segue.errors.run import RunCancelledError, RunError
from segue.runs.contracts import (
    Beginning,
    Item,
    Kept,
    Log,
    New,
    PromptPart,
    RunClosed,
    RunOutcome,
    TurnOpened,
    TurnOpening,
    Turns,
)
from segue.runs.outcomes import OK
from segue.runs.travelling import lean
from segue.runs.workflow.closings import close_operation, close_or_fail, closing_of, ending_of
from segue.runs.workflow.durable_model import plain_items
from segue.runs.workflow.execution import Execution, Ledger, Purse, RenewalDueError
from segue.runs.workflow.failures import as_failure, log_unexpected, nothing_said, run_error
from segue.runs.workflow.guarding import Guard
from segue.runs.workflow.interruptions import Interruptions, SuspendedError
from segue.runs.workflow.records import (
    Compaction,
    compact,
    keep_items,
    message_operation,
    open_turn,
    read_item,
)
from segue.runs.workflow.renewals import restore, state_of
from segue.runs.workflow.run_options import RunOptions, leaves_the_end_to_the_model
from segue.runs.workflow.runner import SegueRunner, new_operation
from segue.runs.workflow.transcripts import (
    after_failure,
    agent_named,
    as_plain,
    last_message,
    length,
    run_items,
    so_far,
    without_open_calls,
)
from segue.runs.workflow.turn_state import ThreadPlace, TurnState

# Of runs that began with it: a turn begins and ends within the activity of its model call.
SHORT_TURNS = "short-turns"
# A cancelled run is closed as any other.
CANCELLED_TURNS = "cancelled-turns"

Given = list[Any] | RunState[Any]


async def run_agent(
    agent: Agent[Any], message: str | Sequence[Item], options: RunOptions | None = None
) -> RunOutcome:
    """Run ``agent`` on ``message``, as one turn of a conversation or by itself.

    Whatever model, tools and guardrails do, this returns: with an answer, or with a typed failure
    after which the next turn works. Only a cancellation, and what ``options.renew`` raises, pass.

    Args:
        agent: Built for this run.
        message: The user's words, or items of OpenAI's Responses API.
        options: What the run may use, and where it is kept.
    """
    return await _AgentRun(agent, options or RunOptions()).go(message)


class _AgentRun:
    def __init__(self, agent: Agent[Any], options: RunOptions) -> None:
        self._agent = agent
        self._options = options
        self._state = options.continues
        self._turns = options.max_turns or options.limits.max_turns
        self._message: list[Item] = []
        self._transcript: tuple[PromptPart, ...] = ()
        self._stand_in = ""
        self._short = workflow.patched(SHORT_TURNS)
        self._place = options.place or ThreadPlace()
        self._execution = execution = _execution(options)
        if self._short:
            execution.cards = execution.cards if options.cards is None else options.cards
            if leaves_the_end_to_the_model(options):
                execution.ending = lambda: ending_of(execution)
        self._interruptions = Interruptions(
            execution, options.desk, options.approvals, renewal_due=execution.renewal_due
        )
        execution.purse.ask = self._interruptions.more

    async def go(self, message: str | Sequence[Item]) -> RunOutcome:
        try:
            return await self._go(message)
        except (Exception, asyncio.CancelledError) as error:
            if is_cancelled_exception(error) and workflow.patched(CANCELLED_TURNS):
                failure = RunCancelledError("The run was cancelled.")
                await self._fail(failure, self._agent.name, ())
            raise

    async def _go(self, message: str | Sequence[Item]) -> RunOutcome:
        try:
            result = await self._run(message)
        except RenewalDueError as due:
            return self._renew(await self._halfway(due))
        except SuspendedError as suspension:
            return self._renew(await self._suspend(suspension))
        except Exception as error:
            if is_cancelled_exception(error):
                raise
            failure = run_error(error)
            if type(failure) is RunError:  # nobody thought of it: what it says is for the log alone
                log_unexpected(error)
            return await self._fail(failure, *so_far(error, self._agent.name))
        return await self._finish(result)

    async def _run(self, message: str | Sequence[Item]) -> RunResult:
        agent, beginning = await self._start(message)
        options = self._options
        while True:
            result = await SegueRunner().run_within(
                self._execution,
                agent,
                beginning,
                context=options.context,
                max_turns=self._turns,
                hooks=options.hooks,
                run_config=options.run_config,
            )
            if not result.interruptions:
                return result
            beginning = await self._interruptions.decide(result)

    # --- beginning ---

    async def _start(self, message: str | Sequence[Item]) -> tuple[Agent[Any], Given]:
        if self._state is not None:
            return await self._resume(self._state)
        items, options = plain_items(message), self._options
        self._message = items
        last, operation = self._last_turn(), self._execution.next_operation()
        if options.message is not None:
            operation = message_operation(options.message)
        if len(items) == 1 and last is not None:
            self._transcript = self._begins_with(items, operation)
            upto = await self._compact(last, self._place.compact_upto)
        else:
            opening = await self._open(operation, items, options.title)
            self._transcript = (Kept(span=opening.span),) if items else ()
            upto = await self._compact(opening.upto, opening.compact_upto)
        if upto:
            items = [self._stands_for((Turns(upto=upto),)), *items]
        return self._agent, items

    def _last_turn(self) -> int | None:
        """The last finished turn where that is known, so that nobody has to be asked."""
        if not self._short:
            return None
        return self._place.turn if self._execution.log.kind == "thread" else 0

    def _begins_with(self, items: list[Item], operation: str) -> tuple[PromptPart, ...]:
        """Let the turn begin together with its first call of a model."""
        title = self._options.title
        beginning = Beginning(items=tuple(items), operation=operation, title=title)
        self._execution.memory.stands_for(items[0], (lean(beginning),))
        return self._execution.memory.parts(items)

    async def _open(self, operation: str, items: Sequence[Item], title: str) -> TurnOpened:
        opening = await open_turn(
            TurnOpening(
                log=self._execution.log,
                operation=operation,
                items=tuple(items),
                turn=self._options.turn,
                title=title,
            )
        )
        self._execution.memory.note_items(items, opening.span[0])
        return opening

    async def _open_late(self) -> None:
        """Begin a turn that no call of a model has begun."""
        for part in self._execution.memory.resolve(self._transcript):
            if isinstance(part, Beginning):
                await self._open(part.operation, part.items, part.title)

    async def _compact(self, upto: int, due: int | None) -> int:
        if due is None:
            return upto
        log, operation = self._execution.log, self._execution.next_operation()
        compaction = Compaction(
            log=log, operation=operation, upto=due, is_needed=self._place.is_crowded
        )
        return await compact(compaction) or upto

    async def _resume(self, state: TurnState) -> tuple[Agent[Any], Given]:
        self._turns = state.turns_left
        self._transcript = state.transcript
        restore(self._execution, state)
        agent = agent_named(self._agent, state.agent, self._options.agents)
        item = self._stands_for(state.prompt, state.stand_in)
        if state.suspended is not None:
            return agent, await self._awaken(state, agent)
        once = agent.clone(
            input_guardrails=[]
        )  # its input guardrails have looked at this turn already
        if agent.name in state.used_tools and agent.reset_tool_choice:
            once.model_settings = agent.model_settings.resolve(None)
            once.model_settings.tool_choice = None
        return once, [item]

    async def _awaken(self, state: TurnState, agent: Agent[Any]) -> RunState[Any]:
        assert state.suspended is not None  # noqa: S101 - looked at by the caller
        item = await read_item(state.log, state.suspended)
        self._interruptions.restore(state.asked, state.decided)
        run_state = await RunState.from_json(
            Guard(self._execution).agent(agent),
            item["state"],
            context_override=self._options.context,
        )
        return await self._interruptions.decided_for(run_state, agent.name)

    def _stands_for(self, parts: Sequence[PromptPart], text: str = "") -> Item:
        # Unforgeable: it is known by the digest of the whole item, and nobody can guess its text.
        self._stand_in = text or f"[what was said before: {workflow.uuid4().hex}]"
        item: Item = {"role": "user", "content": self._stand_in}
        self._execution.memory.stands_for(item, parts)
        return item

    # --- ending ---

    async def _finish(self, result: RunResult) -> RunOutcome:
        agent, items = result.last_agent.name, run_items(result.new_items)
        output = result.final_output
        if output is None or (isinstance(output, str) and not output.strip()):
            return await self._fail(nothing_said(agent), agent, items)
        if (end := self._execution.closed) is not None:
            return self._outcome(agent, end, output=as_plain(output))
        messages = without_open_calls(items)
        at = last_message(messages)
        position = None if at is None else length(self._transcript) + at
        await self._add(messages)
        return await self._close(agent, output=as_plain(output), text_at=position)

    async def _fail(self, error: SegueError, agent: str, items: Sequence[Item]) -> RunOutcome:
        message, rest = after_failure(error, self._message, items)
        is_whole, unshown = message == self._message, self._transcript
        if not is_whole:
            self._transcript = self._execution.memory.parts(message)
        await self._add(rest)
        return await self._close(
            agent,
            error=error,
            unshown=() if is_whole else unshown,
            is_crowded=is_whole and error.code == ContextTooLongError.code,
        )

    async def _add(self, items: Sequence[Item]) -> None:
        parts = (*self._transcript, *self._execution.memory.parts(items))
        self._transcript = self._execution.memory.resolve(parts)

    async def _close(
        self,
        agent: str,
        *,
        output: Any = None,  # noqa: ANN401 - whatever the agent's output type holds
        error: SegueError | None = None,
        **more: Any,  # noqa: ANN401 - fields of RunClosing
    ) -> RunOutcome:
        execution = self._execution
        seconds = execution.seconds()
        end, error = await close_or_fail(
            closing_of(
                execution,
                started_with=self._agent.name,
                agent=agent,
                status=error.code if error else OK,
                transcript=self._transcript,
                error=error.message if error else None,
                operation=close_operation(execution) if self._short else None,
                **more,
            ),
            error,
        )
        return self._outcome(agent, end, output=output, error=error, seconds=seconds)

    def _outcome(
        self,
        agent: str,
        end: RunClosed,
        *,
        output: Any = None,  # noqa: ANN401 - whatever the agent's output type holds
        error: SegueError | None = None,
        seconds: float | None = None,
    ) -> RunOutcome:
        execution, ledger = self._execution, self._execution.ledger
        self._place.turn = end.number or None
        self._place.compact_upto = end.compact_upto
        self._place.is_crowded = end.is_crowded
        if end.outcome is not None:  # the activity of its model was quicker, or the interruption
            return end.outcome
        return lean(
            RunOutcome(
                output=None if error else output,
                failure=as_failure(error) if error else None,
                log=execution.log,
                text_seq=end.text_seq,
                shortened=end.text_seq in ledger.shortened,
                turn=end.number,
                agent=agent,
                models=tuple(ledger.models),
                offline=ledger.offline,
                tools=tuple(ledger.tools),
                spent=ledger.spent,
                seconds=execution.seconds() if seconds is None else seconds,
            )
        )

    # --- going on in a new run of the workflow ---

    async def _halfway(self, due: RenewalDueError) -> TurnState:
        agent, items = so_far(due, self._agent.name)
        execution = self._execution
        await self._open_late()
        await self._add(items)
        await self._store(execution.asked)
        return state_of(
            execution,
            agent=agent,
            prompt=execution.memory.resolve(execution.asked),
            transcript=execution.memory.resolve(self._transcript),
            turns_left=max(self._turns - execution.ledger.calls_here, 1),
        )

    async def _suspend(self, suspension: SuspendedError) -> TurnState:
        execution = self._execution
        await self._open_late()
        await self._add(())
        item: Item = {"type": "segue.suspended", "state": suspension.state.to_json()}
        first = await keep_items(execution.log, execution.next_operation(), (item,))
        stand_in: Item = {"role": "user", "content": self._stand_in}
        return state_of(
            execution,
            agent=suspension.agent,
            prompt=execution.memory.parts([stand_in]) if self._stand_in else (),
            transcript=self._transcript,
            turns_left=self._turns,
            suspended=first,
            stand_in=self._stand_in,
            asked=tuple(self._interruptions.asked.values()),
            decided=tuple(self._interruptions.taken.values()),
        )

    async def _store(self, parts: Sequence[PromptPart]) -> None:
        execution = self._execution
        new = [
            item
            for part in parts
            if isinstance(part, New) and not isinstance(part, Beginning)
            for item in part.items
        ]
        if new:
            first = await keep_items(execution.log, execution.next_operation(), tuple(new))
            execution.memory.note_items(new, first)

    def _renew(self, state: TurnState) -> NoReturn:
        assert self._options.renew is not None  # noqa: S101 - else no renewal is ever due
        self._options.renew(state)


def _execution(options: RunOptions) -> Execution:
    operation = options.continues.operation if options.continues else new_operation()
    thread = options.conversation
    return Execution(
        log=Log(id=operation) if thread is None else Log(id=thread, kind="thread"),
        operation=operation,
        limits=options.limits,
        purse=Purse(run=options.budget, thread=options.thread_budget),
        ledger=Ledger(),
        started=workflow.time(),
        turn=options.turn,
        renews=options.renew is not None,
        stays=options.stays,
        stop=options.stop,
        cached=options.cached,
        whole=options.whole,
    )
