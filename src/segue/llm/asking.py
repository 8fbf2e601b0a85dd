"""Ask for one answer: the model, then its fallbacks, by way of the cache."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from agents import Model, ModelResponse, Usage

from segue.errors.base import SegueError
from segue.errors.model import ModelError
from segue.errors.run import BudgetExceededError
from segue.llm.answers import (
    Answer,
    Listener,
    ModelRequest,
    PassedOver,
    response_text,
    sums_of,
)
from segue.llm.cache import AnswerCache, from_text, key_of, to_text
from segue.llm.calling import Call
from segue.llm.fallback import all_out, goes_on
from segue.llm.final_tool import with_final_answer, with_final_tool
from segue.llm.fitting import is_fit, is_typed
from segue.llm.names import OFFLINE
from segue.llm.prices import cost_usd
from segue.observability.tracing.spans import chat_span

STALL_SECONDS = 60.0


_LOG = logging.getLogger(__name__)


class Models(Protocol):
    """Where models come from: ``ModelPool``."""

    @property
    def clock(self) -> Callable[[], float]:
        """Returns epoch seconds."""
        ...

    def get_model(self, model_name: str | None) -> Model:
        """The model of this name."""
        ...

    def offline_model(self, agent: str) -> Model:
        """The offline model with the rules of this agent."""
        ...

    def service_of(self, model_name: str) -> str:
        """Where the model is asked, and how."""
        ...

    def answers_by_tool(self, model_name: str) -> bool:
        """Whether the model's service cannot do tools and a schema of the answer together."""
        ...

    def ignores_schemas(self, model_name: str) -> bool:
        """Whether the model's service takes schemas of answers and does not keep to them."""
        ...

    def note_fit(self, model_name: str, *, fits: bool) -> None:
        """Note whether a typed answer that was asked for by its schema has fitted."""
        ...

    def chain(self, model_name: str | None, *, agent: str = "") -> tuple[str, ...]:
        """The names to ask for this agent, in order."""
        ...


async def ask(
    pool: Models,
    request: ModelRequest,
    *,
    cache: AnswerCache | None = None,
    listener: Listener | None = None,
    allows: Callable[[str], bool] = lambda _: True,
    stall_seconds: float = STALL_SECONDS,
) -> Answer:
    """The answer of the first model of the chain that gives one.

    A model that is out (no connection, 5xx, rate limit, quota, login, an unusable answer) is passed
    over; see ``segue.llm.fallback`` for what ends the walk instead.

    Args:
        pool: Has the models, their order and a clock.
        request: What is asked.
        cache: Used where the request allows it.
        listener: Hears the text while it comes. Its own errors leave as they are.
        allows: False for a model that may not be asked now, such as one over its budget.
        stall_seconds: The longest silence between two events of the answer's stream.

    Raises:
        ModelError: No model answered; its ``retryable`` says whether trying again may help.
        BudgetExceededError: No model was allowed.
    """
    names = pool.chain(request.model, agent=request.agent)
    if request.is_kept_by_service:
        names = names[:1]
    walk = _Walk(pool, request, cache, listener, stall_seconds)
    for name in names:
        if not allows(name):
            walk.passed_over.append(PassedOver(name, BudgetExceededError.code))
            continue
        answer = await walk.answer_of(name)
        if answer is not None:
            return answer
        if not goes_on(walk.failures[-1]):
            break
    raise walk.with_all_tokens(all_out(walk.failures, walk.passed_over))


