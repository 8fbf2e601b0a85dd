"""No module is longer than 400 lines.

Files grow one harmless function at a time until nobody reads them. ``ALLOWED`` is for what is
longer for a reason; an entry must say the file's real length, so that the list can only shrink.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding

CEILING = 400
ALLOWED: dict[str, int] = {}


def check(path: Path, tree: ast.Module, allowed: dict[str, int] = ALLOWED) -> Iterator[Finding]:
    """Modules above the ceiling, and allowances higher than they need to be."""
    del tree
    length = len(path.read_text(encoding="utf-8").splitlines())
    allowance = next((lines for name, lines in allowed.items() if path.match(name)), None)
    if length > max(CEILING, allowance or 0):
        yield Finding(path, CEILING, f"{length} lines; split it by subject ({CEILING} at most)")
    if allowance is not None and length < allowance:
        yield Finding(path, 1, f"is down to {length} lines: lower its entry in ALLOWED, or drop it")
