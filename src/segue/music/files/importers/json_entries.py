"""The songs of any JSON document, one by one, found by the lists that hold them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TextIO, cast

import ijson

from segue.errors.input import UnreadableFileError
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.values import clean_text

# Keys of lists that hold songs. Source: JSPF, Spotify's exports and API, the APIs of
# Last.fm, Deezer ("data") and SoundCloud ("collection"), ListenBrainz' ("listens").
_SONG_LISTS = frozenset({
    "track",
    "tracks",
    "song",
    "songs",
    "item",
    "items",
    "entries",
    "playlist",
    "data",
    "collection",
    "listens",
})
_NAMES = frozenset({"name", "title"})
# The richest entry known, a Spotify API track with all its markets, has about 600 events.
_MOST_EVENTS = 4_000
_DEEPEST = 64


class Entry(NamedTuple):
    """One element of a list of songs.

    Attributes:
        number: 1-based, over the whole document.
        value: A dict, a str, or whatever else stood there; None where it was too large to keep.
    """

    number: int
    playlist: str
    value: object


@dataclass(slots=True)
class _Open:
    """A map or list that has begun and not ended."""

    is_map: bool
    holds_songs: bool = False
    key: str = ""
    name: str = ""


class _Row:
    """The map that is being put together, while it still can be a song."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self._builder = ijson.ObjectBuilder()
        self._events = 0

    def add(self, event: str, value: object) -> None:
        self._events += 1
        if self._events <= _MOST_EVENTS:
            self._builder.event(event, value)

    def value(self) -> object:
        return None if self._events > _MOST_EVENTS else cast("object", self._builder.value)


def read_entries(source: InputFile) -> Iterator[Entry]:
    """Give every element of every list that holds songs, in bounded memory.

    A list holds songs when it is the document itself, or stands under a key like ``tracks``, also
    inside an outer list (pages, playlists).

    Raises:
        UnreadableFileError: Broken JSON.
    """
    walk = _Walk()
    for event, value in _events(source):
        entry = walk.step(event, value)
        if entry is not None:
            yield entry
        if len(walk.open) > _DEEPEST:
            raise UnreadableFileError(f"{source.label} nests more than {_DEEPEST} levels deep")


def _events(source: InputFile) -> Iterator[tuple[str, object]]:
    with source.text() as text:
        events = ijson.basic_parse(_Utf8(text), use_float=True)
        try:
            yield from cast("Iterator[tuple[str, object]]", events)
        except ijson.JSONError as error:
            detail = error.args[0] if error.args else b""
            message = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
            raise UnreadableFileError(
                f"{source.label} is not valid JSON: {message.partition(chr(10))[0]}"
            ) from error


class _Utf8:
    """Any text as the bytes that the parser takes."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def read(self, size: int = -1) -> bytes:
        return self._text.read(size).encode()


class _Walk:
    """A walk over a document's events: the open containers, and the entry that is being read."""

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self._row: _Row | None = None
        self._count = 0

    def step(self, event: str, value: object) -> Entry | None:
        """Take one event in; give the entry that it completes, if it does."""
        if event in {"start_map", "start_array"}:
            self._begin(event)
        elif event in {"end_map", "end_array"}:
            return self._end(event)
        elif event == "map_key":
            self.open[-1].key = str(value)
            self._add(event, value)
        else:
            return self._scalar(event, value)
        return None

    def _begin(self, event: str) -> None:
        parent = self.open[-1] if self.open else None
        container = _Open(is_map=event == "start_map")
        if not container.is_map:
            container.holds_songs = self._is_song_list(parent)
        self.open.append(container)
        if container.holds_songs:
            self._row = None  # what looked like a song holds songs: a page or a playlist
        elif container.is_map and parent is not None and parent.holds_songs:
            self._row = _Row(len(self.open))
        self._add(event, None)

    def _is_song_list(self, parent: _Open | None) -> bool:
        if parent is None or parent.holds_songs:
            return True
        own_key = self._row is None or len(self.open) == self._row.depth
        return own_key and parent.is_map and parent.key in _SONG_LISTS

    def _end(self, event: str) -> Entry | None:
        self._add(event, None)
        depth = len(self.open)
        self.open.pop()
        if self._row is None or self._row.depth != depth:
            return None
        row, self._row = self._row, None
        return self._entry(row.value())

    def _scalar(self, event: str, value: object) -> Entry | None:
        if not self.open:
            return None
        around = self.open[-1]
        if around.is_map and around.key in _NAMES and isinstance(value, str):
            around.name = value
        self._add(event, value)
        return self._entry(value) if around.holds_songs else None

    def _add(self, event: str, value: object) -> None:
        if self._row is not None:
            self._row.add(event, value)

    def _entry(self, value: object) -> Entry:
        self._count += 1
        name = next((around.name for around in reversed(self.open) if around.name), "")
        return Entry(self._count, clean_text(name[:1_000]), value)
