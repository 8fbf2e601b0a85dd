"""Open any playlist file and read its songs one at a time: the importers' only door."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self

from segue.errors.input import EmptyInputError, InputError
from segue.music.contracts.imports import ImportedSong, RejectedRow
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers.archives import (
    Member,
    members_of_archive,
    members_of_folder,
    read_members,
)
from segue.music.files.importers.conversions import as_text
from segue.music.files.importers.encoding import check_encoding, is_guess
from segue.music.files.importers.formats import (
    ARCHIVE,
    FORMATS,
    SourceFormat,
    format_named,
    recognise,
)
from segue.music.files.importers.headings import check_columns
from segue.music.files.importers.input_file import InputFile, examine, open_stream
from segue.music.files.importers.rows import RawSong, to_record
from segue.music.files.importers.values import MAX_FIELD, clean_text, excerpt
from segue.music.files.importers.workbooks import is_workbook

_NAMELESS = "Imported songs"
_NAMES_SHOWN = 10  # of the playlists in one file


def open_source(
    path: Path | None,
    *,
    stdin: BinaryIO | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line and of the docs
    columns: Mapping[str, str] | None = None,
    playlist: str | None = None,
    encoding: str | None = None,
) -> "SongSource":
    """Open a playlist file.

    Args:
        path: The file; None reads ``stdin``.
        stdin: A binary stream; it is copied to a temporary file first, since recognising needs to
            look twice.
        format: One of ``FORMATS``; None recognises the content.
        columns: Field to heading (or JSON key), for headings that are not understood by themselves.
        playlist: The only playlist to read, in files that hold several; case does not matter.
        encoding: Of the text, as Python calls it; None finds it.

    Returns:
        The songs and refused rows, read as they are asked for. Close it, or read to the end.

    Raises:
        EmptyInputError: No song at all.
        InputError: ``columns`` names an unknown field, no playlist is called ``playlist``, or no
            encoding ``encoding``.
        MissingColumnsError: A table without a title column.
        UnknownFormatError: The content, or the name of the format, is not known.
        UnreadableFileError: Missing, not permitted, binary, or broken.
    """
    columns = columns or {}
    check_columns(columns)
    facts = _Facts(
        source_format=None
        if format is None or format.casefold() == ARCHIVE
        else format_named(format),
        columns=columns,
        codec=None if encoding is None else check_encoding(encoding),
        wanted=None if playlist is None else clean_text(playlist),
    )
    label = "standard input" if path is None else str(path)
    if path is not None and path.is_dir():
        return _open_members(members_of_folder(path), BytesIO(), label, path.name, facts)
    stream = open_stream(path, stdin)
    try:
        if not is_workbook(stream) and (members := members_of_archive(stream, label)):
            name = _NAMELESS if path is None else path.stem
            return _open_members(members, stream, label, name, facts)
        source = _open_text(stream, label, path, facts)
        kind = facts.source_format or recognise(source)
        return SongSource(source, kind, is_guess=facts.codec is None and is_guess(source.encoding))
    except BaseException:
        stream.close()
        raise


@dataclass(frozen=True)
class _Facts:
    """What the caller says of a file, and of each in an archive."""

    source_format: SourceFormat | None
    columns: Mapping[str, str]
    codec: str | None
    wanted: str | None


def _open_text(stream: BinaryIO, label: str, path: PurePath | None, facts: _Facts) -> InputFile:
    """Make sure that a stream is text, or turn it into some."""
    suffix = "" if path is None else path.suffix.casefold()
    codec = facts.codec
    if conversion := as_text(stream, label, facts.wanted):
        stream.close()
        stream, suffix, codec = conversion.stream, conversion.ending, "utf-8"
    try:
        encoding, head = examine(stream, label, codec)
    except BaseException:
        stream.close()
        raise
    return InputFile(
        stream=stream,
        label=label,
        stem=_NAMELESS if path is None else clean_text(path.stem) or _NAMELESS,
        suffix=suffix,
        encoding=encoding,
        head=head,
        columns=facts.columns,
        wanted=None if conversion and conversion.is_wanted else facts.wanted,
        note=conversion.note if conversion else "",
    )


def _open_members(
    members: tuple[Member, ...], stream: BinaryIO, label: str, name: str, facts: _Facts
) -> "SongSource":
    """Open an archive or a folder, whose files are read one after the other."""

    def read(member: Member) -> Iterator[RawSong | RejectedRow]:
        with member.open() as content:
            each = replace(facts, wanted=None)
            source = _open_text(content, f"{label}/{member.name}", member.path, each)
            try:
                kind = facts.source_format or recognise(source)
                yield from kind.read(source)
            finally:
                source.stream.close()

    source = InputFile(
        stream=stream,
        label=label,
        stem=clean_text(name) or _NAMELESS,
        suffix="",
        encoding="utf-8",
        head="",
        columns=facts.columns,
        wanted=facts.wanted,
    )
    summary = FORMATS[ARCHIVE].summary
    kind = SourceFormat(ARCHIVE, summary, lambda _: read_members(members, read))
    return SongSource(source, kind)


class SongSource(Iterator[ImportedSong | RejectedRow]):
    """The songs of one file in order, and the rows that are none, each with its reason.

    It is opened, read and closed in one thread: some formats go through a database on disk.

    Attributes:
        format: Name of the format it is read as.
        encoding: Of the text.
    """

    def __init__(self, source: InputFile, kind: SourceFormat, *, is_guess: bool = False) -> None:
        self.format = kind.name
        self.encoding = source.encoding
        self._source = source
        self._texts = _Texts(source.encoding, is_guess=is_guess)
        self._records = self._judge_all(kind.read(source))
        # Reading the first entry now lets a hopeless file fail at the door and tells the name.
        self._first: ImportedSong | RejectedRow | None = next(self._records)

    @property
    def name(self) -> str:
        """The playlist's name: the one asked for or found, else the file's; final after reading."""
        if self._source.wanted:
            return self._source.wanted
        names = self.playlists()
        return names[0] if len(names) == 1 else self._source.stem

    def playlists(self) -> tuple[str, ...]:
        """List the names of playlists found so far, in order; complete after reading."""
        return tuple(self._source.playlists)

    def warnings(self) -> tuple[str, ...]:
        """What a person should look at, in sentences; complete after reading."""
        names = self.playlists()
        several = len(names) > 1 and self._source.wanted is None
        notes = [self._source.note] if self._source.note else []
        return (*notes, *self._texts.warnings(), *([_several(names)] if several else []))

    def close(self) -> None:
        """Close the file; reading ends."""
        self._first = None
        self._records.close()
        self._source.stream.close()

    def __enter__(self) -> Self:
        """Give the source itself; leaving the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __next__(self) -> ImportedSong | RejectedRow:
        """Give the next song or refusal.

        Raises:
            EmptyInputError: At the end, when there was no song.
            InputError: At the end, when the playlist that was asked for is not there.
            StopIteration: At the end.
            UnreadableFileError: The rest of the file is broken.
        """
        first, self._first = self._first, None
        return next(self._records) if first is None else first

    def _judge_all(
        self, entries: Iterator[RawSong | RejectedRow]
    ) -> Generator[ImportedSong | RejectedRow]:
        songs = 0
        refusals = _Refusals()
        try:
            for entry in entries:
                record = self._judge(entry)
                if record is None:
                    continue
                if isinstance(record, ImportedSong):
                    songs += 1
                    self._texts.note(record.song)
                else:
                    refusals.count(record)
                yield record
            if not songs:
                raise self._without_songs(refusals)
        finally:
            self._source.stream.close()

    def _judge(self, entry: RawSong | RejectedRow) -> ImportedSong | RejectedRow | None:
        """Judge one entry; None for one of another playlist than the one asked for."""
        if isinstance(entry, RejectedRow):
            return entry
        playlist = clean_text(entry.playlist[: MAX_FIELD + 1])
        self._source.note_playlist(playlist)
        return to_record(entry) if self._source.is_wanted(playlist) else None

    def _without_songs(self, refusals: "_Refusals") -> InputError:
        playlist, label = self._source.wanted, self._source.label
        names = self.playlists()
        if playlist is not None and playlist.casefold() not in map(str.casefold, names):
            there = ", ".join(map(repr, names[:20])) or "no named playlist"
            return InputError(
                f"{label} holds no playlist {playlist!r}; there is {there}",
                hint="Ask for one of these, or for none to read them all.",
            )
        return EmptyInputError(f"{label} holds no song{refusals.summary()}")


