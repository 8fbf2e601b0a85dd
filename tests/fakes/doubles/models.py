"""A model that answers by a script, a pool of such models, a listener and a cache in memory."""

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from agents import Model, ModelResponse, ModelSettings, Usage
from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from segue.llm.answers import Answer, ModelRequest

Step = Any  # a text to answer with, an error to raise, a coroutine function to await, or events


def message(text: str) -> ResponseOutputMessage:
    """A message of the model."""
    part = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(
        id="m1", type="message", role="assistant", status="completed", content=[part]
    )


def request(**changes: Any) -> ModelRequest:
    """A request of an agent called Guide."""
    asked: dict[str, Any] = {
        "agent": "Guide",
        "model": None,
        "system_instructions": "Be kind.",
        "input": [{"role": "user", "content": "Hello"}],
        "model_settings": ModelSettings(),
        "tools": [],
        "output_schema": None,
        "handoffs": [],
    }
    return ModelRequest(**{**asked, **changes})


def delta(text: str) -> ResponseTextDeltaEvent:
    """A piece of text in a stream."""
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        item_id="m1",
        output_index=0,
        content_index=0,
        delta=text,
        logprobs=[],
        sequence_number=0,
    )


def completed(text: str) -> ResponseCompletedEvent:
    """The last event of a stream, with all of the answer."""
    response = Response(
        id="r1",
        created_at=0,
        model="x",
        object="response",
        output=[message(text)] if text else [],
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        usage=ResponseUsage(
            input_tokens=1000,
            output_tokens=1000,
            total_tokens=2000,
            input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
            output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        ),
    )
    return ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)


class ScriptedModel(Model):
    """Answers each call by the next step; a stream's step is a list of them and of events.

    Attributes:
        settings: What each call was asked with.
    """

    def __init__(self, *steps: Step) -> None:
        self.settings: list[ModelSettings] = []
        self._steps = list(steps)

    async def get_response(self, *args: Any, **named: Any) -> ModelResponse:
        self.settings.append(named.get("model_settings") or args[2])
        step = self._steps.pop(0)
        await _taken(step)
        usage = Usage(requests=1, input_tokens=1000, output_tokens=1000, total_tokens=2000)
        return ModelResponse(output=[message(step)], usage=usage, response_id="r1")

    async def stream_response(
        self, *args: Any, **named: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        self.settings.append(args[2])
        steps = self._steps.pop(0)
        if not isinstance(steps, list):  # an answer in one piece
            steps = [completed(steps) if isinstance(steps, str) else steps]
        for step in steps:
            await _taken(step)
            if not callable(step):
                yield step


async def _taken(step: Step) -> None:
    if isinstance(step, Exception):
        raise step
    if inspect.iscoroutinefunction(step):
        await step()


@dataclass
class Pool:
    """A chain of models, whatever was asked for.

    Attributes:
        now: What the clock tells.
        asked: Names of the models that were asked, in order.
        service: Where they are asked.
        by_tool: Whether typed answers of agents with tools come by a last tool.
        fits: Whether each typed answer has fitted.
    """

    models: dict[str, Model]
    offline: Model | None = None
    now: float = 1000.0
    asked: list[str] = field(default_factory=list[str])
    by_tool: bool = False
    fits: list[bool] = field(default_factory=list[bool])
    service: str = "here"

    def clock(self) -> float:
        return self.now

    def get_model(self, model_name: str | None) -> Model:
        self.asked.append(str(model_name))
        return self.models[str(model_name)]

    def offline_model(self, agent: str) -> Model:
        self.asked.append(f"offline {agent}")
        assert self.offline is not None
        return self.offline

    def service_of(self, model_name: str) -> str:
        return self.service

    def answers_by_tool(self, model_name: str) -> bool:
        return self.by_tool

    def ignores_schemas(self, model_name: str) -> bool:
        return False

    def note_fit(self, model_name: str, *, fits: bool) -> None:
        self.fits.append(fits)

    def chain(self, model_name: str | None, *, agent: str = "") -> tuple[str, ...]:
        return tuple(self.models)


@dataclass
class Heard:
    """A listener that writes down what it hears."""

    events: list[str] = field(default_factory=list[str])

    async def started(self, model: str) -> None:
        self.events.append(f"started {model}")

    async def delta(self, text: str) -> None:
        self.events.append(text)

    async def retracted(self) -> None:
        self.events.append("retracted")


class Kept:
    """An AnswerCache in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.texts.get(key)

    async def put(self, key: str, text: str) -> None:
        self.texts[key] = text


def names(answer: Answer) -> list[tuple[str, str]]:
    """Who was passed over, and why."""
    return [(one.model, one.reason) for one in answer.passed_over]
