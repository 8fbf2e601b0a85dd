"""How a child process tells its parent why it ends: the last line of its log.

Without it the parent knows an exit status, and its user reads logs. A program of Segue ends through
``ending_with_words``; of any other the last line of the log is quoted, whatever it says.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from segue.errors.base import SegueError
from segue.errors.tree import known_errors
from segue.storage.file_causes import file_error

_MARK = "segue-ends-by "
_READ_BYTES = 8_192  # of the end of a log
_QUOTED = 300  # characters of another program's last line


class Words(BaseModel, frozen=True):
    """An error of ours on its way to another process."""

    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: SegueError) -> "Words":
        """What is said of an error."""
        return cls(code=error.code, message=error.message, hint=error.hint)

    def error(self, otherwise: type[SegueError]) -> SegueError:
        """The error again; of the kind ``otherwise`` where its code is not known here."""
        return known_errors().get(self.code, otherwise)(self.message, hint=self.hint)


@contextmanager
def ending_with_words() -> Generator[None]:
    """End the process by an error of ours with its exit status, and leave it to the parent.

    Raises:
        SystemExit: The body raised an error of ours, or a file could not be opened or written.
    """
    try:
        yield
    except SegueError as error:
        _end(error)
    except OSError as failure:
        if error := file_error(failure):
            _end(error)
        raise


def _end(error: SegueError) -> NoReturn:
    print(_MARK + Words.of(error).model_dump_json(), file=sys.stderr, flush=True)  # noqa: T201 - the log is where it belongs
    sys.exit(error.exit_code)


def last_words(log: Path) -> Words | str:
    """Why the program that wrote this log ended: its words, else its last line; may be empty."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _READ_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    line = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if line.startswith(_MARK):
        try:
            return Words.model_validate_json(line.removeprefix(_MARK))
        except ValidationError:
            pass  # of another version; it is quoted as it is
    return line[:_QUOTED]
