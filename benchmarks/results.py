"""Where benchmarks write what they measured: one section each in benchmarks/results.md."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
HEAD = (
    "# Measured results\n\nEach section is written by the program it names; run it to renew it.\n"
)


def machine() -> str:
    """The machine and the day in one line."""
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {gibibytes:.0f} GiB, "  # noqa: TID251 - a date for people
        f"Python {platform.python_version()}, load average {load:.1f} at the end"
    )


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bar_lines(verdicts: Sequence[tuple[str, bool]]) -> str:
    """A list of bars: what each says, and whether it is met."""
    return "\n".join(f"- {'met' if is_met else 'MISSED'}: {text}" for text, is_met in verdicts)


def record(program: str, body: str) -> None:
    """Print a section and put it in the place of the program's last one."""
    section = f"## {program}\n\n{machine()}.\n\n{body}\n"
    print(section)
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
    pattern = re.compile(rf"^## {re.escape(program)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _: f"{section}\n", text)
    else:
        text = f"{text.rstrip()}\n\n{section}"
    RESULTS.write_text(text.rstrip() + "\n", encoding="utf-8")
