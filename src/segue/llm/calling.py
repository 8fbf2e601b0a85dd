"""One call of one model: a stream, with or without a listener."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing, contextmanager, suppress
from typing import Protocol, cast

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseStreamEvent
from agents.models.fake_id import FAKE_RESPONSES_ID
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFailedEvent,
    ResponseIncompleteEvent,
    ResponseTextDeltaEvent,
    ResponseUsage,
)

from segue.errors.base import SegueError
from segue.errors.model import ModelRequestError, ModelUnavailableError, UnusableAnswerError
from segue.llm.answers import ModelRequest, is_empty
from segue.llm.verdict import model_error
from segue.llm.whole_streams import cut_answer, with_tokens

_AFTERGLOW_SECONDS = 1.0  # for what follows the whole answer, so that its connection can be reused


class Hearer(Protocol):
    """Hears the text of an answer while it comes."""

    async def delta(self, text: str) -> None:
        """The next piece of the answer's text."""
        ...


class Call:
    """A call of one model.

    Attributes are the model, what it is asked, how long it may be silent, and a clock that tells
    epoch seconds. Every failure of the model leaves as a ModelError without a cause: what services
    say may quote keys and prompts, and causes end in histories.
    """

    def __init__(
        self,
        model: Model,
        request: ModelRequest,
        *,
        stall_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._model = model
        self._request = request
        self._stall_seconds = stall_seconds
        self._clock = clock
        self._tokens: ResponseUsage | None = None

    async def stream_to(self, listener: Hearer | None) -> ModelResponse:
        """The answer piece by piece; ``stall_seconds`` may pass between two events of the stream.

        It streams also where nobody listens: a whole answer may take minutes, a silence may not.

        Raises:
            ModelError: There is no usable answer; pieces that were heard are void.
        """
        stream = self._stream()
        try:
            final = await self._final_response(stream, listener)
        finally:
            await _close(stream)
        return self._whole(_response(final))

    def _whole(self, response: ModelResponse) -> ModelResponse:
        """The response, unless it is empty or cut.

        Not every service says that it cut an answer; one that is exactly as long as it may be was.

        Raises:
            UnusableAnswerError: It is empty.
            ModelRequestError: It was cut.
        """
        most = self._request.model_settings.max_tokens
        if most is not None and response.usage.output_tokens >= most:
            raise with_tokens(cut_answer(), response.usage)
        if is_empty(response):
            empty = "Expected text or tool calls of the model; an empty answer came."
            raise with_tokens(UnusableAnswerError(empty), response.usage)
        return response

    async def _final_response(
        self, stream: AsyncIterator[TResponseStreamEvent], listener: Hearer | None
    ) -> Response:
        async with aclosing(self._events(stream)) as events:
            async for event in events:
                match event:
                    case ResponseTextDeltaEvent() if listener is not None:
                        await listener.delta(event.delta)
                    case ResponseCompletedEvent():
                        await _drain(stream)
                        return event.response
                    case ResponseIncompleteEvent() | ResponseFailedEvent():
                        self._tokens = event.response.usage  # the SDK's own error comes next
                    case _:
                        pass
        raise UnusableAnswerError("Expected the end of the answer; its stream ended.")

    async def _events(
        self, stream: AsyncIterator[TResponseStreamEvent]
    ) -> AsyncGenerator[TResponseStreamEvent]:
        """The stream, as long as it is not silent; what is done with an event has all its time."""
        now = asyncio.get_running_loop().time
        with self._model_errors():
            # One for all events: making one takes longer than reading an event.
            async with asyncio.timeout(None) as patience:
                while True:
                    patience.reschedule(now() + self._stall_seconds)
                    event = await anext(stream, None)
                    patience.reschedule(None)
                    if event is None:
                        return
                    yield event

    def _stream(self) -> AsyncIterator[TResponseStreamEvent]:
        request = self._request
        return self._model.stream_response(
            request.system_instructions,
            self._input,
            request.model_settings,
            request.tools,
            request.output_schema,
            list(request.handoffs),
            request.tracing,
            previous_response_id=request.previous_response_id,
            conversation_id=request.conversation_id,
            prompt=request.prompt,
        )

    @property
    def _input(self) -> str | list[TResponseInputItem]:
        return cast("str | list[TResponseInputItem]", self._request.input)

    @contextmanager
    def _model_errors(self) -> Generator[None]:
        try:
            yield
        except SegueError:
            raise
        except TimeoutError:
            raise ModelUnavailableError(
                f"Expected an answer of the model; {self._stall_seconds:g} s of silence came."
            ) from None
        except Exception as error:
            failure = model_error(error, now=self._clock())
            if failure is not None:
                raise with_tokens(failure, self._tokens) from None
            kind = type(error).__name__
            raise ModelRequestError(f"Expected a call of the model; {kind} came.") from error


async def _drain(stream: AsyncIterator[TResponseStreamEvent]) -> None:
    # The answer is whole; nothing that comes after it may harm it.
    with suppress(Exception):
        async with asyncio.timeout(_AFTERGLOW_SECONDS):
            async for _ in stream:
                pass


async def _close(stream: AsyncIterator[TResponseStreamEvent]) -> None:
    close = getattr(stream, "aclose", None)  # the SDK's own streams have it, its interface does not
    if close is not None:
        with suppress(Exception):
            await close()


def _response(final: Response) -> ModelResponse:
    return ModelResponse(
        output=final.output,
        usage=_usage(final),
        # Chat Completions keep nothing, and the SDK gives their answers one id for all.
        response_id=None if final.id == FAKE_RESPONSES_ID else final.id,
        request_id=getattr(final, "_request_id", None),
    )


def _usage(final: Response) -> Usage:
    usage = final.usage
    if usage is None:
        return Usage(requests=1)
    return Usage(
        requests=1,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
        input_tokens_details=usage.input_tokens_details,
        output_tokens_details=usage.output_tokens_details,
    )
