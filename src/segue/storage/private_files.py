"""The data folder and its databases, for their owner's eyes alone.

They hold what people listen to, what they say to agents, and logins. Databases and folders of an
earlier release, which others could read, are mended where Segue starts.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from segue.storage.address import SQLITE_FILE

OWN_FOLDER, OWN_FILE = 0o700, 0o600
UMASK = 0o077  # of child processes, which write nowhere else
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FOLDERS = ("temporal", "catalogue", "logs")
_FILES = ("*.db*", "*.log*")


def make_private(folder: Path) -> None:
    """Make a data folder that only its owner can enter, or make an old one so.

    A folder that is more than Segue's (home, the working folder, ``/tmp``) is left as it is. What
    belongs to somebody else is too; ``open_to_others`` tells it.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    for path, mode in _parts(folder):
        with suppress(OSError):  # somebody else's, or just gone
            if path.stat().st_mode & _OTHERS:
                path.chmod(mode)


def make_private_file(file: Path) -> None:
    """Make an empty file that only its owner can read, where there is none; else mend it.

    SQLite gives its journals the permissions of the database.

    Raises:
        OSError: It cannot be made.
    """
    file.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_FILE))
    with suppress(OSError):  # somebody else's
        if file.stat().st_mode & _OTHERS:
            file.chmod(OWN_FILE)


def open_to_others(folder: Path) -> list[Path]:
    """What of a data folder other users of the machine can enter, read or change."""
    if not folder.stat().st_mode & _OTHERS:
        return []  # nobody gets at what is inside
    return [path for path, _ in _parts(folder) if path.stat().st_mode & _OTHERS]


def _parts(folder: Path) -> Iterator[tuple[Path, int]]:
    """The folder and what of it is private, each with its permissions."""
    if not _is_shared(folder):
        yield folder, OWN_FOLDER
        for place in filter(Path.is_dir, (folder / name for name in _FOLDERS)):
            yield place, OWN_FOLDER
            for pattern in _FILES:
                yield from ((file, OWN_FILE) for file in place.glob(pattern) if file.is_file())
    yield from ((file, OWN_FILE) for file in folder.glob(f"{SQLITE_FILE}*") if file.is_file())


def _is_shared(folder: Path) -> bool:
    """Whether it is there for more than Segue."""
    folder = folder.resolve()
    is_sticky = bool(folder.stat().st_mode & stat.S_ISVTX)
    return is_sticky or folder in {Path.cwd(), Path("~").expanduser(), Path(folder.anchor)}