@dataclass
class _Walk:
    """One walk along the chain of models, with the models that it passed over."""

    pool: Models
    request: ModelRequest
    cache: AnswerCache | None
    listener: Listener | None
    stall_seconds: float
    passed_over: list[PassedOver] = field(default_factory=list[PassedOver])
    failures: list[ModelError] = field(default_factory=list[ModelError])

    async def answer_of(self, name: str) -> Answer | None:
        """The answer of one model. None: it failed; the failure is in ``failures``."""
        key = self._cache_key(name)
        cached_response = await self._cached_response(key)
        if cached_response is not None:
            if self.listener is not None:
                await self.listener.started(name)
                await self.listener.delta(response_text(cached_response))
            return self._answer(name, cached_response, from_cache=True)
        try:
            response = await self._traced_response(name)
        except ModelError as error:
            error.cost_usd = _cost_of(name, error)
            self.failures.append(error)
            self.passed_over.append(PassedOver(name, error.code))
            return None
        fits = is_fit(response, self.request.output_schema)
        if is_typed(response, self.request.output_schema):
            self.pool.note_fit(name, fits=fits)
        if not fits:
            _LOG.warning(
                "An answer of %s at %s does not fit the type that was asked for; where no answer "
                "does, the service may ignore schemas: set SEGUE_OPENAI_API=chat (a service of "
                "SEGUE_MODEL_SERVICES: its `api`).",
                name,
                self.pool.service_of(name),
            )
        elif self.cache is not None and key is not None:
            await self.cache.put(key, to_text(response))
        return self._answer(name, response, from_cache=False)

    async def _traced_response(self, name: str) -> ModelResponse:
        request = self.request
        with chat_span(
            model=name, agent=request.agent, conversation=request.conversation, input=request.input
        ) as call:
            response = await self._response_by_tool(name)
            call.record_answer(name, response.usage, response_id=response.response_id)
            return response

    async def _response_by_tool(self, name: str) -> ModelResponse:
        alone = self.pool.ignores_schemas(name)
        if not (alone or self.pool.answers_by_tool(name)):
            return await self._response_of(name, self.request)
        request = with_final_tool(self.request, alone=alone)
        return with_final_answer(await self._response_of(name, request))

    async def _response_of(self, name: str, request: ModelRequest) -> ModelResponse:
        call = self._call(name, _counting(request))
        if self.listener is None:
            return await call.stream_to(None)
        await self.listener.started(name)
        ear = _Ear(self.listener)
        try:
            return await call.stream_to(ear)
        except ModelError:
            if ear.heard:
                await self.listener.retracted()
            raise

    def _call(self, name: str, request: ModelRequest) -> Call:
        if name == OFFLINE:
            model = self.pool.offline_model(request.agent)
        else:
            model = self.pool.get_model(name)
        return Call(model, request, stall_seconds=self.stall_seconds, clock=self.pool.clock)

    def _cache_key(self, name: str) -> str | None:
        # Offline answers cost nothing and follow their rules at once when those change.
        if self.cache is None or not self.request.cached or name == OFFLINE:
            return None
        return key_of(name, self.request, service=self.pool.service_of(name))

    async def _cached_response(self, key: str | None) -> ModelResponse | None:
        if self.cache is None or key is None:
            return None
        response = from_text(await self.cache.get(key))
        is_usable = response is not None and is_fit(response, self.request.output_schema)
        return response if is_usable else None

    def _answer(self, name: str, response: ModelResponse, *, from_cache: bool) -> Answer:
        is_free = from_cache or name == OFFLINE
        return Answer(
            response=response,
            model=name,
            offline=name == OFFLINE,
            from_cache=from_cache,
            cost_usd=Decimal(0) if is_free else cost_usd(name, response.usage),
            passed_over=tuple(self.passed_over),
            failures=tuple(self.failures),
        )

    def with_all_tokens(self, error: SegueError) -> SegueError:
        """The error of the whole walk, with what all models of it have counted."""
        if isinstance(error, ModelError):
            error.input_tokens, error.output_tokens, error.cost_usd = sums_of(self.failures)
        return error


def _cost_of(name: str, error: ModelError) -> Decimal | None:
    tokens = error.input_tokens, error.output_tokens
    usage = Usage(
        requests=1, input_tokens=tokens[0], output_tokens=tokens[1], total_tokens=sum(tokens)
    )
    return cost_usd(name, usage)


def _counting(request: ModelRequest) -> ModelRequest:
    """The request with usage asked for: Chat Completions do not count a stream's tokens unasked."""
    settings = request.model_settings
    if settings.include_usage is not None:
        return request
    return replace(request, model_settings=replace(settings, include_usage=True))


@dataclass
class _Ear:
    """Passes text on to a listener and remembers whether there was any."""

    listener: Listener
    heard: bool = False

    async def delta(self, text: str) -> None:
        self.heard = True
        await self.listener.delta(text)
