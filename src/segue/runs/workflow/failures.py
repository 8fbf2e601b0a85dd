"""How a run of an agent can end without an answer, in our words."""

from agents import (
    AgentsException,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    OutputGuardrailTripwireTriggered,
)
from agents.exceptions import (
    ModelRefusalError,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
    ToolTimeoutError,
)
from temporalio import workflow

from segue.errors.base import SegueError
from segue.errors.run import (
    EmptyAnswerError,
    GuardrailError,
    InvalidOutputError,
    RefusedError,
    RunError,
    ToolFailedError,
    TooManyTurnsError,
)
from segue.runs.contracts import Failure
from segue.runtime.faults import from_failure


def as_failure(error: SegueError) -> Failure:
    """An error as plain data."""
    return Failure(code=error.code, message=error.message, hint=error.hint)


def log_unexpected(error: Exception) -> None:
    """Log an error that nobody thought of, with its traceback.

    A log handler may import what it formats with (rich does). Within Temporal's sandbox that fails
    the workflow's task, and again at each of its tries: the run would hang.
    """
    with workflow.unsafe.imports_passed_through():
        workflow.logger.error("A run failed unexpectedly.", exc_info=error)


def run_error(error: Exception) -> SegueError:
    """The error of ours that ended a run, whatever the SDK or a tool raised."""
    own = from_failure(error)
    if type(own) is not SegueError:
        return own
    if isinstance(error, AgentsException):
        return _of_the_sdk(error)
    return RunError(f"The run failed unexpectedly ({type(error).__name__}).")


def nothing_said(agent: str) -> SegueError:
    """The error for an answer without any text."""
    return EmptyAnswerError(f"{agent} answered with nothing.")


def _of_the_sdk(error: AgentsException) -> SegueError:
    failure: SegueError
    match error:
        case MaxTurnsExceeded():
            failure = TooManyTurnsError(f"No answer came: {error.message}.")
        case ModelBehaviorError():
            failure = InvalidOutputError("The model's answer does not fit what was asked for.")
        case ModelRefusalError():
            failure = RefusedError("The model declined to answer.")
        case InputGuardrailTripwireTriggered() | OutputGuardrailTripwireTriggered():
            name = error.guardrail_result.guardrail.get_name()
            failure = GuardrailError(f"The guardrail {name!r} stopped the run.")
        case ToolInputGuardrailTripwireTriggered() | ToolOutputGuardrailTripwireTriggered():
            failure = GuardrailError(
                f"The guardrail {error.guardrail.get_name()!r} stopped a tool."
            )
        case ToolTimeoutError():
            failure = ToolFailedError(f"The tool {error.tool_name!r} took too long.")
        case _:
            failure = RunError(f"The run could not go on ({type(error).__name__}).")
    return failure
