"""The two places to write to: results go to standard output, everything else to standard error."""

import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.text import Text

from segue.cli.untrusted import cell, plain
from segue.errors.base import SegueError

_WIDTH_WITHOUT_TERMINAL = 120  # columns; Rich's 80 would cut titles in files and logs


@dataclass(frozen=True)
class Screen:
    """Where a command writes.

    Attributes:
        out: Results; holds exactly one JSON value when ``as_json``.
        err: Progress, warnings, questions and errors.
    """

    out: Console
    err: Console
    as_json: bool

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer a question."""
        return not self.as_json and sys.stdin.isatty() and self.err.file.isatty()

    @property
    def is_live(self) -> bool:
        """Whether standard error can be redrawn in place."""
        return self.err.file.isatty() and not self.err.is_dumb_terminal

    def say(self, text: str, style: str = "") -> None:
        """One line for the person who watches, never part of the result."""
        self.err.print(cell(text, style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """A line that asks for attention."""
        self.say(f"warning: {text}", "yellow")

    def result(self, text: str) -> None:
        """One line of the result."""
        self.out.print(cell(text), soft_wrap=True)

    def busy(self, text: str) -> AbstractContextManager[object]:
        """A sign of life while something takes long; nothing where it cannot be redrawn."""
        return self.err.status(text) if self.is_live else nullcontext()

    def json(self, value: object) -> None:
        """The result as JSON."""
        self.out.file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
        self.out.file.flush()  # a reader that went away is met here, not when the process ends

    async def write(self, parts: AsyncIterator[str]) -> None:
        """A result that is written while it is read; as it is, so it must be JSON."""
        async for part in parts:
            self.out.file.write(part)
        self.out.file.flush()

    def error(self, error: SegueError) -> None:
        """Say what went wrong and what to do next."""
        if self.as_json:
            body = {"code": error.code, "message": error.message, "hint": error.hint}
            self.json({"error": body})
            return
        self._print("error:", "bold red", error.message)
        if error.hint:
            self._print("next:", "bold", error.hint)

    def _print(self, label: str, style: str, text: str) -> None:
        self.err.print(Text.assemble((label, style), " ", plain(text)), soft_wrap=True)


def open_screen(*, as_json: bool = False) -> Screen:
    """The screen on this process's standard streams."""
    return Screen(_console(sys.stdout), _console(sys.stderr), as_json)


def _console(stream: TextIO) -> Console:
    width = None
    if not stream.isatty():
        width = shutil.get_terminal_size((_WIDTH_WITHOUT_TERMINAL, 24)).columns
    return Console(file=stream, width=width, highlight=False, emoji=False)
