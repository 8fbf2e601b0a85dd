"""Playlist files into stored songs: read, within bounds, listed, deleted."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from segue.errors.input import TooLargeInputError
from segue.music.contracts.imports import (
    NO_LIMITS,
    ImportedSong,
    ImportLimits,
    ImportReport,
    RejectedRow,
    StoredImport,
)
from segue.music.contracts.pages import Page
from segue.music.contracts.reports import PAGE
from segue.music.contracts.songs import SongMetadata
from segue.music.files.importers.reading import SongSource, open_source
from segue.music.store.imports import ImportStore
from segue.runtime.threads import OwnThread

REJECTED_SHOWN = 1000  # rejected rows kept word by word; beyond that they are counted


class Imports:
    """Imported playlists.

    Args:
        store: Where they are.
        limits: What reading one may cost.
    """

    def __init__(self, store: ImportStore, limits: ImportLimits = NO_LIMITS) -> None:
        self._store = store
        self._limits = limits

    def within(self, limits: ImportLimits) -> "Imports":
        """The same, for somebody who may not cost more than ``limits``."""
        return Imports(self._store, limits)

    async def read(  # noqa: PLR0913 - what opening a file takes, and who is told of it
        self,
        path: Path | None,
        *,
        stdin: BinaryIO | None = None,
        format: str | None = None,  # noqa: A002 - the word users know
        columns: Mapping[str, str] | None = None,
        playlist: str | None = None,
        encoding: str | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """Read a playlist file and store its songs; the same file gives the same import.

        Args:
            path: The file; None reads ``stdin``.
            stdin: Bytes to read when there is no path.
            format: Name of an importer; None detects it.
            columns: Field to heading, for tables with unusual headings.
            playlist: One playlist of a file that holds several; None takes all songs.
            encoding: Of the text; None detects it.
            progress: Called with the number of songs read so far.

        Raises:
            InputError: It cannot be used; the narrower class says why.
            EmptyInputError: It holds no song that can be read.
            TooLargeInputError: It has more rows, or takes longer, than the limits grant.
        """
        open_it = partial(
            open_source,
            path,
            stdin=stdin,
            format=format,
            columns=columns,
            playlist=playlist,
            encoding=encoding,
        )
        async with OwnThread() as thread:
            source = await thread.run(open_it)
            try:
                reading = _Reading(source, progress, self._limits)
                songs = await self._store.put(
                    reading.songs(),
                    name=source.name,
                    source_format=source.format,
                    encoding=source.encoding,
                    thread=thread,
                )
            finally:
                await thread.run(source.close)
        return ImportReport(
            import_id=songs.id,
            name=source.name,
            format=source.format,
            encoding=source.encoding,
            songs=songs.songs,
            playlists=tuple(source.playlists()),
            rejected=tuple(reading.rejected),
            rejected_total=reading.rejected_total,
            warnings=source.warnings(),
        )

    async def list(self, *, limit: int = PAGE, after: str | None = None) -> Page[StoredImport]:
        """What is stored, newest first.

        Args:
            limit: At most so many, > 0.
            after: ``next`` of the page before; None: the first page.

        Raises:
            InputError: ``after`` is not what a page gave.
        """
        return await self._store.list(limit=limit, after=after)

    async def some(self, ids: Collection[str]) -> Mapping[str, StoredImport]:
        """Those of these imports that are stored, by id; a page of ids at most."""
        return await self._store.some(ids)

    async def delete(self, import_id: str) -> None:
        """Forget an import and its songs.

        Raises:
            ImportInUseError: A sync of it is stored, which reads it.
            RunNotFoundError: No such import.
        """
        await self._store.delete(import_id)


class _Reading:
    """Songs of a source, with the rows it refused counted on the way."""

    def __init__(
        self, source: SongSource, progress: Callable[[int], None] | None, limits: ImportLimits
    ) -> None:
        self._source = source
        self._progress = progress
        self._limits = limits
        self._until = time.monotonic() + (limits.seconds or 0)
        self.rejected: list[RejectedRow] = []
        self.rejected_total = 0

    def songs(self) -> Iterator[SongMetadata]:
        """The songs alone.

        Raises:
            TooLargeInputError: There are too many rows, or they take too long.
        """
        read = 0
        for row in self._source:
            self._check(read + self.rejected_total)
            if isinstance(row, ImportedSong):
                read += 1
                if self._progress:
                    self._progress(read)
                yield row.song
            else:
                self.rejected_total += 1
                if len(self.rejected) < REJECTED_SHOWN:
                    self.rejected.append(row)

    def _check(self, rows: int) -> None:
        most, seconds = self._limits.rows, self._limits.seconds
        if most is not None and rows >= most:
            raise TooLargeInputError(f"expected a file of at most {most:,} rows, got more")
        if seconds is not None and time.monotonic() > self._until:
            raise TooLargeInputError(f"the file takes longer than {seconds:g} s to read")
