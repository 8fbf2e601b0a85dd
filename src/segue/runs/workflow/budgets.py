"""Which limit the next call of a run would pass; pure functions."""

from collections.abc import Iterator
from decimal import Decimal

from segue.runs.contracts import Budget, Spent


def limit_reached(
    budget: Budget, use: Spent, *, seconds: float, grants: int = 0, tool: bool = False
) -> str | None:
    """The limit that is reached, in words; None: the next call may be made.

    Args:
        budget: The limits.
        use: So far, with every retry and every sub-agent.
        seconds: Wall time so far.
        grants: How often a person has given as much again.
        tool: The next call is one of a tool, not of a model.
    """
    for name, amount, limit in _pairs(budget, use, seconds, tool=tool):
        if amount >= limit * (grants + 1):
            return f"{amount:g} of {limit * (grants + 1):g} {name}"
    return None


def _pairs(
    budget: Budget, use: Spent, seconds: float, *, tool: bool
) -> Iterator[tuple[str, Decimal, Decimal]]:
    pairs: list[tuple[str, Decimal | float, Decimal | float | None]] = [
        ("tokens", use.tokens, budget.tokens),
        ("US dollars", use.cost_usd, budget.cost_usd),
        ("seconds", seconds, budget.seconds),
    ]
    if tool:
        pairs.append(("tool calls", use.tool_calls, budget.tool_calls))
    else:
        pairs.append(("turns", use.model_calls, budget.turns))
    for name, amount, limit in pairs:
        if limit is not None:
            yield name, Decimal(str(amount)), Decimal(str(limit))
