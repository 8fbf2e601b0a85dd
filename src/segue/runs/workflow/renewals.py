"""A run's way into the next run of its workflow and back."""

from typing import Any

from segue.runs.workflow.execution import Execution
from segue.runs.workflow.turn_state import TurnState


def state_of(execution: Execution, **fields: Any) -> TurnState:  # noqa: ANN401 - fields of TurnState
    """What the next run of the workflow must know of ``execution``."""
    ledger = execution.ledger
    return TurnState(
        log=execution.log,
        operation=execution.operation,
        step=execution.step,
        turn=execution.turn,
        spent=ledger.spent,
        models=tuple(ledger.models),
        handoffs=tuple(ledger.handoffs),
        plain_tools=tuple(ledger.plain_tools),
        invoked=tuple(ledger.invoked),
        offline=ledger.offline,
        seconds=execution.seconds(),
        grants=execution.purse.grants,
        degraded_to=execution.purse.model,
        known=execution.memory.snapshot(),
        calls=execution.calls,
        edits=execution.edits,
        used_tools=tuple(sorted(ledger.tool_users)),
        tools=tuple(ledger.tools),
        shortened=tuple(sorted(ledger.shortened)),
        **fields,
    )


def restore(execution: Execution, state: TurnState) -> None:
    """Give ``execution`` what the workflow's run before it knew."""
    ledger = execution.ledger
    ledger.spent = state.spent
    ledger.models = list(state.models)
    ledger.handoffs = list(state.handoffs)
    ledger.plain_tools = list(state.plain_tools)
    ledger.invoked = list(state.invoked)
    ledger.offline = state.offline
    ledger.tool_users = set(state.used_tools)
    ledger.tools = list(state.tools)
    ledger.shortened = set(state.shortened)
    execution.step = state.step
    execution.seconds_before = state.seconds
    execution.calls = dict(state.calls)
    execution.edits = dict(state.edits)
    execution.purse.grants = state.grants
    if state.degraded_to is not None:
        execution.purse.model, execution.purse.run = state.degraded_to, None
    execution.memory.restore(state.known)
