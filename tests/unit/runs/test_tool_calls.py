"""Keys and tries of the activities of one tool call."""

import pytest
from temporalio.common import RetryPolicy

from segue.runs.contracts import Log, ToolCall
from segue.runs.limits import TOOL_CALL
from segue.runs.workflow.tool_calls import RunningTool, own_tries
from segue.runtime.retries import ONCE, REPEATABLE

CALL = ToolCall(
    key="flow/1/call", call_id="call", tool="pay", agent="Clerk", log=Log(id="talk"), answers=True
)


def test_each_activity_of_a_call_has_a_key_of_its_own_and_the_call_counts_once():
    running = RunningTool(CALL)

    first, second, third = running.next(), running.next(), running.next()

    assert first == CALL
    assert [each.key for each in (second, third)] == ["flow/1/call/2", "flow/1/call/3"]
    assert [(each.first, each.answers) for each in (second, third)] == [(False, False)] * 2
    assert {each.call_id for each in (first, second, third)} == {"call"}


@pytest.mark.parametrize(
    ("policy", "tries"),
    [
        (TOOL_CALL.retry(), TOOL_CALL.attempts),
        (ONCE, None),  # no second try, however the first one ended
        (REPEATABLE, None),
        (RetryPolicy(), None),
        (None, None),
    ],
)
def test_a_policy_with_a_few_tries_is_for_failures_alone(policy, tries):
    assert own_tries(policy) == tries
