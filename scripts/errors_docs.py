"""Write docs/reference/errors.md from the error tree.

python -m scripts.errors_docs [--check]
"""

import inspect
import sys

from scripts.generated import write_or_check
from segue.errors.base import SegueError
from segue.errors.tree import family

COMMAND = "python -m scripts.errors_docs"
PAGE = "docs/reference/errors.md"
INTRODUCTION = f"""\
# Errors

<!-- Written by `{COMMAND}`; do not edit by hand. -->

Every error Segue raises on purpose has a stable code. It stands in the message on the command line,
in `--json` output and as the failure type in Temporal's web page. A short code that names a whole
family (`catalogue.error`) is used only when nothing more exact is known. Exit codes:
[exit-codes.md](exit-codes.md)."""


def documented() -> list[type[SegueError]]:
    """The error classes that Segue ships; the tests of features bring others."""
    return [error for error in family() if error.__module__.startswith("segue.")]


def errors_page() -> str:
    """The reference page: one section per code, which is also its anchor."""
    return "\n\n".join([INTRODUCTION, *(_section(error) for error in documented())]) + "\n"


def _section(error: type[SegueError]) -> str:
    meaning = " ".join((inspect.getdoc(error) or "").split("\n\nAttributes:")[0].split())
    again = "yes, by itself" if error.retryable else "no"
    lines = [
        f'## <a id="{error.code}"></a>`{error.code}`',
        "",
        meaning,
        "",
        f"- Class: `{error.__name__}`",
        f"- Exit code {error.exit_code}, HTTP status {error.status}",
        f"- Tried again: {again}",
    ]
    if error.default_hint:
        lines.append(f"- What to do: {error.default_hint}")
    return "\n".join(lines)


def main() -> int:
    """Write the page, or check it with ``--check``; returns the exit status."""
    return write_or_check({PAGE: errors_page()}, COMMAND)


if __name__ == "__main__":
    sys.exit(main())
