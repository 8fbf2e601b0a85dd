"""Effects that a person looked into, and those that an earlier attempt has brought about."""

import pytest
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ExecuteActivityInput

from segue.errors.catalogue import CatalogueUnavailableError, OutcomeUnknownError
from segue.runs.contracts import Log, ToolCall
from segue.runs.worker.effects import ToolEffects, _intent, idempotency_key


async def test_a_later_attempt_of_an_effect_that_happened_is_answered(agents):
    effects = ToolEffects(agents.ports)
    call = ToolCall(key="k", call_id="c", tool="pay", agent="A", log=Log(id="x"), answers=True)
    given = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})

    async def never(_):
        raise AssertionError("the tool ran")

    async def go():
        intent = _intent(call, given)
        await agents.ports.effects.begin(intent, attempt=0)
        await agents.ports.effects.resolve("k", happened=True, who="ann", why="seen")
        return await effects.run(call, given, never)

    answer = await ActivityEnvironment().run(go)
    assert "happened" in str(answer)


async def test_what_gives_no_answer_to_the_model_is_told_as_it_is(agents):
    effects = ToolEffects(agents.ports)
    call = ToolCall(key="k", call_id="c", tool="pay", agent="A", log=Log(id="x"))
    given = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})

    async def never(_):
        raise AssertionError("the tool ran")

    async def go():
        await agents.ports.effects.begin(_intent(call, given), attempt=0)
        await agents.ports.effects.resolve("k", happened=True, who="ann", why="seen")
        await effects.run(call, given, never)

    with pytest.raises(ApplicationError) as told:
        await ActivityEnvironment().run(go)
    assert told.value.type == "run.effect_unknown"
    assert "happened" in told.value.message


async def test_a_later_attempt_of_an_effect_that_failed_for_good_does_not_run_the_tool(agents):
    effects = ToolEffects(agents.ports)
    call = ToolCall(key="k", call_id="c", tool="pay", agent="A", log=Log(id="x"))
    given = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})

    async def never(_):
        raise AssertionError("the tool ran")

    async def go():
        await agents.ports.effects.begin(_intent(call, given), attempt=0)
        await agents.ports.effects.fail("k", "catalogue.forbidden", "Not yours.")
        await effects.run(call, given, never)

    with pytest.raises(ApplicationError) as told:
        await ActivityEnvironment().run(go)
    assert (told.value.type, told.value.message) == ("catalogue.forbidden", "Not yours.")
    assert told.value.non_retryable


async def test_the_key_of_an_effect_is_the_tool_calls_and_elsewhere_the_activitys(agents):
    effects = ToolEffects(agents.ports)
    call = ToolCall(key="flow/1/call", call_id="c", tool="pay", agent="A", log=Log(id="x"))
    given = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})

    async def tool(_):
        return idempotency_key()

    async def go():
        return await effects.run(call, given, tool), idempotency_key()

    environment = ActivityEnvironment()
    within, outside = await environment.run(go)
    info = environment.info
    assert within == "flow/1/call"
    assert outside == f"{info.workflow_id}/{info.workflow_run_id}/{info.activity_id}"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CatalogueUnavailableError("away"), "catalogue.unavailable"),
        (OutcomeUnknownError("no answer"), "catalogue.outcome_unknown"),
        (ApplicationError("busy", type="Busy"), "Busy"),
        (ValueError("broken"), "ValueError"),
    ],
)
async def test_the_last_failure_that_a_tool_may_have_is_told_to_be_the_last(agents, error, code):
    first, last = await _failures(agents, error)

    assert first is error
    assert isinstance(last, ApplicationError)
    assert (last.type, last.non_retryable) == (code, True)


async def test_a_tool_that_is_cancelled_at_its_last_try_stays_cancelled(agents):
    error = CancelledError("stop")

    assert await _failures(agents, error) == [error, error]


async def _failures(agents, error):
    """What each of the two tries ends with that a repeatable tool may fail."""
    call = ToolCall(
        key="k", call_id="c", tool="post", agent="A", log=Log(id="x"), effect="repeatable", tries=2
    )
    given = ExecuteActivityInput(fn=lambda: None, args=[], executor=None, headers={})

    async def fail(_):
        raise error

    ends = []
    for _ in range(2):
        with pytest.raises(type(error) if not ends else Exception) as end:
            await ActivityEnvironment().run(ToolEffects(agents.ports).run, call, given, fail)
        ends.append(end.value)
    return ends
