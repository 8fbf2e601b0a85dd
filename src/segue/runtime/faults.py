"""Errors on their way through Temporal: out as ``ApplicationError``, back as the class they were.

Temporal matches failures by the text of their type, so an error's ``code`` is that type, unless
users know the failure by a name of its own (``AgentError``). Only
message, hint and waiting time travel; what an error was caused by stays with the worker, because it
may quote requests, and histories are read by more people than logs are.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.exceptions import (
    ApplicationError,
    CancelledError,
    TerminatedError,
    TimeoutError as TemporalTimeoutError,
    WorkflowAlreadyStartedError,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from segue.errors.api import TooManyRequestsError
from segue.errors.base import SegueError
from segue.errors.catalogue import RateLimitedError
from segue.errors.model import ModelError, ModelRateLimitedError
from segue.errors.run import (
    AgentError,
    GuardrailError,
    InvalidOutputError,
    RefusedError,
    RunCancelledError,
    ToolFailedError,
    TooManyTurnsError,
)
from segue.errors.service import ServiceRateLimitedError
from segue.errors.sync import AlreadyRunningError, RunNotFoundError
from segue.errors.temporal import TemporalStorageError, TemporalUnreachableError
from segue.errors.tree import family
from segue.storage.file_causes import file_error

_NO_ANSWER = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED,
}


# The type of the failure that Temporal's server gives to updates of a run that is no more.
_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"

# What SQLite and Postgres say, as Temporal's servers pass it on.
_STORAGE_WORDS = (
    "disk is full",
    "No space left on device",
    "disk I/O error",
    "readonly database",
    "image is malformed",
)


# A bare run of the agents' SDK fails its workflow by the SDK's own errors. Their messages
# stay where they are, since they may quote what a model said.
_BY_A_GUARDRAIL = (GuardrailError, "A guardrail stopped the run.")
_OF_THE_AGENTS_SDK: Mapping[str | None, tuple[type[SegueError], str]] = MappingProxyType({
    "MaxTurnsExceeded": (TooManyTurnsError, "No answer came within the turns that a run may take."),
    "ModelBehaviorError": (
        InvalidOutputError,
        "The model's answer does not fit what was asked for.",
    ),
    "ModelRefusalError": (RefusedError, "The model declined to answer."),
    "InputGuardrailTripwireTriggered": _BY_A_GUARDRAIL,
    "OutputGuardrailTripwireTriggered": _BY_A_GUARDRAIL,
    "ToolInputGuardrailTripwireTriggered": _BY_A_GUARDRAIL,
    "ToolOutputGuardrailTripwireTriggered": _BY_A_GUARDRAIL,
    "ToolTimeoutError": (ToolFailedError, "A tool took too long."),
})

_NAMING_A_WAIT = RateLimitedError | TooManyRequestsError | ServiceRateLimitedError


class _Details(BaseModel):
    """The details of a failure beside message and code. Lives in histories: only add fields."""

    hint: str | None = None
    retry_after_s: float | None = None
    cause: str | None = None
    use: dict[str, Any] = {}
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None


def to_application_error(error: SegueError, *, is_last: bool = False) -> ApplicationError:
    """The failure that Temporal records for ``error``, with its retry verdict and waiting time.

    Args:
        error: Of ours.
        is_last: No other try is wanted, whatever the error's kind.
    """
    is_of_model = isinstance(error, ModelError)
    names_wait = isinstance(error, _NAMING_A_WAIT | ModelRateLimitedError)
    retry_after = error.retry_after if names_wait else None
    details = _Details(
        hint=error.hint,
        retry_after_s=retry_after.total_seconds() if retry_after else None,
        cause=error.cause or None if isinstance(error, AgentError) else None,
        use=error.use if isinstance(error, AgentError) else {},
        input_tokens=error.input_tokens if is_of_model else 0,
        output_tokens=error.output_tokens if is_of_model else 0,
        cost_usd=error.cost_usd if is_of_model else None,
    )
    return ApplicationError(
        error.message,
        details.model_dump(mode="json", exclude_defaults=True),
        type=_failure_type(type(error)),
        non_retryable=is_last or not error.retryable,
        next_retry_delay=retry_after,
    )


def last_failure(error: Exception) -> ApplicationError:
    """The failure that Temporal records for what an activity raised, when no other try is wanted.

    Args:
        error: Whatever was raised.
    """
    own = file_error(error) if isinstance(error, OSError) else error
    match own:
        case SegueError():
            failure = to_application_error(own, is_last=True)
        case ApplicationError():
            failure = ApplicationError(
                own.message,
                *own.details,
                type=own.type,
                non_retryable=True,
                category=own.category,
            )
        case _:  # as Temporal words it
            failure = ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
    return failure.with_traceback(error.__traceback__)


def from_failure(error: BaseException) -> SegueError:
    """The error of ours that a failed run, activity or call to Temporal stands for.

    Give it what ``WorkflowHandle.result`` or any other client call raised, or an ``ActivityError``
    inside a workflow. The outermost error of ours in the chain of causes wins; where there is none,
    the answer is a sentence about what happened: cancelled, terminated, timed out, unreachable.
    """
    chain = tuple(_causes(error))
    for link in chain:
        if own_error := _ours(link):
            return own_error
    for link in reversed(chain):
        if summary := _error_for(link):
            return summary
    return SegueError(f"The run failed unexpectedly: {type(chain[-1]).__name__}: {chain[-1]}.")


class FaultTranslation(Interceptor):
    """Worker interceptor: what activities and workflows raise is recorded under its code."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        """Translate what activities raise."""
        return _ActivityFaults(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[WorkflowInboundInterceptor]:
        """Translate what workflows and their handlers raise."""
        return _WorkflowFaults


class _ActivityFaults(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        try:
            return await super().execute_activity(input)
        except SegueError as error:
            _raise(error)
        except OSError as failure:  # of a file: a full disk passes, a missing right does not
            if error := file_error(failure):
                _raise(error)
            raise


class _WorkflowFaults(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        try:
            return await super().execute_workflow(input)
        except SegueError as error:
            _raise(error)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - Temporal's signature
        try:
            await super().handle_signal(input)
        except SegueError as error:
            _raise(error)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - Temporal's signature
        try:
            super().handle_update_validator(input)
        except SegueError as error:
            _raise(error)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002, ANN401 - Temporal's signature
        try:
            return await super().handle_update_handler(input)
        except SegueError as error:
            _raise(error)


def _raise(error: SegueError) -> NoReturn:
    # The trace goes along, so that Temporal's page shows where it happened and not this line.
    raise to_application_error(error).with_traceback(error.__traceback__) from None


def _failure_type(kind: type[SegueError]) -> str:
    return kind.failure_type or kind.code


def _causes(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__


def _ours(link: BaseException) -> SegueError | None:
    if isinstance(link, SegueError):
        return link
    if not isinstance(link, ApplicationError) or link.type is None:
        return None
    kind = next((kind for kind in family() if _failure_type(kind) == link.type), None)
    return _rebuilt(kind, link) if kind else None


def _rebuilt(kind: type[SegueError], failure: ApplicationError) -> SegueError:
    details = _details(failure)
    if issubclass(kind, _NAMING_A_WAIT):
        wait = timedelta(seconds=details.retry_after_s or 0)
        return kind(failure.message, retry_after=wait, hint=details.hint)
    if issubclass(kind, ModelError):
        return _rebuilt_of_model(kind, failure.message, details)
    if issubclass(kind, AgentError):
        return kind(failure.message, hint=details.hint, cause=details.cause or "", use=details.use)
    return kind(failure.message, hint=details.hint)


def _rebuilt_of_model(kind: type[ModelError], message: str, details: _Details) -> ModelError:
    wait = timedelta(seconds=details.retry_after_s) if details.retry_after_s else None
    is_limit = issubclass(kind, ModelRateLimitedError)
    error = (
        kind(message, retry_after=wait, hint=details.hint)
        if is_limit
        else kind(message, hint=details.hint)
    )
    error.input_tokens, error.output_tokens = details.input_tokens, details.output_tokens
    error.cost_usd = details.cost_usd
    return error


def _details(failure: ApplicationError) -> _Details:
    try:
        return _Details.model_validate(failure.details[0] if failure.details else {})
    except ValidationError:  # written by another version or program; the message still stands
        return _Details()


def _error_for(link: BaseException) -> SegueError | None:
    error: SegueError | None = None
    match link:
        case ApplicationError() if link.type == _ENDED_MEANWHILE:
            error = RunNotFoundError("The run ended before it answered.")
        case ApplicationError() if link.type in _OF_THE_AGENTS_SDK:
            kind, message = _OF_THE_AGENTS_SDK[link.type]
            error = kind(message)
        case ApplicationError():
            error = SegueError(f"The run failed unexpectedly: {link}.")
        case CancelledError():
            error = RunCancelledError("The run was cancelled.")
        case TerminatedError():
            error = RunCancelledError(f"The run was terminated: {link.message}.")
        case TemporalTimeoutError():
            limit = f" ({link.type.name.lower().replace('_', ' ')})" if link.type else ""
            error = SegueError(f"The run took longer than it may{limit}.")
        case WorkflowAlreadyStartedError():
            error = AlreadyRunningError(f"A run with the id {link.workflow_id!r} is there already.")
        case RPCTimeoutOrCancelledError():
            error = TemporalUnreachableError("Temporal did not answer in time.")
        case RPCError():
            error = _error_for_call(link)
        case _:
            pass
    return error


def _error_for_call(link: RPCError) -> SegueError:
    if link.status is RPCStatusCode.NOT_FOUND:
        return RunNotFoundError(f"Temporal knows no such run: {link.message}.")
    if any(words in link.message for words in _STORAGE_WORDS):
        return TemporalStorageError(f"Temporal's database refused the call: {link.message}.")
    if link.status in _NO_ANSWER:
        return TemporalUnreachableError(f"Temporal did not serve the call: {link.message}.")
    return SegueError(f"Temporal refused the call ({link.status.name.lower()}): {link.message}.")
