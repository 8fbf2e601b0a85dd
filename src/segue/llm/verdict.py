"""The one verdict on a failed model call: which error it is, and with it whether to try again.

It reads status, codes, types and class names of errors, from whichever package they come; it never
imports LiteLLM or any-llm. Wordings are read where services have no code for a case, and never
repeated: a body may quote a key or a prompt.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from agents import ModelBehaviorError

from segue.errors.base import SegueError
from segue.errors.model import (
    ContentFilteredError,
    ContextTooLongError,
    ModelError,
    ModelLoginError,
    ModelQuotaError,
    ModelRateLimitedError,
    ModelRequestError,
    ModelUnavailableError,
    UnusableAnswerError,
)
from segue.llm.whole_streams import LIMIT_HINT
from segue.runtime.retry_after import retry_wait

# Source of the codes: the services' error pages (OpenAI, Azure, Anthropic, Groq, llama.cpp) and the
# classes of LiteLLM 1.83 and any-llm 1.40, in lower case.
_NO_CREDIT = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "insufficientfundserror",
}
_FILTERED = {
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "invalid_prompt",
    "moderation_blocked",
    "image_content_policy_violation",
    "contentpolicyviolationerror",
    "contentfiltererror",
    "contentfilterfinishreasonerror",
}
_TOO_LONG = {
    "context_length_exceeded",
    "request_too_large",
    "exceed_context_size_error",
    "contextwindowexceedederror",
    "contextlengthexceedederror",
}
_TOO_MANY = {"rate_limit_exceeded", "rate_limit_error", "ratelimiterror", "resource_exhausted"}
# What OpenAI and vLLM, Anthropic, Gemini, Bedrock, Mistral, xAI and llama.cpp say without a code.
_TOO_LONG_WORDS = re.compile(
    r"maximum context length|prompt is too long|input token count.{0,40}exceeds"
    r"|input is too long|too large for model|maximum prompt length|available context size"
)
_NO_CREDIT_WORDS = re.compile(r"credit balance is too low|insufficient balance")
_CUT_OFF = {"max_output_tokens", "lengthfinishreasonerror"}
# For errors without a status, as they come within a stream or before a request.
_NAMED: Mapping[frozenset[str], type[ModelError]] = {
    frozenset({
        "invalid_api_key",
        "authentication_error",
        "permission_error",
        "missingapikeyerror",
    }): ModelLoginError,
    frozenset({
        "invalid_request_error",
        "usererror",  # the Agents SDK refuses to send it
        "invalidrequesterror",
        "unsupportedparametererror",
        "unsupportedprovidererror",
    }): ModelRequestError,
    frozenset({
        "server_error",
        "api_error",
        "overloaded_error",
        "timeout_error",
        "vector_store_timeout",
    }): ModelUnavailableError,
}
_REFUSALS = {400, 413, 422}
_LOCKED = {401, 403}
_RETRIED = {408, 409, 429}  # and all from 500; Source: OpenAI's own client
_CONNECTION_CLASSES = {"APIConnectionError", "TransportError", "TimeoutException", "ClientError"}
_PACKAGES = re.compile(
    r"(openai|litellm|any_llm|httpx2?|aiohttp|anthropic|google|ollama|mistralai|groq|botocore)\b"
)
# How the readers of answers fail when an answer is not what they expect.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ModelBehaviorError)
# How the Agents SDK words an answer that the service itself called failed or cut short.
_SDK_CODE = re.compile(r"(?:error=\w+\(|; |\. )code='?(\w+)")
_SDK_REASON = re.compile(r"incomplete_details=\w+\(reason='(\w+)'")
_NAME = re.compile(r"[A-Za-z_.]{1,48}")  # no digits, no hyphens: nothing that could be a key


def model_error(error: BaseException, *, now: float) -> ModelError | None:
    """Which of our errors a failed model call is; its ``retryable`` is the verdict.

    408, 409, 429, 5xx, lost connections, timeouts and unreadable answers are worth another try, all
    other answers are not; a service that says so itself (``x-should-retry``) is believed.

    Args:
        error: What a call of a model raised.
        now: Epoch seconds, for services that give a date to come back at.

    Returns:
        None when it is no fault of a model: a cancellation, an error of Segue, a defect.
    """
    if isinstance(error, ModelError):
        return error
    if isinstance(error, SegueError) or not isinstance(error, Exception):
        return None
    failure = _Failure(tuple(_chain(error)), now)
    return _by_code(failure) or _by_status(failure) or _by_kind(failure)


@dataclass(frozen=True)
class _Failure:
    """An error with all that led to it, outermost first."""

    links: tuple[Exception, ...]
    now: float

    @cached_property
    def status(self) -> int | None:
        """The HTTP status; the first that is one for an error."""
        statuses = (getattr(link, "status_code", None) for link in self.links)
        return next((s for s in statuses if isinstance(s, int) and 400 <= s < 600), None)

    @property
    def is_refused(self) -> bool:
        """Whether the service may have said no to this very request; only then wording counts."""
        return self.status is None or self.status in _REFUSALS

    @cached_property
    def names(self) -> set[str]:
        """Codes, types and classes in lower case."""
        return {name.lower() for name in (*self.codes, *(type(e).__name__ for e in self.links))}

    @cached_property
    def codes(self) -> list[str]:
        """Every code and type that the service gave."""
        return [code for link in self.links for code in _codes(link)]

    @cached_property
    def wording(self) -> str:
        """The errors' texts in lower case; to search in, never to repeat."""
        return " ".join(str(link) for link in self.links).lower()

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        for link in self.links:
            headers: object = getattr(getattr(link, "response", None), "headers", None)
            if not isinstance(headers, Mapping):
                continue
            value = cast("Mapping[str, object]", headers).get(name)
            if isinstance(value, str):
                return value
        return None

    def came(self) -> str:
        """A description of the failure for a message, without words that the service chose."""
        inside_out = (code for link in reversed(self.links) for code in _codes(link))
        code = next((c for c in inside_out if _NAME.fullmatch(c)), None)
        detail = f" ({code})" if code else ""
        if self.status is None:
            return f"an error came: {type(self.links[0]).__name__}{detail}"
        return f"HTTP {self.status}{detail} came"


