"""What a model is told about a tool that failed: a code, and nothing that may be a secret."""

import json

import pytest
from agents import AgentsException, MaxTurnsExceeded, ModelBehaviorError
from pydantic import BaseModel, ValidationError
from temporalio.exceptions import ApplicationError

from segue.errors.catalogue import NotFoundError
from segue.runs.contracts import Log, ToolCall
from segue.runs.limits import RESULT_CHARACTERS
from segue.runs.workflow.guarding import CUT, complaint, cut
from segue.runs.workflow.tool_calls import RunningTool

SECRET = "sk-canary"  # noqa: S105 - a canary: no model may read it
CALL = ToolCall(key="k", call_id="c", tool="pay", agent="Clerk", log=Log(id="talk"))


class Amount(BaseModel):
    amount: int


def unfit() -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        Amount.model_validate({"amount": SECRET})
    return refused.value


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


COMPLAINTS = [
    (NotFoundError("No such song."), {}, ("catalogue.not_found", "No such song.")),
    (
        caused(ValueError("lost"), ApplicationError(SECRET, type="Busy")),
        {},
        ("tool.failed", "The tool failed (Busy)."),
    ),
    (ValueError(SECRET), {}, ("tool.failed", "The tool failed (ValueError).")),
    (
        ModelBehaviorError(SECRET),
        {},
        ("tool.invalid_arguments", "The arguments do not fit the tool's schema."),
    ),
    (
        MaxTurnsExceeded("3 turns"),
        {"sub_runs": 1},
        ("run.too_many_turns", "No answer came: 3 turns."),
    ),
    (
        AgentsException(SECRET),
        {},
        ("tool.failed", "The tool failed (AgentsException)."),
    ),
]


@pytest.mark.parametrize(
    ("error", "began", "told"), COMPLAINTS, ids=[each[2][1] for each in COMPLAINTS]
)
def test_a_model_is_told_a_code_and_never_the_errors_own_text(
    error: Exception, began: dict[str, int], told: tuple[str, str]
):
    assert complaint(error, RunningTool(CALL, **began)) == told
    assert SECRET not in json.dumps(told)


def test_a_tool_that_began_something_had_arguments_in_order():
    before, after = RunningTool(CALL), RunningTool(CALL, activities=1)

    assert complaint(unfit(), before)[0] == "tool.invalid_arguments"
    assert complaint(unfit(), after) == ("tool.failed", "The tool failed (ValidationError).")


def test_a_long_result_is_cut_and_says_so():
    longest = "x" * RESULT_CHARACTERS

    assert cut(longest) == longest
    assert cut(f"{longest}y") == longest + CUT
