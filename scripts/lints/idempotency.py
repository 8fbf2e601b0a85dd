"""An activity's docstring says, under ``Idempotency:``, what a second run of it does.

Temporal runs an activity again whenever an answer was lost. The playlist that got every song twice
is the standing example of an author who had not asked the question.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding, decorator_named


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Activities whose docstring lacks the word."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if decorator_named(node, "activity.defn") is None:
            continue
        if "Idempotency:" not in (ast.get_docstring(node) or ""):
            message = f"{node.name}: say in its docstring what a second run does (Idempotency: ...)"
            yield Finding(path, node.lineno, message)