def _by_code(failure: _Failure) -> ModelError | None:
    message = f"Expected an answer of the model; {failure.came()}"
    if _is_without_credit(failure):
        return ModelQuotaError(f"{message}.")
    if failure.names & _FILTERED:
        return ContentFilteredError(f"{message}: a content filter stopped it.")
    if _is_too_long(failure):
        return ContextTooLongError(f"{message}: the conversation is too long for it.")
    if any(isinstance(link, json.JSONDecodeError) for link in failure.links):
        return UnusableAnswerError("Expected JSON of the model's service; something else came.")
    return None


def _is_without_credit(failure: _Failure) -> bool:
    says_so = failure.is_refused and _NO_CREDIT_WORDS.search(failure.wording)
    return bool(failure.status == 402 or failure.names & _NO_CREDIT or says_so)


def _is_too_long(failure: _Failure) -> bool:
    says_so = failure.is_refused and _TOO_LONG_WORDS.search(failure.wording)
    return bool(failure.status == 413 or failure.names & _TOO_LONG or says_so)


def _by_status(failure: _Failure) -> ModelError | None:
    status = failure.status
    if status is None:
        return None
    message = f"Expected an answer of the model; {failure.came()}"
    if status in _LOCKED:
        return ModelLoginError(f"{message}.")
    passing = status in _RETRIED or status >= 500
    should_retry = {"true": True, "false": False}.get(
        failure.header("x-should-retry") or "", passing
    )
    if should_retry:
        wait = retry_wait(failure.header, now=failure.now)
        # Only this error carries a wait, so any answer that names one becomes it.
        if status == 429 or wait is not None:
            return ModelRateLimitedError(f"{message}.", retry_after=wait)
        return ModelUnavailableError(f"{message}.")
    # Another model may answer where this one asks to be left alone; none mends a bad request.
    return ModelError(f"{message} and no retry is wanted.") if passing else _request_error(failure)


def _by_kind(failure: _Failure) -> ModelError | None:
    message = f"Expected an answer of the model; {failure.came()}."
    if failure.names & _CUT_OFF:
        return ModelRequestError(message, hint=LIMIT_HINT)
    if failure.names & _TOO_MANY:
        wait = retry_wait(failure.header, now=failure.now)
        return ModelRateLimitedError(message, retry_after=wait)
    for names, error in _NAMED.items():
        if failure.names & names:
            return error(message)
    if any(_is_lost_connection(link) for link in failure.links):
        return ModelUnavailableError(message)
    return _by_origin(failure)


def _by_origin(failure: _Failure) -> ModelError | None:
    if any(isinstance(link, _UNREADABLE) for link in failure.links):
        return UnusableAnswerError(f"Expected a readable answer of the model; {failure.came()}.")
    if any(_PACKAGES.match(type(link).__module__) for link in failure.links):
        return ModelUnavailableError(f"Expected an answer of the model; {failure.came()}.")
    return None


def _request_error(failure: _Failure) -> ModelRequestError:
    return ModelRequestError(f"Expected the request to be accepted; {failure.came()}.")


def _is_lost_connection(error: Exception) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, TimeoutError | ConnectionError) or bool(names & _CONNECTION_CLASSES)


def _chain(error: BaseException | None) -> Iterator[Exception]:
    """The error and what it was made from: packages wrap each other's errors."""
    ids: set[int] = set()
    while isinstance(error, Exception) and id(error) not in ids:
        ids.add(id(error))
        yield error
        original = getattr(error, "original_exception", None)  # any-llm's name for it
        context = None if error.__suppress_context__ else error.__context__
        error = original if isinstance(original, Exception) else error.__cause__ or context


def _codes(error: Exception) -> Iterator[str]:
    if isinstance(error, ModelBehaviorError):
        text = str(error)
        matches = (_SDK_CODE.search(text), _SDK_REASON.search(text))
        yield from (match[1] for match in matches if match)
    values: list[object] = [getattr(error, name, None) for name in ("code", "type", "error_type")]
    body: object = getattr(error, "body", None)
    while isinstance(body, Mapping):
        inside = cast("Mapping[str, object]", body)
        values += [inside.get("code"), inside.get("type"), inside.get("status")]
        body = inside.get("error") or inside.get("innererror")
    yield from (value for value in values if isinstance(value, str))
