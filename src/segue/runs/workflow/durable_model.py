"""The model as a workflow sees it: every call is an activity, every item travels once."""

from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from typing import Any

from agents import (
    Agent,
    AgentOutputSchemaBase,
    Handoff,
    Model,
    ModelProvider,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
    TResponseInputItem,
    Usage,
)
from agents.items import TResponseStreamEvent
from openai.types.responses import Response, ResponseCompletedEvent, ResponseOutputItem
from openai.types.responses.response_prompt_param import ResponsePromptParam
from openai.types.responses.response_usage import (
    InputTokensDetails,
    OutputTokensDetails,
    ResponseUsage,
)
from pydantic_core import to_jsonable_python

from segue.errors.base import SegueError
from segue.runs.contracts import Ending, Item, ModelAnswer, ModelCall
from segue.runs.travelling import lean
from segue.runs.workflow.cards import agent_card, settings_of
from segue.runs.workflow.execution import Execution, StoppedError

# Pydantic builds this class at its first use, which takes a second or two: too long for a workflow.
Response.model_rebuild()

# Set right before each call: the SDK tells a model everything but who asks.
ASKING: ContextVar[Agent[Any] | None] = ContextVar("segue_asking_agent", default=None)


class DurableModels(ModelProvider):
    """Gives the SDK a durable model for every name, within one execution."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def get_model(self, model_name: str | None) -> Model:
        """The model of that name; None: the configured one."""
        return DurableModel(model_name, self._execution)


class DurableModel(Model):
    """One model within one execution."""

    def __init__(self, name: str | None, execution: Execution) -> None:
        self._name = name
        self._execution = execution

    async def get_response(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """Ask by activity; what is stored already travels as a reference.

        Raises:
            StoppedError: No model answered, or the budget is used up.
            RenewalDueError: The workflow should go on as a new run first.
        """
        execution = self._execution
        parts = execution.asked = execution.memory.parts(plain_items(input))
        digest, text = agent_card(system_instructions, tools, handoffs, output_schema).text()
        agent = ASKING.get()
        call = lean(
            ModelCall(
                log=execution.log,
                operation=execution.next_operation(),
                number=execution.step,
                agent=agent.name if agent else "",
                card=digest,
                card_text=None if digest in execution.cards else text,
                settings=settings_of(model_settings),
                prompt=parts,
                turn=execution.turn,
                inline=execution.whole or _needs_whole_answer(agent, output_schema),
                cached=execution.cached,
                thread_budget=execution.thread_budget(),
                previous_response_id=previous_response_id,
                conversation_id=conversation_id,
                prompt_template=to_jsonable_python(prompt),
                patience=execution.limits.model_call.patience.total_seconds(),
                ending=_ending(execution, agent, output_schema),
                packs=True,
            )
        )
        try:
            await execution.may_call()
            if model := execution.purse.model or self._name:
                call = call.model_copy(update={"model": model})
            answer = await execution.ask(call)
        except SegueError as error:
            raise StoppedError(error) from error
        execution.memory.note_spans(parts, answer.stored)
        if answer.upto is not None:
            execution.memory.continues_from(answer.upto)
        return self._response(call, answer)

    async def stream_response(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff[Any, Any]],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The whole answer as one event: tokens go to those who watch, not through the history."""
        answer = await self.get_response(
            system_instructions,
            input,
            model_settings,
            tools,
            output_schema,
            handoffs,
            tracing,
            previous_response_id=previous_response_id,
            conversation_id=conversation_id,
            prompt=prompt,
        )
        yield ResponseCompletedEvent.construct(
            type="response.completed",
            sequence_number=0,
            response=Response.construct(
                id=answer.response_id or "",
                output=answer.output,
                usage=_wire_usage(answer.usage),
            ),
        )

    def _response(self, call: ModelCall, answer: ModelAnswer) -> ModelResponse:
        output = output_items(answer.items)
        execution = self._execution
        execution.memory.note_items(plain_items([_as_input(item) for item in output]), answer.first)
        for item in answer.items:
            if call_id := item.get("call_id"):
                execution.calls[str(call_id)] = call.operation
        use = answer.spent
        usage = Usage(
            requests=use.attempts,
            input_tokens=use.input_tokens,
            output_tokens=use.output_tokens,
            total_tokens=use.tokens,
            input_tokens_details=InputTokensDetails.construct(cached_tokens=use.cached_tokens),
        )
        return ModelResponse(output=output, usage=usage, response_id=answer.response_id)


def plain_items(items: str | Sequence[Any]) -> list[Item]:
    """Input for a model as plain data, in the form in which it is stored."""
    if isinstance(items, str):
        return [{"role": "user", "content": items}]
    plain: list[Item] = to_jsonable_python(list(items))
    return [
        {key: value for key, value in item.items() if key != "status" or value is not None}
        for item in plain
    ]


def output_items(items: Sequence[Item]) -> list[ResponseOutputItem]:
    """Output items as the SDK's types, as leniently as OpenAI's client reads an answer."""
    return Response.construct(output=[dict(item) for item in items]).output


def _as_input(item: ResponseOutputItem) -> Item:
    return item.model_dump(exclude_unset=True)


def _ending(
    execution: Execution, agent: Agent[Any] | None, output: AgentOutputSchemaBase | None
) -> Ending | None:
    """How the run ends with the answer of ``agent``; None: somebody has a say after the model."""
    if execution.ending is None or execution.ledger.handoffs or agent is None:
        return None
    if agent.input_guardrails or agent.hooks or _needs_whole_answer(agent, output):
        return None
    return execution.ending()


def _needs_whole_answer(agent: Agent[Any] | None, output: AgentOutputSchemaBase | None) -> bool:
    if output is not None and not output.is_plain_text():
        return True
    return agent is not None and bool(agent.output_guardrails)


def _wire_usage(usage: Usage) -> ResponseUsage:
    return ResponseUsage.construct(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
        input_tokens_details=usage.input_tokens_details,
        output_tokens_details=OutputTokensDetails.construct(reasoning_tokens=0),
    )
