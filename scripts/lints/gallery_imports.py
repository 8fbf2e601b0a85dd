"""A pattern of the gallery stands on what its reader has: the SDK, Temporal and the run contract.

A pattern is copied into projects of others. What it took from a store, from settings or from
another pattern would be missing there, and the copy would not be the pattern any more.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

FOLDER = ("gallery", "patterns")
PACKAGES = {"agents", "mcp_types", "openai", "pydantic", "pydantic_core", "temporalio"}
# Modules, and packages with all that is in them.
OURS = (
    "segue.gallery.pattern",
    "segue.gallery.tools",
    "segue.llm.offline",
    "segue.runs.contracts",
    "segue.runs.limits",
    "segue.runs.workflow",
    "segue.runtime.gathering",
)


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports of anything else in a file of ``gallery/patterns``."""
    if path.parts[-3:-1] != FOLDER:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            if not _is_open_to_patterns(module):
                message = f"{module}: a pattern takes the SDK, Temporal, gallery.tools, segue.runs"
                yield Finding(path, node.lineno, message)


def _is_open_to_patterns(module: str) -> bool:
    """Whether whoever copies a pattern has the module, or gets it with the run contract."""
    if module.startswith("segue."):
        return any(module == ours or module.startswith(f"{ours}.") for ours in OURS)
    package = module.partition(".")[0]
    return package in PACKAGES or package in sys.stdlib_module_names
