"""The request to a model and its answer, whichever service answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from agents import AgentOutputSchemaBase, Handoff, ModelResponse, ModelSettings, ModelTracing, Tool
from openai.types.responses import ResponseOutputMessage, ResponseOutputRefusal

from segue.errors.model import ModelError

Item = dict[str, Any]
"""An input item of OpenAI's Responses API, as JSON."""


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One model call, whichever model answers it.

    Attributes:
        agent: Name of the agent that asks.
        model: The agent's own model; None: the configured one.
        previous_response_id: A conversation that the service keeps; only ``model`` can go on with
            it, so no other one is asked.
        cached: Whether an earlier answer to the very same request will do.
        conversation: Id of ours; for traces only.
        tracing: Whether the Agents SDK traces the call; the caller has a trace open then.
    """

    agent: str
    model: str | None
    system_instructions: str | None
    input: list[Item] | str
    model_settings: ModelSettings
    tools: list[Tool]
    output_schema: AgentOutputSchemaBase | None
    handoffs: list[Handoff[Any, Any]]
    previous_response_id: str | None = None
    conversation_id: str | None = None
    prompt: Any = None
    cached: bool = False
    conversation: str | None = None
    tracing: ModelTracing = ModelTracing.DISABLED

    @property
    def is_kept_by_service(self) -> bool:
        """Whether the service holds a part of the conversation."""
        return bool(self.previous_response_id or self.conversation_id)


class PassedOver(NamedTuple):
    """A model that did not answer.

    Attributes:
        reason: Code of the error; ``run.budget_exceeded`` where it was not asked at all.
    """

    model: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's response, and which model gave it.

    Attributes:
        model: The name it was asked by.
        cost_usd: What was paid. None: unknown; zero only where nothing was paid.
        passed_over: The models before it that were out, in order.
        failures: Of those that were asked; they may have cost, too.
    """

    response: ModelResponse
    model: str
    offline: bool
    from_cache: bool
    cost_usd: Decimal | None
    passed_over: tuple[PassedOver, ...] = ()
    failures: tuple[ModelError, ...] = ()


class Listener(Protocol):
    """Hears an answer while it comes."""

    async def started(self, model: str) -> None:
        """A model is about to be asked."""
        ...

    async def delta(self, text: str) -> None:
        """The next piece of the answer's text."""
        ...

    async def retracted(self) -> None:
        """All pieces since ``started`` are void: their model did not finish."""
        ...


def sums_of(failures: Sequence[ModelError]) -> tuple[int, int, Decimal | None]:
    """Tokens in, tokens out and dollars of failed calls; None: a price is not known."""
    costs = [error.cost_usd for error in failures if error.input_tokens or error.output_tokens]
    prices = [cost for cost in costs if cost is not None]
    return (
        sum(error.input_tokens for error in failures),
        sum(error.output_tokens for error in failures),
        sum(prices, Decimal(0)) if prices and len(prices) == len(costs) else None,
    )


def is_empty(response: ModelResponse) -> bool:
    """Whether a response says and does nothing at all (thinking alone is nothing)."""
    items = [item for item in response.output if item.type != "reasoning"]
    return all(isinstance(item, ResponseOutputMessage) for item in items) and not response_text(
        response
    )


def response_text(response: ModelResponse) -> str:
    """All text of a response that is for the reader, refusals included; blank is empty."""
    messages = (item for item in response.output if isinstance(item, ResponseOutputMessage))
    text = "".join(
        part.refusal if isinstance(part, ResponseOutputRefusal) else part.text
        for message in messages
        for part in message.content
    )
    return text if text.strip() else ""
