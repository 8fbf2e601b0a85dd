"""The call of a model: what was paid for once is never paid for again."""

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta

from agents import ModelResponse
from pydantic_core import to_jsonable_python
from temporalio import activity

from segue.errors.base import SegueError
from segue.errors.conversation import ConversationUnreadableError
from segue.errors.run import BudgetExceededError
from segue.errors.storage import StorageError
from segue.llm.answers import Answer, ModelRequest
from segue.runs.contracts import (
    Budget,
    Item,
    Kept,
    Log,
    ModelAnswer,
    ModelCall,
    RunClosed,
    RunClosing,
    Spent,
    Turns,
)
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.ports import AgentPorts
from segue.runs.store.usage import ModelUse, Payer
from segue.runs.travelling import lean, pack
from segue.runs.worker.endings import closing_by, is_last_word
from segue.runs.worker.prompts import Prompt, expand, opening_of, shorten, store_new
from segue.runs.worker.tries import ends_call
from segue.runs.worker.turn_records import TurnRecords
from segue.runs.worker.uses import note_cost, use_of, use_of_failure
from segue.runs.workflow.budgets import limit_reached
from segue.runs.workflow.cards import AgentCard, handoffs_of, output_of, settings_from, tools_of
from segue.runs.workflow.execution import INVOKE_MODEL
from segue.runtime.faults import to_application_error
from segue.runtime.heartbeats import heartbeating
from segue.sessions.events.writer import TurnWriter
from segue.sessions.rows import tokens_of


class _AnsweredError(Exception):
    """Undoes what was written on an answer that came too late."""


@dataclass(frozen=True)
class _Begun:
    """A call that may be asked now.

    Attributes:
        new: Whether this attempt is; else it was begun before.
    """

    prompt: Prompt
    card: AgentCard
    new: bool


