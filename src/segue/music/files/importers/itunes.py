"""The library and playlist XML of iTunes and Apple Music (a property list)."""

from collections.abc import Iterator, Mapping

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.media_entries import Habits, song_of_path
from segue.music.files.importers.paths import Place, read_path
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.shelf import Shelf, Shelved

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


def read_itunes(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read an iTunes or Apple Music XML.

    A playlist that was asked for, or that is alone in its file, comes in its own order; otherwise
    every track of the library comes once.

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    with Shelf() as shelf:
        _Sorter(shelf).sort(source)
        for row in shelf.read(source):
            yield row if isinstance(row, RejectedRow) else _entry(row)


class _Sorter:
    """Sorts the elements of a property list onto the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._keys: dict[int, str] = {}  # per depth of a dict, the key whose value comes next
        self._values: dict[str, str] = {}

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
            self._shelf.add_item(element.text)

    def _store_track(self) -> None:
        if not self._values.get("Name"):  # then the file is called as the song, at best
            self._values["File"] = read_path(self._values.get("Location", "")).name
        track = self._values.get("Track ID") or self._keys.get(3, "")
        self._shelf.add_track(
            track, {key: self._values[key] for key in self._values.keys() & _KEPT}
        )

    def _store_playlist(self) -> None:
        built_in = self._values.keys() & {"Master", "Distinguished Kind"}
        folder = self._values.get("Folder") == "true"
        self._shelf.add_playlist(self._values.get("Name", ""), is_own=not (built_in or folder))


def _entry(row: Shelved) -> RawSong | RejectedRow:
    values = row.fields
    file = Place(name=values.get("File", ""))
    song = RawSong(
        line=row.number,
        title=values.get("Name") or song_of_path(file, Habits()).title,
        artist=values.get("Artist") or values.get("Album Artist", ""),
        album=values.get("Album", ""),
        playlist=row.playlist,
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
