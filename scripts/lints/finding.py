"""What a house lint says: where, and what to do instead."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One broken rule.

    Attributes:
        line: 1-based.
    """

    path: Path
    line: int
    message: str


def decorator_named(node: ast.AST, *names: str) -> ast.expr | None:
    """The decorator of a class or function whose dotted name is one of ``names``, or None."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(target) in names:
            return decorator
    return None


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))
