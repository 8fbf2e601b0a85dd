"""Uvicorn stays in ``segue.runtime``'s HTTP host; whoever answers HTTP is served from there.

There were four subclasses of its server, each with its own copy of binding and announcing. What one
learned (name the protocol, or every answer in two packets waits 40 ms) had to be found three times,
and a limit on connections would have had to be set at four places.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

HOST = {("segue", "runtime", "http_host.py"), ("segue", "runtime", "http_connection.py")}


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports of Uvicorn elsewhere than in the host."""
    if path.parts[-3:] in HOST:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        if any(module.partition(".")[0] == "uvicorn" for module in modules):
            yield Finding(path, node.lineno, "uvicorn: use serving() of segue.runtime.http_host")
