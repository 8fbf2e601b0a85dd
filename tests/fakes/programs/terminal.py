"""A program on a real terminal."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

WITHIN_S = 20.0  # a loaded machine; the usual wait is a tenth of it


class Terminal:
    """A process on a terminal.

    Args:
        command: Program and arguments.
        environment: All of it; what a terminal is comes on top.
        folder: Its current one; None: that of the tests.
        within_s: For everything that is waited for.

    Attributes:
        raw: What it wrote so far, with colours and cursor moves.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path | None = None,
        within_s: float = WITHIN_S,
    ) -> None:
        self._within_s = within_s
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm", "COLUMNS": "140"},
            cwd=folder,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""

    @property
    def seen(self) -> str:
        """What it wrote so far, without colours and cursor moves."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    def type(self, text: str) -> None:
        """Type on its keyboard."""
        os.write(self._master, text.encode())

    def until(self, text: str) -> str:
        """Read on until the text was written."""
        deadline = time.monotonic() + self._within_s
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} did not come; seen:\n{self.seen}"
            if not self._read():
                break
        assert text in self.seen
        return self.seen

    def end(self) -> int:
        """Read what is left; the exit status."""
        deadline = time.monotonic() + self._within_s
        while time.monotonic() < deadline and self._read():
            pass
        return self.process.wait(timeout=self._within_s)

    def forget(self) -> None:
        """Only what is written from now on counts."""
        self.raw = ""

    def close(self) -> None:
        """End it where it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        """Whether there is or may be more to read."""
        if not select.select([self._master], [], [], 0.5)[0]:
            return True
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # Linux: the other side is closed
            return False
        self.raw += piece.decode(errors="replace")
        return bool(piece)
