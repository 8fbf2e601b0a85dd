"""Zip archives and folders of playlists: each file in them is a playlist of its name."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from segue.errors.input import EmptyInputError, InputError, UnreadableFileError
from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.unpacking import open_archive, temporary_file

# What a playlist in a folder is called; everything else there is music, covers and notes.
_ENDINGS = frozenset({
    ".csv", ".tsv", ".tab", ".m3u", ".m3u8", ".pls", ".xspf", ".jspf", ".json", ".jsonl", ".xml",
    ".wpl", ".zpl", ".asx", ".b4s", ".cue", ".nml", ".vdjfolder", ".xlsx", ".ods", ".crate",
})  # fmt: skip
_NOTES = ".txt"  # a playlist only where nothing else is one
_MOST_FILES = 1_000
_DEEPEST = 8
_PIECE = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in an archive or folder.

    Attributes:
        name: With the folders above it.
        open: Gives its content; whoever calls it closes it.
    """

    name: str
    open: Callable[[], BinaryIO]

    @property
    def path(self) -> PurePosixPath:
        """Its name as a path."""
        return PurePosixPath(self.name)


def members_of_folder(folder: Path) -> tuple[Member, ...]:
    """List the playlists in a folder and below it, by name.

    Raises:
        EmptyInputError: There is none.
        UnreadableFileError: More than a thousand.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and len(path.relative_to(folder).parts) <= _DEEPEST
    ]
    members = (
        Member(path.relative_to(folder).as_posix(), partial(path.open, "rb")) for path in paths
    )
    return _playlists(members, str(folder))


def members_of_archive(stream: BinaryIO, label: str) -> tuple[Member, ...]:
    """List the playlists in a zip archive, by name; none for a file that is no archive.

    Raises:
        EmptyInputError: There is none.
        UnreadableFileError: Broken, encrypted, or it unpacks to too much.
    """
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return ()
    with open_archive(stream, label) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    members = (Member(name, partial(_unpack, stream, label, name)) for name in names)
    return _playlists(members, label)


def _unpack(stream: BinaryIO, label: str, name: str) -> BinaryIO:
    def write(target: BinaryIO) -> None:
        try:
            with zipfile.ZipFile(stream) as archive, archive.open(name) as member:
                while piece := member.read(_PIECE):
                    target.write(piece)
        except (zipfile.BadZipFile, OSError) as error:
            raise UnreadableFileError(f"{label} is an archive that cannot be read") from error

    return temporary_file(write)


def _playlists(members: Iterator[Member], label: str) -> tuple[Member, ...]:
    visible = [
        member
        for member in members
        if not any(part.startswith((".", "__MACOSX")) for part in member.path.parts)
    ]
    playlists = [each for each in visible if each.path.suffix.casefold() in _ENDINGS]
    playlists = playlists or [each for each in visible if each.path.suffix.casefold() == _NOTES]
    if not playlists:
        raise EmptyInputError(f"{label} holds no playlist among its {len(visible):,} files")
    if len(playlists) > _MOST_FILES:
        raise UnreadableFileError(
            f"{label} holds {len(playlists):,} playlists; at most {_MOST_FILES:,} are read at once"
        )
    return tuple(playlists)


def read_members(
    members: tuple[Member, ...],
    read: Callable[[Member], Iterator[RawSong | RejectedRow]],
) -> Iterator[RawSong | RejectedRow]:
    """Give the songs of all playlists; a file that cannot be read is refused, and the rest read.

    Args:
        members: The files.
        read: Gives the entries of one.
    """
    for member in members:
        songs = 0
        try:
            for entry in read(member):
                if isinstance(entry, RawSong):
                    songs += 1
                    yield replace(entry, playlist=entry.playlist or member.path.stem)
                else:
                    yield entry
        except InputError as error:
            yield RejectedRow(line=0, reason=f"{member.name}: {error.message}"[:400])
        else:
            if not songs:
                yield RejectedRow(line=0, reason=f"{member.name} holds no song")
