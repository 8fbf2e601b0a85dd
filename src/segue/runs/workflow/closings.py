"""What is written down at the end of a run."""

from typing import Any

from segue.runs.contracts import RunClosing
from segue.runs.workflow.execution import Execution

OK = "ok"


def closing_of(
    execution: Execution,
    *,
    started_with: str,
    agent: str,
    status: str,
    **more: Any,  # noqa: ANN401 - fields of RunClosing
) -> RunClosing:
    """The end of ``execution``: ``status`` is ``OK`` or the code of the error."""
    ledger = execution.ledger
    return RunClosing(
        log=execution.log,
        operation=execution.next_operation(),
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
