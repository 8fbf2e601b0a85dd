"""Libraries of DJ programs: Rekordbox XML and Traktor NML."""

from collections.abc import Iterator, Mapping

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.markup import Closed, Opened, read_elements
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.shelf import Shelf, Shelved


def read_rekordbox(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read a Rekordbox collection; a playlist that was asked for or is alone, in its order.

    Source: AlphaTheta, "rekordbox XML format": playlists name tracks by ``TrackID``.

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    with Shelf() as shelf:
        _sort_rekordbox(source, shelf)
        yield from _songs(source, shelf)


def _sort_rekordbox(source: InputFile, shelf: Shelf) -> None:
    names: list[str | None] = []  # of the open nodes; None for folders
    for element in read_elements(source):
        match element:
            case Opened("NODE", attributes=values):
                names.append(values.get("name", "") if values.get("type") == "1" else None)
            case Closed("NODE") if names:
                if (name := names.pop()) is not None:
                    shelf.add_playlist(name)
            case Opened("TRACK", attributes=values) if names:
                shelf.add_item(values.get("key", ""))
            case Opened("TRACK", attributes=values):
                fields = _fields(
                    values.get("name"), values.get("artist"), values.get("album"),
                    values.get("year"), values.get("totaltime"), values.get("mix"),
                )  # fmt: skip
                shelf.add_track(values.get("trackid", ""), fields)
            case _:
                pass


def read_traktor(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read a Traktor collection; a playlist that was asked for or is alone, in its order.

    Playlists name tracks by volume, folder and file (``PRIMARYKEY``).

    Raises:
        UnreadableFileError: Broken XML, or one with entities.
    """
    with Shelf() as shelf:
        _sort_traktor(source, shelf)
        yield from _songs(source, shelf)


def _sort_traktor(source: InputFile, shelf: Shelf) -> None:
    sorter = _TraktorSorter(shelf)
    for element in read_elements(source):
        if isinstance(element, Opened):
            sorter.open(element)
        else:
            sorter.close(element)


class _TraktorSorter:
    """Puts the entries and playlists of an NML on the shelf, element by element."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._in_collection = False
        self._entry: dict[str, str] = {}
        self._names: list[str | None] = []  # of the open nodes; None for folders

    def open(self, element: Opened) -> None:
        values = element.attributes
        match element.tag:
            case "COLLECTION":
                self._in_collection = True
            case "ENTRY":
                self._entry = {f"ENTRY {name}": value for name, value in values.items()}
            case "LOCATION" | "ALBUM" | "INFO":
                self._entry |= {f"{element.tag} {name}": text for name, text in values.items()}
            case "NODE":
                is_playlist = values.get("type") == "PLAYLIST"
                self._names.append(values.get("name", "") if is_playlist else None)
            case "PRIMARYKEY" if self._names:
                self._shelf.add_item(values.get("key", ""))
            case _:
                pass

    def close(self, element: Closed) -> None:
        match element.tag:
            case "COLLECTION":
                self._in_collection = False
            case "ENTRY" if self._in_collection:
                self._store()
            case "NODE" if self._names:
                if (name := self._names.pop()) is not None:
                    self._shelf.add_playlist(name)
            case _:
                pass

    def _store(self) -> None:
        entry = self._entry
        parts = (entry.get(f"LOCATION {name}", "") for name in ("volume", "dir", "file"))
        names = (
            "ENTRY title", "ENTRY artist", "ALBUM title", "INFO release_date", "INFO playtime",
        )  # fmt: skip
        self._shelf.add_track("".join(parts), _fields(*map(entry.get, names), None))


def _fields(*values: str | None) -> Mapping[str, str]:
    names = ("title", "artist", "album", "year", "duration", "mix")
    return {name: value for name, value in zip(names, values, strict=True) if value}


def _songs(source: InputFile, shelf: Shelf) -> Iterator[RawSong | RejectedRow]:
    for row in shelf.read(source):
        yield row if isinstance(row, RejectedRow) else _song(row)


def _song(row: Shelved) -> RawSong:
    fields = row.fields
    title, mix = fields.get("title", ""), fields.get("mix", "")
    return RawSong(
        line=row.number,
        title=f"{title} ({mix})" if mix and mix.casefold() not in title.casefold() else title,
        artist=fields.get("artist", ""),
        album=fields.get("album", ""),
        playlist=row.playlist,
        year=fields.get("year", ""),
        duration=fields.get("duration", ""),
        duration_unit="s",
    )
