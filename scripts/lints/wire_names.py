"""Workflows and activities name themselves explicitly.

The default is the Python name. Renaming a class or function then renames what stands in histories,
and every run that is in flight during the deployment fails to find its code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding, decorator_named

DEFINITIONS = ("workflow.defn", "activity.defn")


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """``@workflow.defn`` and ``@activity.defn`` without ``name=`` (or ``dynamic=``)."""
    for node in ast.walk(tree):
        decorator = decorator_named(node, *DEFINITIONS)
        if decorator is None:
            continue
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        if not {word.arg for word in keywords} & {"name", "dynamic"}:
            message = f"give it its wire name: @{ast.unparse(decorator).split('(')[0]}(name=...)"
            yield Finding(path, decorator.lineno, message)
