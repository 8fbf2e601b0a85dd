"""Workflows gather with ``gather_whole``, which waits for all also where one fails.

A cancelled sync ended with the first of its cancelled songs; the server terminated the other songs'
workflows, which then could not put anything in order.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding, calls

ROOMS = {"workflow", "workflows", "patterns"}


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Calls of ``asyncio.gather`` in workflows that end at the first failure."""
    if not ROOMS & set(path.parts):
        return
    for call in calls(tree):
        if ast.unparse(call.func) != "asyncio.gather":
            continue
        if not any(keyword.arg == "return_exceptions" for keyword in call.keywords):
            yield Finding(
                path, call.lineno, "gather(): use gather_whole() of segue.runtime.gathering"
            )
