"""Run the unit and contract tests of what changed since ``main``, without starting a server.

A test file is chosen when it changed or when it imports a module that did.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("tests/unit", "tests/contract")
SINCE = "main"
FEW = 8  # files; up to here a second process costs more than it saves


def main() -> int:
    """Name the tests and run them; pytest's exit status."""
    files = sorted(chosen(changed_paths()))
    if not files:
        print(f"Nothing changed since {SINCE} that unit or contract tests import.")
        return 0
    workers = ["-n", "2", "--dist", "loadfile"] if len(files) > FEW else []
    command = [sys.executable, "-m", "pytest", "-q", "--no-servers", "-rfE", *workers]
    return subprocess.run([*command, *sys.argv[1:], *files], cwd=ROOT, check=False).returncode


def changed_paths() -> set[str]:
    """What differs from the commit at which this branch left ``main``, committed or not."""
    tracked = _git("diff", "--name-only", "--merge-base", SINCE)
    return {*tracked, *_git("ls-files", "--others", "--exclude-standard")}


def chosen(changed: Iterable[str]) -> set[str]:
    """The test files that changed or import what did."""
    paths = {path for path in changed if path.endswith(".py")}
    modules = {module_of(path) for path in paths}
    names = re.compile(rf"\b({'|'.join(map(re.escape, sorted(modules)))})\b(?!\.\w)")
    tests = [file for room in ROOMS for file in (ROOT / room).rglob("test_*.py")]
    return {
        str(file.relative_to(ROOT))
        for file in tests
        if str(file.relative_to(ROOT)) in paths
        or (modules and names.search(file.read_text(encoding="utf-8")))
    }


def module_of(path: str) -> str:
    """The name under which a file of the repository is imported."""
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _git(*words: str) -> list[str]:
    ran = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git is on PATH
    return ran.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
