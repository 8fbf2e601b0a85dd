"""Run every house lint over the source: ``python -m scripts.lints``."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scripts.lints import (
    bare_init,
    bounded_calls,
    declared_imports,
    documented_raises,
    gallery_imports,
    idempotency,
    module_ceiling,
    one_door,
    one_http_host,
    passthrough_imports,
    plain_names,
    whole_gathers,
    wire_names,
)
from scripts.lints.finding import Finding

Lint = Callable[[Path, ast.Module], Iterable[Finding]]

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "benchmarks", "scripts")
SHAPE: tuple[Lint, ...] = (
    bare_init.check,
    declared_imports.check,
    module_ceiling.check,
    plain_names.check,
)
# Tests define toy workflows and activities whose names and retries are nobody's contract.
PRODUCT: tuple[Lint, ...] = (
    *SHAPE,
    bounded_calls.check,
    documented_raises.check,
    gallery_imports.check,
    idempotency.check,
    one_door.check,
    one_http_host.check,
    passthrough_imports.check,
    whole_gathers.check,
    wire_names.check,
)


def findings(root: Path) -> Iterator[Finding]:
    """What the lints say about a checkout, file by file."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            for check in PRODUCT if folder == "src" else SHAPE:
                yield from check(path, tree)


def main() -> int:
    """Print what was found; the exit status is 1 when anything was."""
    found = list(findings(ROOT))
    for finding in found:
        print(f"{finding.path.relative_to(ROOT)}:{finding.line}: {finding.message}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
