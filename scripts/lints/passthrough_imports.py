"""Inside ``imports_passed_through()``: ``from module import Name`` or ``import module as alias``.

``from segue.music import contracts`` looks the same and is not: the sandbox does not recognise the
submodule, executes it again for every run, and the setting that reports unintended pass-through
says nothing. Runs then hold different copies of one class, and ``isinstance`` is False for equals.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

SOURCE = Path(__file__).parents[2] / "src"


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports of a whole module by ``from package import module`` inside a pass-through block."""
    for block in ast.walk(tree):
        if not (isinstance(block, ast.With) and _passes_through(block)):
            continue
        for node in ast.walk(block):
            if isinstance(node, ast.ImportFrom):
                yield from _modules_imported(path, node)


def _passes_through(block: ast.With) -> bool:
    return any("imports_passed_through" in ast.unparse(item) for item in block.items)


def _modules_imported(path: Path, node: ast.ImportFrom) -> Iterator[Finding]:
    for alias in node.names:
        module = f"{node.module}.{alias.name}"
        if _is_module(module):
            message = f"write `import {module} as {alias.name}`, or import names from {module}"
            yield Finding(path, node.lineno, message)


def _is_module(dotted: str) -> bool:
    place = SOURCE.joinpath(*dotted.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()
