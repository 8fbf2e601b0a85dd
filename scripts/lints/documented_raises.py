"""A docstring names every exception class that its function raises.

Ruff's DOC501 says the same and more: of ``raise error_of(failure)`` it asks for an exception called
``error_of``, and seven functions were bent into ``error = error_of(failure)`` and ``raise error``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Raised classes that the function's docstring does not name."""
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        docstring = ast.get_docstring(function)
        if docstring is None:
            continue
        for node in _statements(function):
            if isinstance(node, ast.Raise) and (name := _class_of(node.exc)) not in docstring:
                message = f"{function.name}: say when it raises {name} (Raises: ...)"
                yield Finding(path, node.lineno, message)


def _statements(function: Function) -> Iterator[ast.AST]:
    """Everything in a function's body, without the functions and classes inside it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting[:0] = ast.iter_child_nodes(node)


def _class_of(raised: ast.expr | None) -> str:
    """The name of the class; empty for what a variable or a function gives."""
    target = raised.func if isinstance(raised, ast.Call) else raised
    name = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
    return name if name[:1].isupper() else ""
