"""The runner behind ``Runner.run`` in workflows: every agent runs under the contract.

Outside of workflows it is the SDK's own runner, unchanged.
"""

import contextlib
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from typing import Any

from agents import (
    Agent,
    AgentsException,
    RunConfig,
    RunResult,
    RunResultStreaming,
    RunState,
    StreamEvent,
    TResponseInputItem,
)
from agents.run import AgentRunner
from agents.run_config import CallModelData, ModelInputData
from temporalio import workflow

from segue.runs.contracts import Invoked, Log
from segue.runs.limits import Limits
from segue.runs.outcomes import OK
from segue.runs.workflow.closings import closing_of
from segue.runs.workflow.durable_model import ASKING, DurableModels
from segue.runs.workflow.execution import CURRENT, Execution, Ledger, Purse, StoppedError
from segue.runs.workflow.failures import run_error
from segue.runs.workflow.guarding import Guard
from segue.runs.workflow.records import close_run
from segue.runs.workflow.tool_calls import RUNNING

Input = str | list[TResponseInputItem] | RunState[Any]


class SegueRunner(AgentRunner):
    """``Runner.run`` and ``Runner.run_streamed`` for workflows."""

    async def run(
        self,
        starting_agent: Agent[Any],
        input: Input,  # noqa: A002 - the SDK's name
        **kwargs: Any,  # noqa: ANN401 - the SDK's signature
    ) -> RunResult:
        """Run under the contract: a part of the run at hand, or a run of its own.

        Raises:
            AgentsException: As the SDK does.
            SegueError: No model answered, or the budget is used up.
        """
        if not workflow.in_workflow():
            return await super().run(starting_agent, input, **kwargs)
        execution = current_or_new()
        async with _end_record(execution, starting_agent.name):
            return await self.run_within(execution, starting_agent, input, **kwargs)

    async def run_within(
        self,
        execution: Execution,
        starting_agent: Agent[Any],
        input: Input,  # noqa: A002 - the SDK's name
        **kwargs: Any,  # noqa: ANN401 - the SDK's signature
    ) -> RunResult:
        """Run as ``execution``.

        Raises:
            AgentsException: As the SDK does; StoppedError where an error of ours ended it.
        """
        agent = _under_contract(execution, starting_agent, kwargs)
        with _current(execution):
            return await super().run(agent, input, **kwargs)

    def run_streamed(
        self,
        starting_agent: Agent[Any],
        input: Input,  # noqa: A002 - the SDK's name
        **kwargs: Any,  # noqa: ANN401 - the SDK's signature
    ) -> RunResultStreaming:
        """Run an agent as ``run`` does; in a workflow each model answer arrives as one event."""
        if not workflow.in_workflow():
            return super().run_streamed(starting_agent, input, **kwargs)
        execution = current_or_new()
        agent = _under_contract(execution, starting_agent, kwargs)
        with _current(execution):  # the task that runs it inherits the context
            result = super().run_streamed(agent, input, **kwargs)
        return _ending_as_ours(result, execution, starting_agent.name)


def current_or_new() -> Execution:
    """A part of the execution at hand; where there is none, one of its own."""
    current = CURRENT.get()
    if current is not None:
        running = RUNNING.get()
        if running is not None:
            running.sub_runs += 1
        return current.child()
    operation = new_operation()
    return Execution(
        log=Log(id=operation),
        operation=operation,
        limits=Limits(),
        purse=Purse(run=None, thread=None),
        ledger=Ledger(),
        started=workflow.time(),
    )


def new_operation() -> str:
    """A key that no other run has, and that every replay makes again."""
    return f"{workflow.info().workflow_id}/{workflow.uuid4().hex[:16]}"


@contextlib.asynccontextmanager
async def _end_record(execution: Execution, agent: str) -> AsyncGenerator[None]:
    """Account for the end of what is within, and let an error of ours leave as itself."""
    began = execution.seconds()
    try:
        yield
    except StoppedError as stop:
        await _record_end(execution, agent, stop.error.code, began)
        raise stop.error from None
    except AgentsException as error:
        await _record_end(execution, agent, run_error(error).code, began)
        raise
    await _record_end(execution, agent, OK, began)


async def _record_end(execution: Execution, agent: str, status: str, began: float) -> None:
    """Account for an end: a part of a run is noted on that run, a run of its own is closed."""
    seconds = execution.seconds() - began
    if execution.log.parent is not None:
        invocation = Invoked(agent=agent, status=status, seconds=seconds)
        execution.ledger.invoked.append(invocation)
        return
    await close_run(closing_of(execution, started_with=agent, agent=agent, status=status))


@contextlib.contextmanager
def _current(execution: Execution) -> Generator[None]:
    before = CURRENT.get()
    CURRENT.set(execution)
    try:
        yield
    finally:
        CURRENT.set(before)  # no reset: a run that is thrown away ends in another context


def _ending_as_ours(
    result: RunResultStreaming, execution: Execution, agent: str
) -> RunResultStreaming:
    events = result.stream_events

    async def own_events() -> AsyncIterator[StreamEvent]:
        async with _end_record(execution, agent):
            async for event in events():
                yield event

    setattr(result, "stream_events", own_events)  # noqa: B010 - a method, replaced on one result
    return result


def _under_contract(execution: Execution, agent: Agent[Any], kwargs: dict[str, Any]) -> Agent[Any]:
    own = kwargs.get("run_config")
    config: RunConfig = RunConfig(**own) if isinstance(own, dict) else own or RunConfig()  # pyright: ignore[reportUnknownArgumentType] - the SDK takes a plain dict as well
    kwargs["run_config"] = dataclasses.replace(
        config,
        model_provider=DurableModels(execution),
        group_id=config.group_id or execution.log.root or execution.log.id,
        call_model_input_filter=_noting_who_asks(config),
        tool_not_found_behavior="return_error_to_model",
    )
    if config.output_guardrails:
        execution.whole = True
    kwargs.setdefault("max_turns", execution.limits.max_turns)
    return Guard(execution).agent(agent)


def _noting_who_asks(config: RunConfig) -> Any:  # noqa: ANN401 - the SDK's own callable type
    theirs = config.call_model_input_filter

    async def note(data: CallModelData[Any]) -> ModelInputData:
        ASKING.set(data.agent)
        if theirs is None:
            return data.model_data
        result = theirs(data)
        return result if isinstance(result, ModelInputData) else await result

    return note
