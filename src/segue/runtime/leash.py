"""Runs a command that cannot outlive the process which asked for it.

Started as a script (``python -I -S leash.py PARENT_PID COMMAND …``), so it imports only the
standard library and nothing of ours. On Linux it asks the kernel for SIGKILL at the parent's death
and then *becomes* the command: no extra process stays. Elsewhere it stays in between and watches.

Source: prctl(2), PR_SET_PDEATHSIG: kept across execve of an ordinary binary, not inherited by fork.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOOK_EVERY_S = 1.0  # an orphan lives at most this long where the kernel offers no such signal


def tie_to_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    Raises:
        OSError: The kernel refused.
    """
    import ctypes  # noqa: PLC0415 - only Linux needs it, and some Pythons are built without

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(  # pragma: no cover - no kernel we can get refuses it
            ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused"
        )
    if os.getppid() != parent:  # it died before we asked: no signal will come
        os.kill(os.getpid(), signal.SIGKILL)  # pragma: no cover - tested where nobody counts


def watch_for_parent(
    parent: int, command: Sequence[str], *, look_every_s: float = _LOOK_EVERY_S
) -> int:
    """Run ``command`` beneath this process until it ends or the parent is gone; its exit status."""
    child = subprocess.Popen(command, close_fds=False)  # noqa: S603 - the caller's own command

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    while True:
        try:
            return child.wait(timeout=look_every_s)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                child.kill()


def main(
    arguments: Sequence[str],
    *,
    platform: str = sys.platform,
    become: Callable[[str, list[str]], NoReturn] = os.execvp,
) -> int:
    """Run the command in ``arguments[1:]`` on a leash held by process ``arguments[0]``."""
    parent, command = int(arguments[0]), list(arguments[1:])
    try:
        if platform == "linux":
            tie_to_parent(parent)
            become(command[0], command)
        return watch_for_parent(parent, command)
    except OSError as failure:
        sys.exit(f"{command[0]} cannot be run: {failure.strerror}")


if __name__ == "__main__":  # pragma: no cover - tested where nobody counts
    sys.exit(main(sys.argv[1:]))
