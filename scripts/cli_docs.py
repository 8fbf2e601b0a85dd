"""Write docs/cli.md from the commands themselves, or check that it is what they say.

python scripts/cli_docs.py          writes
python scripts/cli_docs.py --check  exits with 1 when the file would change
"""

import sys
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from segue.cli.main import build

PAGE = Path(__file__).parents[1] / "docs/cli.md"
_INTRODUCTION = """\
<!-- Written by scripts/cli_docs.py from the commands; edit their help texts instead. -->

Progress, questions, warnings and errors go to standard error; results go to standard output, and
with `--json` standard output holds exactly one JSON value. What the exit status means:
[exit-codes.md](reference/exit-codes.md). `NO_COLOR` is respected; without a terminal there are no
colours, no bars and no questions.
"""


def page() -> str:
    """The reference of every command, as Markdown."""
    command = typer.main.get_command(build())
    context = typer.Context(command, info_name="segue")
    text = get_docs_for_click(obj=command, ctx=context, name="segue", title="The command line")
    heading, _, rest = text.partition("\n\n")
    return f"{heading}\n\n{_INTRODUCTION}\n{rest.rstrip()}\n"


def main() -> int:
    """Write the page, or with ``--check`` compare it; the exit status."""
    expected = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(expected, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == expected:
        return 0
    print("docs/cli.md does not say what the commands say; run: python scripts/cli_docs.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
