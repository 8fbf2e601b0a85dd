"""What is written down at the end of a run."""

from typing import Any

from temporalio.exceptions import FailureError, is_cancelled_exception

from segue.errors.base import SegueError
from segue.runs.contracts import Ending, RunClosed, RunClosing
from segue.runs.workflow.execution import Execution
from segue.runs.workflow.failures import run_error
from segue.runs.workflow.records import close_run


def ending_of(execution: Execution) -> Ending:
    """How ``execution`` ends if the next answer is its last word."""
    ledger = execution.ledger
    return Ending(
        operation=close_operation(execution),
        plain_tools=tuple(ledger.plain_tools),
        invoked=tuple(ledger.invoked),
        spent=ledger.spent,
        models=tuple(ledger.models),
        tools=tuple(ledger.tools),
        offline=ledger.offline,
        seconds=execution.seconds(),
    )


def close_operation(execution: Execution) -> str:
    """The key of the end of a run that the activity of a model call may have closed already."""
    return f"{execution.operation}/end"


def closing_of(
    execution: Execution,
    *,
    started_with: str,
    agent: str,
    status: str,
    operation: str | None = None,
    **more: Any,  # noqa: ANN401 - fields of RunClosing
) -> RunClosing:
    """The end of ``execution``: ``status`` is ``OK`` or the code of the error.

    None for ``operation``: the run's next one.
    """
    ledger = execution.ledger
    return RunClosing(
        log=execution.log,
        operation=operation or execution.next_operation(),
        started_with=started_with,
        agent=agent,
        status=status,
        handoffs=tuple(ledger.handoffs),
        plain_tools=tuple(ledger.plain_tools),
        invoked=tuple(ledger.invoked),
        spent=ledger.spent,
        models=tuple(ledger.models),
        tools=tuple(ledger.tools),
        offline=ledger.offline,
        seconds=execution.seconds(),
        turn=execution.turn,
        whole=execution.whole,
        **more,
    )


async def close_or_fail(
    closing: RunClosing, error: SegueError | None
) -> tuple[RunClosed, SegueError | None]:
    """End a run that ended with ``error``. One that cannot be stored has failed by that.

    Raises:
        FailureError: The workflow was cancelled.
    """
    try:
        return await close_run(closing), error
    except FailureError as failure:  # a local activity's own, not wrapped as others are
        if is_cancelled_exception(failure):
            raise
        return RunClosed(), error or run_error(failure)
