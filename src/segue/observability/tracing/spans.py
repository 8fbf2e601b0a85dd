"""Spans that Segue adds to those of the Agents SDK; every exporter gets them.

The SDK makes spans for runs, turns, agents, tools, handoffs and guardrails by itself, in the
workflow. What a worker asks a model happens in an activity, so that span is made here.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from agents import Usage, get_current_span, trace
from agents.tracing import get_current_trace, get_trace_provider
from agents.tracing.span_data import FunctionSpanData, GenerationSpanData
from agents.usage import model_usage_to_span_usage

from segue.errors.base import SegueError

_ALONE = "Model call"  # the trace of a call that no run has begun
CALL_ID = "tool_call_id"


class ChatSpanData(GenerationSpanData):
    """One try to ask one model.

    Attributes:
        agent: Name of the agent that asks.
        conversation: Id of its conversation, if it has one.
        answered_by: The model that answered, in the provider's words.
        response_id: The provider's id of the answer.
    """

    def __init__(self, *, model: str | None, agent: str, conversation: str | None) -> None:
        super().__init__(model=model)
        self.agent = agent
        self.conversation = conversation
        self.answered_by: str | None = None
        self.response_id: str | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """What OpenAI's platform shows beside the span; the SDK takes it from here."""
        values = {
            "agent": self.agent,
            "conversation": self.conversation,
            "answered_by": self.answered_by,
        }
        return {name: value for name, value in values.items() if value}


class ChatCall:
    """The span of a model call that is under way."""

    def __init__(self, data: ChatSpanData) -> None:
        self._data = data

    def record_answer(
        self,
        model: str,
        usage: Usage | None = None,
        *,
        response_id: str | None = None,
        output: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Record on the span which model answered and the tokens it took.

        Args:
            model: The model's name in the answer; it may differ from the one asked for.
            usage: Tokens of this call alone; None: unknown.
            response_id: The provider's id of the answer.
            output: The answer's items; leave the process only where content is wanted.
        """
        self._data.answered_by = model
        self._data.response_id = response_id
        self._data.output = output
        if usage is not None:
            self._data.usage = model_usage_to_span_usage(usage)


@contextmanager
def chat_span(
    *,
    model: str | None,
    agent: str,
    conversation: str | None = None,
    input: str | Sequence[Mapping[str, Any]] | None = None,  # noqa: A002 - the SDK's name
) -> Generator[ChatCall]:
    """A span around one try to ask one model, in the activity that asks.

    It joins the trace of the run that the activity serves; without one it makes its own. Ask the
    model with ``ModelTracing.DISABLED``, or the SDK's model adds a second span for the same call.

    Args:
        model: The name that is asked for.
        agent: Name of the agent that asks.
        conversation: Id of its conversation.
        input: What is asked; leaves the process only where content is wanted.
    """
    data = ChatSpanData(model=model, agent=agent, conversation=conversation)
    data.input = [{"role": "user", "content": input}] if isinstance(input, str) else input
    with _some_trace(conversation), get_trace_provider().create_span(data) as span:
        try:
            yield ChatCall(data)
        except BaseException as error:
            span.set_error({"message": _code(error), "data": {"code": _code(error)}})
            raise


def note_tool_call(call_id: str) -> None:
    """Put the id of a tool call on the SDK's span around it; call it inside the tool."""
    span = get_current_span()
    if span is not None and isinstance(span.span_data, FunctionSpanData):
        # The SDK exports an attribute of this name for any kind of span, and this kind has none.
        setattr(span.span_data, "metadata", {CALL_ID: call_id})  # noqa: B010 - undeclared there


def _some_trace(conversation: str | None) -> AbstractContextManager[object]:
    if get_current_trace() is not None:
        return nullcontext()
    return trace(_ALONE, group_id=conversation)


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, SegueError) else type(error).__name__
