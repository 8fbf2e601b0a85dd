"""The library and playlist XML of iTunes and Apple Music (a property list).

A library lists its tracks once, by number, and its playlists as lists of those numbers, in either
order and at any size. Both go through a temporary database on disk, so that memory stays flat.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.media_entries import Habits, song_of_path
from segue.music.files.importers.paths import Place, read_path
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import clean_text

# Nothing else leaves the file; above all not Location, a path that names its owner.
_KEPT = frozenset({
    "Name", "Artist", "Album Artist", "Album", "Year", "Total Time", "Genre", "Podcast", "iTunesU",
    "Movie", "TV Show", "Has Video", "Music Video", "Track Type", "File",
})  # fmt: skip
_OTHER_MEDIA = {
    "Podcast": "a podcast episode",
    "iTunesU": "a lecture",
    "Movie": "a film",
    "TV Show": "a television episode",
}
_OTHER_GENRES = {
    "voice memo": "a voice memo",
    "voice memos": "a voice memo",
    "podcast": "a podcast episode",
    "podcasts": "a podcast episode",
    "audiobook": "an audiobook",
    "audiobooks": "an audiobook",
    "books & spoken": "an audiobook",
}

_SCHEMA = """
CREATE TABLE track (id TEXT PRIMARY KEY, number INTEGER, fields TEXT) WITHOUT ROWID;
CREATE TABLE playlist (number INTEGER PRIMARY KEY, name TEXT, own INTEGER);
CREATE TABLE item (playlist INTEGER, position INTEGER, track TEXT,
                   PRIMARY KEY (playlist, position)) WITHOUT ROWID;
"""
_WHOLE_LIBRARY = "SELECT number, fields, id FROM track ORDER BY number"
_ONE_PLAYLIST = """
SELECT coalesce(track.number, item.position), track.fields, item.track
FROM item LEFT JOIN track ON track.id = item.track WHERE item.playlist = ? ORDER BY item.position
"""


def read_itunes(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read an iTunes or Apple Music XML.

    A playlist that was asked for, or that is alone in its file, comes in its own order; otherwise
    every track of the library comes once.

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    with closing(sqlite3.connect("")) as shelf:  # the empty name: on disk, gone when closed
        shelf.executescript(_SCHEMA)
        _Sorter(shelf).sort(source)
        playlist = _choose(shelf, source)
        rows = (
            shelf.execute(_ONE_PLAYLIST, (playlist[0],))
            if playlist
            else shelf.execute(_WHOLE_LIBRARY)
        )
        for number, fields, track in rows:
            yield _entry(number, fields, track, playlist[1] if playlist else "")


class _Sorter:
    """Sorts the elements of a property list onto the shelf."""

    def __init__(self, shelf: sqlite3.Connection) -> None:
        self._shelf = shelf
        self._keys: dict[int, str] = {}  # per depth of a dict, the key whose value comes next
        self._values: dict[str, str] = {}
        self._tracks = self._playlists = self._items = 0

    def sort(self, source: InputFile) -> None:
        for element in read_elements(source):
            if isinstance(element, Opened):
                self._open(element)
            elif element.tag == "key":
                self._keys[element.depth - 1] = element.text
            else:
                self._close(element)

    def _open(self, element: Opened) -> None:
        if element.tag == "dict":
            self._keys.pop(element.depth, None)
            if element.depth == 4:  # plist > dict > Tracks or Playlists > this
                self._values = {}

    def _close(self, element: Closed) -> None:
        kind = self._keys.get(2)
        if element.depth == 5:
            self._values[self._keys.get(4, "")] = element.text or element.tag
        elif element.depth == 4 and element.tag == "dict" and kind == "Tracks":
            self._store_track()
        elif element.depth == 4 and element.tag == "dict" and kind == "Playlists":
            self._store_playlist()
        elif element.depth == 7 and self._keys.get(6) == "Track ID" and kind == "Playlists":
            self._store_item(element.text)

    def _store_track(self) -> None:
        self._tracks += 1
        if not self._values.get(
            "Name"
        ):  # then the file's name is all there is, without its folders
            self._values["File"] = read_path(self._values.get("Location", "")).name
        track = self._values.get("Track ID") or self._keys.get(3, "")
        fields = json.dumps({key: self._values[key] for key in self._values.keys() & _KEPT})
        self._shelf.execute(
            "INSERT OR IGNORE INTO track VALUES (?, ?, ?)", (track, self._tracks, fields)
        )

    def _store_playlist(self) -> None:
        built_in = self._values.keys() & {"Master", "Distinguished Kind"}
        folder = self._values.get("Folder") == "true"
        name = clean_text(self._values.get("Name", ""))
        own = bool(name) and not built_in and not folder
        self._shelf.execute("INSERT INTO playlist VALUES (?, ?, ?)", (self._playlists, name, own))
        self._playlists += 1

    def _store_item(self, track: str) -> None:
        self._items += 1
        self._shelf.execute(
            "INSERT INTO item VALUES (?, ?, ?)", (self._playlists, self._items, track)
        )


def _choose(shelf: sqlite3.Connection, source: InputFile) -> tuple[int, str] | None:
    """Note the names of the user's playlists; return number and name of the one to read."""
    rows: list[tuple[int, str, int]] = shelf.execute(
        "SELECT * FROM playlist ORDER BY number"
    ).fetchall()
    own = [(number, name) for number, name, is_own in rows if is_own]
    for _, name in own:
        source.note_playlist(name)
    if source.wanted is None:
        return own[0] if own and len(rows) == 1 else None
    return next((playlist for playlist in own if source.is_wanted(playlist[1])), None)


def _entry(number: int, fields: str | None, track: str, playlist: str) -> RawSong | RejectedRow:
    if fields is None:
        reason = f"the playlist names track {track[:20]!r}, which the file does not describe"
        return RejectedRow(line=number, reason=reason)
    values: dict[str, str] = json.loads(fields)
    song = RawSong(
        line=number,
        title=values.get("Name")
        or song_of_path(Place(name=values.get("File", "")), Habits()).title,
        artist=values.get("Artist") or values.get("Album Artist", ""),
        album=values.get("Album", ""),
        playlist=playlist,
        year=values.get("Year", ""),
        duration=values.get("Total Time", ""),
        duration_unit="ms",
    )
    reason = _why_not_music(values)
    return song.reject(reason) if reason else song


def _why_not_music(values: Mapping[str, str]) -> str | None:
    for flag, reason in _OTHER_MEDIA.items():
        if values.get(flag) == "true":
            return reason
    if values.get("Has Video") == "true" and values.get("Music Video") != "true":
        return "a video"
    if values.get("Track Type") == "URL":
        return "a radio stream"
    return _OTHER_GENRES.get(values.get("Genre", "").casefold())