def _several(names: tuple[str, ...]) -> str:
    first = ", ".join(map(repr, names[:_NAMES_SHOWN]))
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return (
        f"the file holds {len(names)} playlists, which become one: {first}{more}; "
        "--playlist-in-file NAME takes one of them, --all makes each"
    )


class _Texts:
    """The first songs whose letters show whether the encoding is right."""

    def __init__(self, encoding: str, *, is_guess: bool) -> None:
        self._encoding = encoding
        self._is_guess = is_guess
        self._sample = self._damage = ""

    def note(self, song: SongMetadata) -> None:
        text = f"{song.artist} - {song.title}" if song.artist else song.title
        if not text.isascii():
            self._sample = self._sample or excerpt(text)
            if "\ufffd" in text:
                self._damage = self._damage or excerpt(text)

    def warnings(self) -> list[str]:
        if self._damage:
            fact = f"letters are missing where the text is not {self._encoding}: {self._damage!r}"
            return [f"{fact}; say what it is with --encoding"]
        if self._is_guess and self._sample:
            fact = f"the text is read as {self._encoding}, which is a guess: {self._sample!r}"
            return [f"{fact}; if that is garbled, say what it is with --encoding"]
        return []


class _Refusals:
    """How many rows were refused, and the first of them."""

    def __init__(self) -> None:
        self._number = 0
        self._first: RejectedRow | None = None

    def count(self, row: RejectedRow) -> None:
        self._number += 1
        self._first = self._first or row

    def summary(self) -> str:
        if self._first is None:
            return ""
        first = f"line {self._first.line}, {self._first.reason}"
        return f": {self._number:,} rows were refused, the first for: {first}"