class ModelActivities:
    """Calls of models.

    Args:
        ports: Models and stores.
        clock: Seconds, for durations.
        now: Epoch seconds.
    """

    def __init__(
        self,
        ports: AgentPorts,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._ports = ports
        self._records = TurnRecords(ports)
        self._clock = clock
        self._now = now

    @activity.defn(name=INVOKE_MODEL)
    async def invoke_model(self, call: ModelCall) -> ModelAnswer | bytes:
        """Ask the model, store what it said, and give back what the workflow needs of it.

        A long answer is compressed where the call says that its workflow reads such ones.

        Raises:
            ModelError: No model answered.
            BudgetExceededError: The thread has spent its budget.
            ConversationError: The conversation is gone, full or unreadable.
            StorageError: The database is away.

        Idempotency: the answer is stored under the call's operation. A second run that finds one
        gives it back and asks nobody; one that finds none asks again.
        """
        async with heartbeating():
            answer = await self._only_answer(call)
        return pack(answer) if call.packs else answer

    async def _only_answer(self, call: ModelCall) -> ModelAnswer:
        again = activity.info().attempt > 1
        if again and (earlier := await self._earlier_answer(call)):
            return earlier
        beginning = await self._begin(call)
        # As after a reset of the workflow, which begins with the first attempt once more.
        if not beginning.new and not again and (earlier := await self._earlier_answer(call)):
            return earlier
        return await self._ask(call, beginning)

    async def _begin(self, call: ModelCall) -> _Begun:
        """Read and write all that comes before the model is asked, in one transaction.

        Raises:
            BudgetExceededError: The thread has spent its budget: that is no attempt, and what the
                user said is stored all the same.
        """
        budget, new = call.thread_budget, False
        async with self._ports.database.writing():
            if budget is None:
                new = await self._is_new_attempt(call)
            await self._open_parent(call.log)
            prompt = await expand(self._ports.conversations, call)
            card = await self._card(call)
        if prompt.began:
            await self._records.tell(call.turn, "turn.started", {})
        if budget is not None:
            await self._check_thread(call, budget)
            new = await self._is_new_attempt(call)
        return _Begun(prompt, card, new)

    async def _open_parent(self, log: Log) -> None:
        """Make the log that this one is nested in: a guardrail's agent may ask before that run."""
        if log.parent is None:
            return
        workflow_id, root = activity.info().workflow_id, None
        if log.root is not None and log.root != log.parent:
            root = log.root  # deleting the outermost log deletes all
            await self._ports.conversations.open(root, kind="run", workflow_id=workflow_id)
        await self._ports.conversations.open(
            log.parent, kind="run", parent=root, workflow_id=workflow_id
        )

    async def _card(self, call: ModelCall) -> AgentCard:
        if call.card_text is not None:
            await self._ports.cards.keep(call.card, call.card_text)
        text = call.card_text or await self._ports.cards.get(call.card)
        if text is None:
            raise ConversationUnreadableError(f"The card of agent {call.agent!r} is gone.")
        return AgentCard.model_validate_json(text)

    async def _is_new_attempt(self, call: ModelCall) -> bool:
        """Whether this attempt was not begun before; it is from now on."""
        return await self._ports.accounts.attempt_started(
            call.operation,
            activity.info().attempt,
            payer=_payer(call),
            model=call.model or self._ports.default_model,
        )

    async def _earlier_answer(self, call: ModelCall) -> ModelAnswer | None:
        """The answer that an earlier try has stored, its end made up for; None: there is none."""
        earlier = await self._ports.conversations.append_result(call.log.id, _answer_of(call))
        if earlier is None:
            return None
        items = await self._ports.conversations.read(call.log.id, [(earlier.first, earlier.last)])
        new = [
            (place.first, place.last) for place in await store_new(self._ports.conversations, call)
        ]
        answer = ModelAnswer.model_validate_json(earlier.note).model_copy(
            update={"first": earlier.first, "stored": tuple(new)}
        )
        if is_last_word(call, items):
            places = iter(new)
            turn = [part for part in call.prompt if not isinstance(part, Turns)]
            spans = [part.span if isinstance(part, Kept) else next(places) for part in turn]
            closing = closing_by(call, answer, items, spans, self._seconds_since_asked())
            answer = await self._tell_end(closing, answer, await self._records.end(closing))
        return self._for_workflow(call, answer, items)

    async def _ask(self, call: ModelCall, beginning: _Begun) -> ModelAnswer:
        answer, use = await self._answer(call, _request(call, beginning))
        try:
            return await self._keep(call, beginning.prompt, answer, use)
        except _AnsweredError:
            await self._record_end(call, use)  # the discarded answer is paid for all the same
            earlier = await self._earlier_answer(call)
            assert earlier is not None  # noqa: S101 - it was there a moment ago
            return earlier
        except SegueError:
            with suppress(StorageError):  # this answer is paid for, too
                await self._record_end(call, use)
            raise

    async def _keep(
        self, call: ModelCall, prompt: Prompt, answer: Answer, use: ModelUse
    ) -> ModelAnswer:
        """Write all that comes after the model's answer, in one transaction.

        Raises:
            _AnsweredError: Another try has stored an answer meanwhile, and that one counts.
        """
        items, closing, end = _items(answer.response), None, RunClosed()
        async with self._ports.database.writing():
            stored_answer = ModelAnswer(
                items=(),
                first=0,
                model=answer.model,
                offline=answer.offline,
                spent=await self._record_end(call, use),
                response_id=answer.response.response_id,
                upto=prompt.upto,
            )
            place = await self._ports.conversations.append(
                call.log.id,
                _answer_of(call),
                items,
                note=stored_answer.model_dump_json(),
                opening=opening_of(call.log),
            )
            if not place.new:
                raise _AnsweredError
            model_answer = stored_answer.model_copy(
                update={"first": place.first, "stored": tuple(prompt.stored)}
            )
            if is_last_word(call, items):
                seconds = self._seconds_since_asked()
                closing = closing_by(call, model_answer, items, prompt.spans, seconds)
                tokens = tokens_of([*prompt.turn, *items])
                end = await self._records.end(closing, tokens=tokens)
        if closing is not None:
            if end.number > place.last_turn:  # else somebody cancelled the run, and closed it so
                turn = [*prompt.turn, *items]
                self._ports.conversations.remember(call.log.id, end.number, turn)
            model_answer = await self._tell_end(closing, model_answer, end)
        return self._for_workflow(call, model_answer, items)

    async def _tell_end(
        self, closing: RunClosing, answer: ModelAnswer, end: RunClosed
    ) -> ModelAnswer:
        await self._records.tell_end(closing, end)
        if (due := await self._records.compaction_due(closing.log)) is not None:
            end = end.model_copy(update={"compact_upto": due})
        return answer.model_copy(update={"closed": end})

    def _seconds_since_asked(self) -> float:
        return max(self._now() - activity.info().scheduled_time.timestamp(), 0.0)

    async def _record_end(self, call: ModelCall, use: ModelUse) -> Spent:
        return await self._ports.accounts.model_call(
            call.operation, activity.info().attempt, payer=_payer(call), use=use
        )

    async def _answer(self, call: ModelCall, request: ModelRequest) -> tuple[Answer, ModelUse]:
        began = self._clock()
        async with AsyncExitStack() as stack:
            writer = None
            if call.turn is not None:
                writer = await stack.enter_async_context(
                    TurnWriter(
                        self._ports.events, call.turn, activity.info().attempt, call=call.number
                    )
                )
            try:
                answer = await self._ports.ask(request, writer)
            except SegueError as error:
                model = call.model or self._ports.default_model
                use = use_of_failure(error, model, self._clock() - began)
                note_cost(error, await self._record_end(call, use))
                patience = timedelta(seconds=call.patience)
                if await ends_call(self._ports.accounts, call.operation, error, patience=patience):
                    raise to_application_error(error, is_last=True) from None
                raise
            use = use_of(answer, self._clock() - began)
            if writer is not None:
                await _tell(writer, answer, use)
        return answer, use

    async def _check_thread(self, call: ModelCall, budget: Budget) -> None:
        total = await self._ports.accounts.spent_by(conversation=_payer(call).conversation)
        if limit := limit_reached(budget, total, seconds=0.0):
            raise BudgetExceededError(f"The conversation's budget is used up: {limit}.")

    def _for_workflow(
        self, call: ModelCall, answer: ModelAnswer, items: Sequence[Item]
    ) -> ModelAnswer:
        if call.inline:
            return lean(answer.model_copy(update={"items": tuple(items)}))
        cut, which = shorten(items, KEPT_CHARACTERS)
        return lean(answer.model_copy(update={"items": tuple(cut), "shortened": tuple(which)}))


def _request(call: ModelCall, beginning: _Begun) -> ModelRequest:
    card = beginning.card
    return ModelRequest(
        agent=call.agent,
        model=call.model,
        system_instructions=card.instructions,
        input=beginning.prompt.items,
        model_settings=settings_from(call.settings),
        tools=tools_of(card),
        output_schema=output_of(card),
        handoffs=handoffs_of(card),
        previous_response_id=call.previous_response_id,
        conversation_id=call.conversation_id,
        prompt=call.prompt_template,
        cached=call.cached,
        conversation=call.log.root or call.log.id,
    )


def _answer_of(call: ModelCall) -> str:
    return f"{call.operation}/answer"


def _payer(call: ModelCall) -> Payer:
    return Payer(
        workflow_id=activity.info().workflow_id or "",
        conversation=call.log.root or call.log.id,
        agent=call.agent,
    )


def _items(response: ModelResponse) -> list[Item]:
    return [
        to_jsonable_python(item if isinstance(item, dict) else item.model_dump(exclude_unset=True))
        for item in response.output
    ]


async def _tell(writer: TurnWriter, answer: Answer, use: ModelUse) -> None:
    for item in _items(answer.response):
        if item.get("type") == "function_call":
            call = {key: item.get(key) for key in ("call_id", "name", "arguments")}
            await writer.event("tool.call", call)
    await writer.event(
        "usage",
        {
            "model": use.model,
            "offline": use.offline,
            "input_tokens": use.input_tokens,
            "output_tokens": use.output_tokens,
        },
    )
