"""Files by which processes find each other: locks that end with their process, whole texts."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from segue.storage.private_files import OWN_FOLDER

PID_FILE = "worker.pid"  # of the worker on this data folder
EMBEDDED = "--embedded"  # what the stack tells a worker of its own server


@contextmanager
def hold(path: Path, *, shared: bool = False, wait: bool = False) -> Generator[bool]:
    """Hold a lock while the body runs; yields whether it was to be had.

    Args:
        path: The lock's file; made when missing.
        shared: Together with other shared holders.
        wait: Until it is to be had.
    """
    path.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def is_held(path: Path) -> bool:
    """Whether any process holds the lock, shared or not."""
    with hold(path) as free:
        return not free
