"""Which limit the next call would pass. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from segue.runs.contracts import Budget, Spent


def exceeded(
    budget: Budget, spent: Spent, *, seconds: float, grants: int = 0, tool: bool = False
) -> str | None:
    """The limit that is reached, in words; None: the next call may be made.

    Args:
        budget: The limits.
        spent: So far, with every retry and every sub-agent.
        seconds: Wall time so far.
        grants: How often a person has given as much again.
        tool: The next call is one of a tool, not of a model.
    """
    for name, used, limit in _pairs(budget, spent, seconds, tool=tool):
        if used >= limit * (grants + 1):
            return f"{used:g} of {limit * (grants + 1):g} {name}"
    return None


def _pairs(
    budget: Budget, spent: Spent, seconds: float, *, tool: bool
) -> Iterator[tuple[str, Decimal, Decimal]]:
    counted: list[tuple[str, Decimal | float, Decimal | float | None]] = [
        ("tokens", spent.tokens, budget.tokens),
        ("US dollars", spent.cost_usd, budget.cost_usd),
        ("seconds", seconds, budget.seconds),
    ]
    if tool:
        counted.append(("tool calls", spent.tool_calls, budget.tool_calls))
    else:
        counted.append(("turns", spent.model_calls, budget.turns))
    for name, used, limit in counted:
        if limit is not None:
            yield name, Decimal(str(used)), Decimal(str(limit))
