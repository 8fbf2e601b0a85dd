"""A path or a pipe into a seekable file that is known to be text."""

import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, TextIO

from segue.errors.input import EmptyInputError, UnknownFormatError, UnreadableFileError
from segue.music.files.importers.encoding import detect_encoding

# Ten times a very large iTunes library; a pipe that brings more is not a playlist.
MAX_BYTES = 1 << 30
_PIECE = 1 << 20
_HEAD = 64 * 1024
# More names than anybody's library has; keeps a hostile file from filling the memory with them.
_MOST_PLAYLISTS = 10_000

# What people give by mistake, told by its first bytes.
_OTHER_FILES = (
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"ID3", "an MP3 file, not a list of songs"),
    (b"fLaC", "a FLAC file, not a list of songs"),
    (b"OggS", "an Ogg file, not a list of songs"),
    (b"RIFF", "a sound or video file, not a list of songs"),
    (b"%PDF", "a PDF document: copy its text into a .txt file"),
    (b"{\\rtf", "a rich-text document: save it as plain text"),
    (b"SQLite format 3", "a database, not a list of songs"),
    (b"bplist", "a binary property list: export the library as XML (File > Library > Export)"),
    (b"\x89PNG", "a picture, not a list of songs"),
    (b"\xff\xd8\xff", "a picture, not a list of songs"),
)
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_TOO_MANY_CONTROLS = 0.02


@dataclass(frozen=True)
class InputFile:
    """One opened source.

    Attributes:
        stream: Seekable, positioned anywhere.
        label: What messages call it.
        stem: File name without its ending.
        suffix: The ending in lower case, with its dot; empty for a pipe.
        head: The first 64 KiB, decoded.
        columns: Field to heading, as the user maps them.
        wanted: The only playlist to read, where the user names one.
        playlists: Names found so far, in order of appearance.
        note: What a person should know of how it was read, a sentence; else empty.
    """

    stream: BinaryIO
    label: str
    stem: str
    suffix: str
    encoding: str
    head: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    wanted: str | None = None
    playlists: dict[str, None] = field(default_factory=dict[str, None])
    note: str = ""

    @contextmanager
    def text(self) -> Generator[TextIO, None, None]:
        """Give the content as text from its beginning; undecodable bytes become U+FFFD."""
        self.stream.seek(0)
        text = TextIOWrapper(self.stream, encoding=self.encoding, errors="replace")
        try:
            yield text
        finally:
            if not self.stream.closed:  # detached, because a wrapper closes what it wraps
                text.detach()

    def note_playlist(self, name: str) -> None:
        """Remember a playlist's name."""
        if name and len(self.playlists) < _MOST_PLAYLISTS:
            self.playlists.setdefault(name)

    def is_wanted(self, playlist: str) -> bool:
        """Whether entries of this playlist are to be read."""
        return self.wanted is None or playlist.casefold() == self.wanted.casefold()


def open_stream(path: Path | None, stdin: BinaryIO | None) -> BinaryIO:
    """Open a path, or spool a pipe into a temporary file.

    Raises:
        UnreadableFileError: No such file, no permission, a folder, or more than a gibibyte.
    """
    if path is None:
        if stdin is None:
            raise UnreadableFileError("expected a file or standard input, got neither")
        return _spool(stdin, "standard input")
    try:
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFileError(f"{path} cannot be opened: {reason}") from error
    if stream.seekable() and path.stat().st_size <= MAX_BYTES:
        return stream
    with stream:
        return _spool(stream, str(path))


def _spool(source: BinaryIO, label: str) -> BinaryIO:
    with ExitStack() as undo:
        spool = undo.enter_context(tempfile.TemporaryFile())
        try:
            size = _copy(source, spool)
        except OSError as error:
            raise UnreadableFileError(f"{label} cannot be read: {error.strerror}") from error
        if size > MAX_BYTES:
            raise UnreadableFileError(
                f"{label} holds more than {MAX_BYTES >> 20} MiB; a playlist export never does"
            )
        undo.pop_all()
        return spool


def _copy(source: BinaryIO, target: BinaryIO) -> int:
    """Copy until the end or just past the limit; return the number of bytes."""
    size = 0
    while size <= MAX_BYTES and (piece := source.read(_PIECE)):
        size += target.write(piece)
    return size


def examine(stream: BinaryIO, label: str, encoding: str | None = None) -> tuple[str, str]:
    """Make sure that a stream is text.

    Args:
        stream: Seekable.
        label: What messages call it.
        encoding: As the user says; None: found.

    Returns:
        The encoding and the decoded first 64 KiB.

    Raises:
        EmptyInputError: Nothing but white space.
        UnknownFormatError: A known kind of file that holds no list of songs.
        UnreadableFileError: Binary content.
    """
    stream.seek(0)
    start = stream.read(_HEAD)
    for signature, what in _OTHER_FILES:
        if start.startswith(signature):
            raise UnknownFormatError(f"{label} is {what}", hint="")
    encoding = encoding or detect_encoding(stream)
    if not encoding.startswith(("utf-16", "utf-32")) and _is_binary(start):
        raise UnreadableFileError(f"{label} is not text: it holds bytes that no text file has")
    head = start.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    if not head.strip("\ufeff\0 \t\r\n\v\f"):
        raise EmptyInputError(f"{label} is empty")
    return encoding, head


def _is_binary(start: bytes) -> bool:
    return b"\0" in start or len(_CONTROLS.findall(start)) > _TOO_MANY_CONTROLS * len(start) + 1
