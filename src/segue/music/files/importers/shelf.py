"""Libraries that list tracks once and playlists as references to them, sorted on disk.

Tracks and playlists come in either order and at any size; memory stays flat.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.values import clean_text

_SCHEMA = """
CREATE TABLE track (id TEXT PRIMARY KEY, number INTEGER, fields TEXT) WITHOUT ROWID;
CREATE TABLE playlist (number INTEGER PRIMARY KEY, name TEXT, own INTEGER);
CREATE TABLE item (playlist INTEGER, position INTEGER, track TEXT,
                   PRIMARY KEY (playlist, position)) WITHOUT ROWID;
"""
_WHOLE_LIBRARY = "SELECT number, fields FROM track ORDER BY number"
_ONE_PLAYLIST = """
SELECT coalesce(track.number, item.position), track.fields, item.track
FROM item LEFT JOIN track ON track.id = item.track WHERE item.playlist = ? ORDER BY item.position
"""


class Shelved(NamedTuple):
    """A track as it was put on the shelf, and the playlist it is read for; empty for none."""

    number: int
    fields: dict[str, str]
    playlist: str


class Shelf:
    """Tracks and playlists of one library, in a temporary database on disk."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # the empty name: on disk, gone when closed
        self._database.executescript(_SCHEMA)
        self._tracks = self._playlists = self._items = 0

    def __enter__(self) -> Self:
        """Give the shelf itself; leaving the block throws it away."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add_track(self, track: str, fields: Mapping[str, str]) -> None:
        """Put a track on the shelf; of several with one id the first stays."""
        self._tracks += 1
        row = (track, self._tracks, json.dumps(dict(fields)))
        self._database.execute("INSERT OR IGNORE INTO track VALUES (?, ?, ?)", row)

    def add_item(self, track: str) -> None:
        """Put a track's id into the playlist that :meth:`add_playlist` will end."""
        self._items += 1
        row = (self._playlists, self._items, track)
        self._database.execute("INSERT INTO item VALUES (?, ?, ?)", row)

    def add_playlist(self, name: str, *, is_own: bool = True) -> None:
        """End a playlist; one of the program's own is never read by itself."""
        row = (self._playlists, clean_text(name), is_own and bool(clean_text(name)))
        self._database.execute("INSERT INTO playlist VALUES (?, ?, ?)", row)
        self._playlists += 1

    def read(self, source: InputFile) -> Iterator[Shelved | RejectedRow]:
        """Give the playlist that was asked for or is alone, in its order; else every track once."""
        playlist = self._choose(source)
        if playlist is None:
            for number, fields in self._database.execute(_WHOLE_LIBRARY):
                yield Shelved(number, json.loads(fields), "")
            return
        for number, fields, track in self._database.execute(_ONE_PLAYLIST, (playlist[0],)):
            if fields is None:
                short = track if len(track) <= 20 else f"…{track[-20:]}"
                reason = f"the playlist names track {short!r}, which the file does not describe"
                yield RejectedRow(line=number, reason=reason)
            else:
                yield Shelved(number, json.loads(fields), playlist[1])

    def _choose(self, source: InputFile) -> tuple[int, str] | None:
        """Note the names of the user's playlists; return number and name of the one to read."""
        rows: list[tuple[int, str, int]] = self._database.execute(
            "SELECT * FROM playlist ORDER BY number"
        ).fetchall()
        own = [(number, name) for number, name, is_own in rows if is_own]
        for _, name in own:
            source.note_playlist(name)
        if source.wanted is None:
            return own[0] if own and len(rows) == 1 else None
        return next((playlist for playlist in own if source.is_wanted(playlist[1])), None)
