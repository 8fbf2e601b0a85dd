"""Write docs/reference/agent-faults.md from the table that the tests of agent runs play.

python -m scripts.faults_docs [--check]
"""

import sys
from collections.abc import Sequence

from scripts.errors_docs import family
from scripts.generated import write_or_check
from tests.faults.agent_fault import ANSWER, Fault
from tests.faults.agent_fault_table import SECTIONS

COMMAND = "python -m scripts.faults_docs"
PAGE = "docs/reference/agent-faults.md"
INTRODUCTION = f"""\
# What happens when an agent's run meets a fault

<!-- Written by `{COMMAND}`; do not edit by hand. -->

A run of an agent ends in one of two ways: with an answer, or with a failure that has a code, a
message and a hint. It never hangs, and the next message of the same conversation works. A failing
tool does not end a run: the model reads the code of the error and goes on.

A model's service that is away is asked for a quarter of an hour, with growing waits; a wait that it
asks for is kept to; an unusable answer is asked for four times. A worker that dies uses up no
try of a model or of a tool. Each row below is played by
`tests/faults/test_agent_faults.py` against a real Temporal server and a scripted model server: with
and without somebody who watches the turn, with each kind of tool (activities, functions,
sub-agents, MCP servers), in sub-agents and after handoffs. After each one the next turn has to work
(unless its conversation is gone), the history has to replay, and no workflow task may have failed.

Codes lead to [errors.md](errors.md)."""

HINTS = {error.code: error.default_hint for error in family()}


def faults_page() -> str:
    """The reference page: one table for each section."""
    parts = [INTRODUCTION, *(_section(title, rows) for title, rows in SECTIONS.items())]
    return "\n\n".join(parts) + "\n"


def _section(title: str, rows: Sequence[Fault]) -> str:
    head = ["| what happens | what you see | what you do |", "|---|---|---|"]
    return "\n".join([f"## {title}", "", *head, *(_row(fault) for fault in rows)])


def _row(fault: Fault) -> str:
    return f"| {fault.name} | {fault.sees}{_codes(fault)} | {_what_to_do(fault)} |"


def _codes(fault: Fault) -> str:
    code = fault.ends if fault.ends != ANSWER else fault.told
    if code in HINTS:
        return f": [`{code}`](errors.md#{code})"
    return f": `{code}`" if "." in code else ""


def _what_to_do(fault: Fault) -> str:
    told = HINTS.get(fault.ends, "") if fault.does is None else fault.does
    return told.removesuffix(".")


def main() -> int:
    """Write the page, or check it with ``--check``; returns the exit status."""
    return write_or_check({PAGE: faults_page()}, COMMAND)


if __name__ == "__main__":
    sys.exit(main())
