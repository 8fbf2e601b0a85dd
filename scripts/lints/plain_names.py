"""Names say what a thing does in the product; these words say nothing.

A ``PlaylistManager`` or a ``utils.py`` has no reason to refuse anything, so everything ends there.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

EMPTY_CLASS_WORDS = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Impl)(?![a-z])")
EMPTY_MODULES = {"utils", "util", "helpers", "helper", "common", "misc"}


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Classes and modules with a name that says nothing."""
    if {path.stem, path.parent.name} & EMPTY_MODULES:
        yield Finding(path, 1, "name the module after what is in it")
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS_WORDS.search(node.name):
            yield Finding(path, node.lineno, f"{node.name}: name it after what it does")
