"""Whatever ends a run, it is told under a code of ours, and without quoting anybody."""

import pytest
from agents import (
    Agent,
    AgentsException,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailResult,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelBehaviorError,
    OutputGuardrail,
    OutputGuardrailResult,
    OutputGuardrailTripwireTriggered,
    ToolGuardrailFunctionOutput,
    ToolInputGuardrail,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrail,
    ToolOutputGuardrailTripwireTriggered,
)
from agents.exceptions import ModelRefusalError, ToolTimeoutError, UserError

from segue.errors.model import ModelUnavailableError
from segue.runs.workflow.failures import as_failure, nothing_said, run_error

SECRET = "sk-canary"  # noqa: S105 - a canary: no message may quote it
TRIPPED = GuardrailFunctionOutput(output_info=SECRET, tripwire_triggered=True)
STOPPED = ToolGuardrailFunctionOutput.raise_exception(SECRET)


def looks(*_: object) -> GuardrailFunctionOutput:
    return TRIPPED


def looks_at_a_tool(_: object) -> ToolGuardrailFunctionOutput:
    return STOPPED


ENDINGS = [
    (MaxTurnsExceeded("3 turns"), "run.too_many_turns", "3 turns"),
    (ModelBehaviorError(SECRET), "run.invalid_output", "does not fit"),
    (ModelRefusalError(SECRET), "run.refused", "declined"),
    (
        InputGuardrailTripwireTriggered(InputGuardrailResult(InputGuardrail(looks), TRIPPED)),
        "run.guardrail_tripped",
        "'looks' stopped the run",
    ),
    (
        OutputGuardrailTripwireTriggered(
            OutputGuardrailResult(OutputGuardrail(looks), SECRET, Agent(name="A"), TRIPPED)
        ),
        "run.guardrail_tripped",
        "'looks' stopped the run",
    ),
    (
        ToolInputGuardrailTripwireTriggered(ToolInputGuardrail(looks_at_a_tool), STOPPED),
        "run.guardrail_tripped",
        "'looks_at_a_tool' stopped a tool",
    ),
    (
        ToolOutputGuardrailTripwireTriggered(ToolOutputGuardrail(looks_at_a_tool), STOPPED),
        "run.guardrail_tripped",
        "'looks_at_a_tool' stopped a tool",
    ),
    (ToolTimeoutError("pay", 2.0), "run.tool_failed", "'pay' took too long"),
    (UserError(SECRET), "run.error", "UserError"),
    (AgentsException(SECRET), "run.error", "AgentsException"),
    (ValueError(SECRET), "run.error", "ValueError"),
]


@pytest.mark.parametrize(
    ("ending", "code", "told"), ENDINGS, ids=[type(each[0]).__name__ for each in ENDINGS]
)
def test_an_ending_has_a_code_and_quotes_nobody(ending: Exception, code: str, told: str):
    error = run_error(ending)

    assert error.code == code
    assert told in error.message
    assert SECRET not in f"{error}{error.hint}"


def test_an_error_of_ours_stays_what_it_is_wherever_it_was_raised():
    cause = ModelUnavailableError("The service is away.")
    wrapped = ModelBehaviorError("while asking")
    wrapped.__cause__ = cause

    assert run_error(cause) is cause
    assert run_error(wrapped) is cause


def test_an_answer_without_text_is_a_failure_that_names_the_agent():
    failure = as_failure(nothing_said("Clerk"))

    assert failure.code == "run.empty_answer"
    assert "Clerk" in failure.message
