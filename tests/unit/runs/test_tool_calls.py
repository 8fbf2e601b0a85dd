"""Keys of the activities of one tool call."""

from segue.runs.contracts import Log, ToolCall
from segue.runs.workflow.tool_calls import RunningTool

CALL = ToolCall(
    key="flow/1/call", call_id="call", tool="pay", agent="Clerk", log=Log(id="talk"), answers=True
)


def test_each_activity_of_a_call_has_a_key_of_its_own_and_the_call_counts_once():
    running = RunningTool(CALL)

    first, second, third = running.next(), running.next(), running.next()

    assert first is CALL
    assert [each.key for each in (second, third)] == ["flow/1/call/2", "flow/1/call/3"]
    assert [(each.first, each.answers) for each in (second, third)] == [(False, False)] * 2
    assert {each.call_id for each in (first, second, third)} == {"call"}
