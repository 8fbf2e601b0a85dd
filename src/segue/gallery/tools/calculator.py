"""The house's calculator: what stands in, offline, for a provider that runs code."""

from segue.errors.assistant import CalculationError
from segue.platform.calculating import calculate


def calculation(expression: str) -> str:
    """An arithmetic expression with its value, or why it has none; nothing is executed."""
    try:
        return f"{expression} = {calculate(expression)}"
    except CalculationError as failure:
        return failure.message
