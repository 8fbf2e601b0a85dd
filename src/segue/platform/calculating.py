"""Arithmetic that somebody else has written down: evaluated within bounds, never executed."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import simpleeval  # pyright: ignore[reportMissingTypeStubs] - it has no types

from segue.errors.assistant import CalculationError

LONGEST = 200  # characters of an expression
DEEPEST = 32  # operations inside each other
MOST_BITS = 4_096  # of a whole number; 1,233 digits
SIGNIFICANT_DIGITS = 12  # of a result with a fraction: what binary fractions add is not shown

Number = int | float

_TIMES, _DIVIDED = "\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"


def calculate(expression: str) -> str:
    """The value of an expression of numbers, ``+ - * / // % **``, brackets and a few functions.

    Raises:
        CalculationError: It is none, or it is longer, deeper or larger than a calculator takes.
    """
    text = expression.strip().replace(_TIMES, "*").replace(_DIVIDED, "/").replace("^", "**")
    if not text or len(text) > LONGEST:
        raise CalculationError(
            f"Expected an expression of 1 to {LONGEST} characters, got {len(text)}."
        )
    try:
        tree = ast.parse(text, mode="eval").body
        _check(tree)
        value: object = _evaluator().eval(text, previously_parsed=tree)
    except ZeroDivisionError:
        raise CalculationError("It divides by zero.") from None
    except (SyntaxError, RecursionError, MemoryError):
        raise CalculationError("It is no arithmetic expression.") from None
    except (simpleeval.InvalidExpression, TypeError, ValueError, OverflowError):
        raise CalculationError(
            "It uses something that a calculator does not know, or a number it cannot hold."
        ) from None
    return _digits(value)


def _digits(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CalculationError("Its value is no number.")
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise CalculationError("Its value is too large.")
    return f"{value:.{SIGNIFICANT_DIGITS}g}"


def _check(tree: ast.AST) -> None:
    """Refuse what is no arithmetic before any of it is evaluated: texts, formats, attributes.

    Raises:
        CalculationError: It is none, or too deep.
    """
    if any(not isinstance(node, _KNOWN) for node in ast.walk(tree)):
        raise CalculationError("It uses something that a calculator does not know.")
    if _depth(tree) > DEEPEST:
        raise CalculationError(f"Expected at most {DEEPEST} operations inside each other.")


def _depth(node: ast.AST) -> int:
    return 1 + max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)


def _evaluator() -> Any:  # noqa: ANN401 - of a package without types
    return simpleeval.SimpleEval(
        operators={kind: _within_bounds(apply) for kind, apply in _OPERATORS.items()},
        functions={name: _within_bounds(apply) for name, apply in _FUNCTIONS.items()},
        names={"pi": math.pi, "e": math.e},
    )


def _within_bounds(apply: Callable[..., Any]) -> Callable[..., Number]:
    """``apply`` for numbers only, whose result is no larger than a calculator holds."""

    def apply_within_bounds(*numbers: Number) -> Number:
        if any(type(each) not in {int, float} for each in numbers):
            raise CalculationError("It has something else than numbers.")
        result: Number = apply(*numbers)
        if isinstance(result, int) and result.bit_length() > MOST_BITS:
            raise CalculationError(f"A number in it has more than {MOST_BITS} bits.")
        return result

    return apply_within_bounds


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int):
        bits = max(base.bit_length() - 1, 0) * abs(exponent)  # the result has at least so many
        if bits > MOST_BITS:
            raise CalculationError(f"A number in it has more than {MOST_BITS} bits.")
    result: Any = base**exponent
    if isinstance(result, complex):
        raise CalculationError("It takes a root of a negative number.")
    return result


def _round(number: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > SIGNIFICANT_DIGITS:
        raise CalculationError(f"It rounds to more than {SIGNIFICANT_DIGITS} digits.")
    return round(number, digits) if digits else round(number)


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "round": _round,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
}
_KNOWN = (
    *(ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load),
    *_OPERATORS,
)
