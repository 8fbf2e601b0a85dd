"""JSON of any maker: Spotify's privacy export, JSPF, Last.fm, lists of objects or strings."""

from collections.abc import Iterator, Mapping
from typing import cast

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.addresses import parse_uri
from segue.music.files.importers.headings import (
    duration_unit,
    is_channel,
    map_headings,
    names_artist,
)
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.json_entries import Entry, read_entries
from segue.music.files.importers.lines import song_of_line
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import DurationUnit, excerpt

# {"track": {…}, "addedDate": …}: the song is what is inside.
_WRAPPERS = frozenset({"track", "item", "song", "track_metadata"})
# Source: ListenBrainz JSPF, extension "https://musicbrainz.org/doc/jspf#track".
_CREDITED = "artist_credit_name"
_OTHER_MEDIA = {
    "episode": "a podcast episode",
    "audiobook": "an audiobook",
    "localTrack": "a local file of which the export tells no title",
}
# Exporters write one shape, or a few; this bounds what a file of ever new keys can make us keep.
_MOST_SHAPES = 256
_LONGEST_KEY = 200

_Values = dict[str, list[str]]


def read_json(source: InputFile, unit: DurationUnit = "auto") -> Iterator[RawSong | RejectedRow]:
    """Read the songs of a JSON document.

    Args:
        source: The document.
        unit: Of durations under a key that does not say it.

    Raises:
        UnreadableFileError: Broken JSON.
    """
    reader = JsonSongs(source.columns, unit)
    for entry in read_entries(source):
        yield reader.song(entry)


class JsonSongs:
    """Songs out of JSON values of any shape.

    Args:
        columns: Field to key, as the user maps them.
        unit: Of durations under a key that does not say it.
    """

    def __init__(self, columns: Mapping[str, str], unit: DurationUnit = "auto") -> None:
        self._columns = columns
        self._unit: DurationUnit = unit
        self._shapes: dict[tuple[str, ...], dict[str, int]] = {}

    def song(self, entry: Entry) -> RawSong | RejectedRow:
        """The song that one value is, or why it is none."""
        if isinstance(entry.value, str):
            return song_of_line(entry.number, entry.value)
        if not isinstance(entry.value, dict):
            reason = "too large for a song" if entry.value is None else "neither text nor an object"
            return RejectedRow(line=entry.number, reason=reason, text=excerpt(str(entry.value)))
        value = cast("dict[str, object]", entry.value)
        song = self._from_object(entry, value)
        for key, reason in _OTHER_MEDIA.items():
            if not song.title and isinstance(value.get(key), dict):
                return RejectedRow(line=entry.number, reason=reason)
        return song

    def _from_object(self, entry: Entry, value: dict[str, object]) -> RawSong:
        values: _Values = {}
        list_paths: set[str] = set()
        _flatten(value, "", values, list_paths)
        keys = tuple(values)
        places = self._places(keys)
        fields = {field: values[keys[place]] for field, place in places.items()}
        artists = fields.get("artist", [])
        if "artist" in places and is_channel(keys[places["artist"]]):
            artists = [] if names_artist(_first(fields, "title")) else artists
        apart = len(artists) > 1 or ("artist" in places and keys[places["artist"]] in list_paths)
        duration_key = keys[places["duration"]] if "duration" in places else ""
        return RawSong(
            line=entry.number,
            title=_first(fields, "title"),
            artist=", ".join(artists),
            album=_first(fields, "album"),
            playlist=_first(fields, "playlist") or entry.playlist,
            year=_first(fields, "year"),
            duration=_first(fields, "duration"),
            duration_unit=self._unit_of(duration_key),
            isrc=_first(fields, "isrc") or _ending(values, " isrc"),
            uri=next(filter(parse_uri, uris := fields.get("uri", [])), next(iter(uris), "")),
            artists=tuple(artists) if apart else _credit_names(values),
        )

    def _unit_of(self, key: str) -> DurationUnit:
        unit = duration_unit(key)
        return self._unit if unit == "auto" else unit

    def _places(self, keys: tuple[str, ...]) -> dict[str, int]:
        places = self._shapes.get(keys)
        if places is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            places = self._shapes[keys] = map_headings(keys, self._columns)
        return places


def _flatten(
    value: object, path: str, values: _Values, list_paths: set[str], *, in_list: bool = False
) -> None:
    """Collect text and numbers by the path of keys to them; ``list_paths`` gets paths in lists."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            is_wrapper = not path and key in _WRAPPERS and isinstance(inner, dict)
            place = "" if is_wrapper else f"{path} {key}".strip()
            if len(key) <= _LONGEST_KEY:
                _flatten(cast("object", inner), place, values, list_paths, in_list=in_list)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _flatten(inner, path, values, list_paths, in_list=True)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        values.setdefault(path, []).append(str(value))
        if in_list:
            list_paths.add(path)


def _first(fields: Mapping[str, list[str]], field: str) -> str:
    return next(iter(fields.get(field, ())), "")


def _ending(values: _Values, ending: str) -> str:
    return next((texts[0] for key, texts in values.items() if key.endswith(ending)), "")


def _credit_names(values: _Values) -> tuple[str, ...]:
    credit_lists = (names for key, names in values.items() if key.endswith(_CREDITED))
    return tuple(next(credit_lists, ()))
