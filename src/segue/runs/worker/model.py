"""The call of a model: what was paid for once is never paid for again."""

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from agents import ModelResponse
from pydantic_core import to_jsonable_python
from temporalio import activity

from segue.errors.base import SegueError
from segue.errors.conversation import ConversationUnreadableError
from segue.errors.run import BudgetExceededError
from segue.llm.answers import Answer, ModelRequest
from segue.runs.contracts import Item, ModelAnswer, ModelCall, Span, Spent
from segue.runs.limits import KEPT_CHARACTERS
from segue.runs.ports import AgentPorts
from segue.runs.store.usage import ModelUse, Payer
from segue.runs.worker.prompts import expanded, shortened
from segue.runs.worker.uses import used
from segue.runs.workflow.budgets import exceeded
from segue.runs.workflow.cards import AgentCard, handoffs_of, output_of, settings_from, tools_of
from segue.runs.workflow.execution import INVOKE_MODEL
from segue.runtime.heartbeats import heartbeating
from segue.sessions.events.writer import TurnWriter


class ModelActivities:
    """Calls of models.

    Args:
        ports: Models and stores.
        clock: Seconds, for durations.
    """

    def __init__(self, ports: AgentPorts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ports = ports
        self._clock = clock

    @activity.defn(name=INVOKE_MODEL)
    async def invoke_model(self, call: ModelCall) -> ModelAnswer:
        """Ask the model, store what it said, and give back what the workflow needs of it.

        Raises:
            ModelError: No model answered.
            BudgetExceededError: The thread has spent its budget.
            ConversationError: The conversation is gone, full or unreadable.
            StorageError: The database is away.

        Idempotency: the answer is stored under the call's operation. A second run that finds one
        gives it back and asks nobody; one that finds none asks again.
        """
        async with heartbeating():
            await self._open(call)
            items, stored = await expanded(self._ports.conversations, call)
            if answered := await self._answered(call, stored):
                return answered
            return await self._asked(call, items, stored)

    async def _open(self, call: ModelCall) -> None:
        if call.log.parent is not None:  # a guardrail's agent may ask before the run's own does
            await self._ports.conversations.open(call.log.parent, kind="run")
        await self._ports.conversations.open(
            call.log.id,
            kind=call.log.kind,
            parent=call.log.parent,
            workflow_id=activity.info().workflow_id or "",
        )
        if call.card_text is not None:
            await self._ports.cards.keep(call.card, call.card_text)

    async def _answered(self, call: ModelCall, stored: tuple[Span, ...]) -> ModelAnswer | None:
        earlier = await self._ports.conversations.appended(call.log.id, _answer_of(call))
        if earlier is None:
            return None
        items = await self._ports.conversations.read(call.log.id, [(earlier.first, earlier.last)])
        kept = ModelAnswer.model_validate_json(earlier.note)
        told = kept.model_copy(update={"first": earlier.first, "stored": stored})
        return self._told(call, told, items)

    async def _asked(
        self, call: ModelCall, items: list[Item], stored: tuple[Span, ...]
    ) -> ModelAnswer:
        await self._check_thread(call)
        request = await self._request(call, items)
        answer, cost = await self._answer(call, request)
        said = _items(answer.response)
        kept = ModelAnswer(
            items=(),
            first=0,
            model=answer.model,
            offline=answer.offline,
            spent=cost,
            response_id=answer.response.response_id,
        )
        place = await self._ports.conversations.append(
            call.log.id, _answer_of(call), said, note=kept.model_dump_json()
        )
        told = kept.model_copy(update={"first": place.first, "stored": stored})
        return self._told(call, told, said)

    async def _answer(self, call: ModelCall, request: ModelRequest) -> tuple[Answer, Spent]:
        attempt = activity.info().attempt
        payer = _payer(call)
        await self._ports.accounts.attempt_started(
            call.operation, attempt, payer=payer, model=call.model or self._ports.default_model
        )
        began = self._clock()
        async with AsyncExitStack() as stack:
            writer = None
            if call.turn is not None:
                writer = await stack.enter_async_context(
                    TurnWriter(self._ports.events, call.turn, attempt, call=call.number)
                )
            try:
                answer = await self._ports.ask(request, writer)
            except SegueError as error:
                use = ModelUse(
                    model=call.model or self._ports.default_model,
                    status=error.code,
                    duration_s=self._clock() - began,
                )
                await self._ports.accounts.model_call(call.operation, attempt, payer=payer, use=use)
                raise
            use = used(answer, self._clock() - began)
            if writer is not None:
                await _tell(writer, answer, use)
        await self._ports.accounts.model_call(call.operation, attempt, payer=payer, use=use)
        return answer, await self._ports.accounts.spent_on(call.operation)

    async def _check_thread(self, call: ModelCall) -> None:
        if call.thread_budget is None:
            return
        total = await self._ports.accounts.spent(conversation=_payer(call).conversation)
        if limit := exceeded(call.thread_budget, total, seconds=0.0):
            raise BudgetExceededError(f"The conversation's budget is used up: {limit}.")

    async def _request(self, call: ModelCall, items: list[Item]) -> ModelRequest:
        text = call.card_text or await self._ports.cards.get(call.card)
        if text is None:
            raise ConversationUnreadableError(f"The card of agent {call.agent!r} is gone.")
        card = AgentCard.model_validate_json(text)
        return ModelRequest(
            agent=call.agent,
            model=call.model,
            system_instructions=card.instructions,
            input=items,
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

    def _told(self, call: ModelCall, answer: ModelAnswer, items: Sequence[Item]) -> ModelAnswer:
        if call.inline:
            return answer.model_copy(update={"items": tuple(items)})
        cut, which = shortened(items, KEPT_CHARACTERS)
        return answer.model_copy(update={"items": tuple(cut), "shortened": tuple(which)})


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
