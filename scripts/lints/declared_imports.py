"""What the code imports from other packages is declared: the package's needs in pyproject.toml.

An undeclared package works on the machine where somebody installed it by hand, or for as long as a
third package happens to bring it along. A clean clone is where it fails.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

from scripts.lints.finding import Finding

ROOT = Path(__file__).parents[2]
OURS = {"segue", "scripts", "tests", "benchmarks"}


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports whose distribution nobody declared."""
    ships = "src" in path.parts
    for line, package in _imported(tree):
        names = {_plain(name) for name in _providers().get(package, [package])}
        if not names & _declared(ships=ships):
            where = "pyproject.toml" if ships else "requirements/dev.in"
            yield Finding(path, line, f"declare {', '.join(sorted(names))} in {where}")


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            whole = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            for package in {(name or "").split(".")[0] for name in whole}:
                if package not in OURS | sys.stdlib_module_names:
                    yield node.lineno, package


@cache
def _providers() -> dict[str, list[str]]:
    return dict(packages_distributions())


@cache
def _declared(*, ships: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    lines: list[str] = [*project["dependencies"], *chain.from_iterable(extras.values())]
    if not ships:
        lines += (ROOT / "requirements/dev.in").read_text(encoding="utf-8").splitlines()
    return {_plain(re.split(r"[^\w.-]", line)[0]) for line in lines}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # Source: PyPA, "Name normalization"
