"""An ``__init__.py`` holds a docstring and nothing else.

Temporal's sandbox executes every parent package of a workflow's file again for each run: an import
or a registration there is paid for, and repeated, with every single workflow.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Statements beside the docstring, or no docstring."""
    if path.name != "__init__.py":
        return
    if ast.get_docstring(tree) is None:
        yield Finding(path, 1, "say in one sentence what the package is for")
    for node in tree.body[1:]:
        yield Finding(path, node.lineno, "move this into a module; __init__.py is a docstring only")
