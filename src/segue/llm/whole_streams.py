"""Tell Chat Completions that were cut off from whole ones.

The Agents SDK takes the end of a stream for the end of the answer, whether or not the service said
that it was done; LiteLLM even invents the word. It also passes on what a limit or a filter cut off.
Half an answer would pass for a whole one.
"""

from collections.abc import AsyncIterator
from typing import Any, TypeVar, cast

from segue.errors.model import (
    ContentFilteredError,
    ModelError,
    ModelRequestError,
    UnusableAnswerError,
)

LIMIT_HINT = "Raise max_tokens of the agent; of Segue's own agents: SEGUE_AGENT_MAX_TOKENS."
_Error = TypeVar("_Error", bound=ModelError)
Passed = Any  # what the SDK's models hand to their own methods; it goes through as it comes


class WholeStream:
    """A stream of chunks that fails at its end unless the service ended the answer well.

    All other attributes are those of the stream it wraps (``response``, ``close``, ``aclose``).
    """

    def __init__(self, stream: Passed) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Passed:
        return getattr(self._stream, name)

    async def __aiter__(self) -> AsyncIterator[Passed]:
        reason: str | None = None
        usage: Passed = None
        async for chunk in self._stream:
            usage = getattr(chunk, "usage", None) or usage
            for choice in chunk.choices:
                reason = choice.finish_reason or reason
            yield chunk
        # LiteLLM's chunks always end well, but its stream remembers what the service said.
        if hasattr(self._stream, "received_finish_reason"):
            reason = self._stream.received_finish_reason or self._stream.intermittent_finish_reason
        check_finish(reason, usage)


def whole(answer: Passed) -> Passed:
    """Check what the ``_fetch`` methods of the SDK's models return; a stream while it is read.

    Raises:
        UnusableAnswerError: The service sent something that is no Chat Completion.
    """
    if isinstance(answer, tuple):
        response, stream = cast("tuple[Passed, Passed]", answer)
        if not hasattr(stream, "__aiter__"):
            raise UnusableAnswerError("Expected a Chat Completion; something else came.")
        return response, WholeStream(stream)
    for choice in answer.choices or ():
        check_finish(choice.finish_reason, getattr(answer, "usage", None))
    return answer


def check_finish(reason: str | None, usage: Passed = None) -> None:
    """Raise unless an answer ended as a whole answer does.

    Args:
        reason: As Chat Completions say it, or Responses in ``incomplete_details``.
        usage: What the service counted; the error carries it.

    Raises:
        UnusableAnswerError: The service did not say that it was done.
        ContentFilteredError: Its filter cut the answer.
        ModelRequestError: The limit on tokens did; asking again would end the same way.
    """
    if reason is None:
        error = UnusableAnswerError("Expected the end of the answer; its stream ended before.")
    elif reason == "content_filter":
        error = ContentFilteredError("Expected a whole answer; a content filter cut it.")
    elif reason in {"length", "max_output_tokens"}:
        error = cut_answer()
    else:
        return
    raise with_tokens(error, usage)


def cut_answer() -> ModelRequestError:
    """The error of an answer that a limit on its tokens cut."""
    return ModelRequestError(
        "Expected a whole answer; it reached the limit on its tokens.", hint=LIMIT_HINT
    )


def with_tokens(error: _Error, usage: Passed) -> _Error:
    """The error with what the service counted: the usage of Chat Completions, or of Responses."""
    for name, other in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")):
        count = getattr(usage, name, None) or getattr(usage, other, None)
        if isinstance(count, int) and count > 0:
            setattr(error, name, count)
    return error
