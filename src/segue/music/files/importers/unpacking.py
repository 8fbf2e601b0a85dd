"""What archives may cost: how much they unpack to, and where it goes."""

import tempfile
import zipfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, NamedTuple

from segue.errors.input import UnreadableFileError

# A hundred times a large library; an archive that brings more is no list of songs.
MOST_BYTES = 256 << 20
_MOST_MEMBERS = 10_000
_PIECE = 1 << 20


class PlainText(NamedTuple):
    """The text that a file of another kind stands for.

    Attributes:
        ending: As its name would have.
        is_wanted: Whether it is the playlist that was asked for, and no other.
        note: What of the file it leaves out, a sentence; else empty.
    """

    stream: BinaryIO
    ending: str
    is_wanted: bool = False
    note: str = ""


@contextmanager
def open_archive(stream: BinaryIO, label: str) -> Generator[zipfile.ZipFile]:
    """Open a zip archive once everything in it is known to be sound and small enough.

    The sizes that it states are checked by unpacking, for an archive can lie.

    Raises:
        UnreadableFileError: Broken, encrypted, or it unpacks to more than 256 MiB.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            _check(archive, label)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFileError(f"{label} is an archive that cannot be read: {error}") from error


def _check(archive: zipfile.ZipFile, label: str) -> None:
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES or len(members) > _MOST_MEMBERS:
        raise UnreadableFileError(
            f"{label} unpacks to {total >> 20:,} MiB in {len(members):,} files; at most "
            f"{MOST_BYTES >> 20} MiB and {_MOST_MEMBERS:,} files are read",
            hint="Unpack it and give the playlist's own file.",
        )
    for member in members:
        with archive.open(member) as content:
            while content.read(_PIECE):  # ends at the stated size, and raises where it is a lie
                pass


def temporary_file(write: Callable[[BinaryIO], None]) -> BinaryIO:
    """Give a temporary file with what ``write`` puts into it."""
    with ExitStack() as undo:
        spool = undo.enter_context(tempfile.TemporaryFile())
        write(spool)
        undo.pop_all()
        return spool
