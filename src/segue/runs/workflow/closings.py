"""What is written down at the end of a run."""

from typing import Any

from segue.runs.contracts import Ending, RunClosing
from segue.runs.workflow.execution import Execution

OK = "ok"


def ending_of(execution: Execution) -> Ending:
    """How ``execution`` ends if the next answer is its last word."""
    ledger = execution.ledger
    return Ending(
        operation=close_operation(execution),
        plain_tools=tuple(ledger.plain_tools),
        invoked=tuple(ledger.invoked),
        spent=ledger.spent,
        models=tuple(ledger.models),
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
        offline=ledger.offline,
        seconds=execution.seconds(),
        turn=execution.turn,
        **more,
    )
