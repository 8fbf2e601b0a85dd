"""Run the unit and contract tests of what changed since ``main``, without starting a server.

A test file is chosen when it changed or imports a module that did; then those that import what
imports such a module, and so on, a step at a time, as long as all of them take about a minute.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("tests/unit", "tests/contract")
SINCE = "main"
IMPORTING = ("src", "tests/fakes")  # through these a change reaches tests that do not name it
MOST = 40  # files that are taken for what is more than a step away; on two cores 40 to 60 s
FEW = 8  # files; up to here a second process costs more than it saves


def main() -> int:
    """Name the tests and run them; pytest's exit status."""
    steps, further = within_bounds(changed_paths())
    files = sorted(set[str]().union(*steps))
    if not files:
        print(f"Nothing changed since {SINCE} that unit or contract tests import.")
        return 0
    counts = ", then ".join(str(len(step)) for step in steps)
    print(f"Test files by the steps of imports to a change: {counts}.")
    if further:
        print(f"{further} more are a step further; `make test` runs them.")
    workers = ["-n", "2", "--dist", "loadfile"] if len(files) > FEW else []
    command = [sys.executable, "-m", "pytest", "-q", "--no-servers", "-rfE", *workers]
    return subprocess.run([*command, *sys.argv[1:], *files], cwd=ROOT, check=False).returncode


def changed_paths() -> set[str]:
    """What differs from the commit at which this branch left ``main``, committed or not."""
    tracked = _git("diff", "--name-only", "--merge-base", SINCE)
    return {*tracked, *_git("ls-files", "--others", "--exclude-standard")}


def within_bounds(changed: Iterable[str]) -> tuple[list[set[str]], int]:
    """The test files of each step that is taken, and how many the first step has that is not."""
    taken: list[set[str]] = []
    for step in steps_from(changed):
        if taken and sum(map(len, taken)) + len(step) > MOST:
            return taken, len(step)
        taken.append(step)
    return taken, 0


def steps_from(changed: Iterable[str]) -> Iterator[set[str]]:
    """Test files that changed or import what did; then, step by step, those further away."""
    paths = {path for path in changed if path.endswith(".py")}
    sources, tests = _texts(IMPORTING, "*.py"), _texts(ROOMS, "test_*.py")
    yielded = paths & tests.keys()
    first, reached = set(yielded), set(paths)
    while paths:
        modules = "|".join(map(re.escape, sorted(map(module_of, paths))))
        names = re.compile(rf"\b({modules})\b(?!\.\w)")
        step = {path for path, text in tests.items() if names.search(text)} - yielded
        if first or step:
            yield first | step
        yielded |= step
        first = set[str]()
        paths = {path for path, text in sources.items() if names.search(text)} - reached
        reached |= paths


def _texts(folders: Iterable[str], pattern: str) -> dict[str, str]:
    files = [file for folder in folders for file in (ROOT / folder).rglob(pattern)]
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def module_of(path: str) -> str:
    """The name under which a file of the repository is imported."""
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _git(*words: str) -> list[str]:
    ran = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git is on PATH
    return ran.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
