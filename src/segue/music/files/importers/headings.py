"""Recognise a column or key by its heading, in the languages of the exporters."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from segue.errors.input import InputError, MissingColumnsError
from segue.music.files.importers.values import DurationUnit
from segue.music.files.importers.vocabulary import HEADINGS

# What a user may map by --columns; the rest are ids that only exporters write.
FIELDS = ("title", "artist", "album", "playlist", "isrc", "uri", "year", "duration")

_COLUMN_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)
# Whoever has put a song up, who is its artist only where the title names none.
_CHANNELS = frozenset({
    "channel", "channel name", "uploader", "uploader name", "video channel", "user username",
})  # fmt: skip
_NAMES_ARTIST = re.compile(
    r"\S\s*[-\u2013\u2014|]\s+\S|\S\s+[-\u2013\u2014|]\S|[\u300c\u300e\u3010]"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_A_WORD = re.compile(r"[\W_]+")
_LONGEST_HEADING = 200
_MILLISECONDS = frozenset({"ms", "msec", "milliseconds", "millis"})
_SECONDS = frozenset({"s", "sec", "secs", "seconds", "sekunden", "secondes", "segundos"})


def normal(heading: str) -> str:
    """Give the comparable form: lower case, no accents, single spaces, camelCase split.

    "Artist Name(s)" and "artistNames" become "artist name s" and "artist names".
    """
    words = _CAMEL.sub(" ", heading[:_LONGEST_HEADING])
    letters = unicodedata.normalize("NFKD", words.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", bare).strip()


_SYNONYMS = {field: tuple(map(normal, words)) for field, words in HEADINGS.items()}


def map_headings(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Say where each known field stands.

    Args:
        headings: As in the source.
        columns: The user's own field-to-heading mapping; it wins over what is recognised.

    Returns:
        Field to index. Fields that are not there are left out.
    """
    places: dict[str, int] = {}
    for index, heading in enumerate(headings):
        places.setdefault(normal(heading), index)
    indices: dict[str, int] = {}
    for field, words in _SYNONYMS.items():
        override = columns.get(field)
        candidates = words if override is None else (normal(override),)
        place = next((places[word] for word in candidates if word in places), None)
        if place is not None:
            indices[field] = place
    user_places = {indices[field] for field in columns if field in indices}
    return {f: place for f, place in indices.items() if f in columns or place not in user_places}


def check_columns(columns: Mapping[str, str]) -> None:
    """Refuse a mapping that names a field nobody knows.

    Raises:
        InputError: With the fields that exist.
    """
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise InputError(
            f"there is no field {unknown[0]!r} to map a column to",
            hint=f"The fields are {', '.join(FIELDS)}.",
        )


def by_number(columns: Mapping[str, str]) -> bool:
    """Whether columns are named by their numbers, from 1, as where a table has no headings."""
    return bool(columns) and all(_COLUMN_NUMBER.fullmatch(name) for name in columns.values())


def require(
    places: Mapping[str, int],
    headings: Sequence[str],
    columns: Mapping[str, str],
    *,
    has_addresses: bool,
) -> None:
    """Make sure that a mapping can give songs: by a title, or by addresses of tracks or ISRCs.

    Raises:
        MissingColumnsError: A column that the user named, or any title column, is not there.
    """
    all_headings = ", ".join(repr(heading.strip()[:40]) for heading in headings[:20])
    for field, heading in columns.items():
        if field not in places:
            raise MissingColumnsError(
                f"no column {heading!r} for the {field}; there are {all_headings}"
            )
    if "title" in places or has_addresses:
        return
    if any({"video", "id"} <= set(normal(heading).split()) for heading in headings):
        raise MissingColumnsError(
            "this file holds only video ids and no titles (a playlist of a YouTube Takeout)",
            hint="Give music-library-songs.csv of the same Takeout, or export the playlist with "
            "TuneMyMusic or Soundiiz: their files hold the titles.",
        )
    raise MissingColumnsError(f"no column holds the song titles; the headings are {all_headings}")


def duration_unit(heading: str) -> DurationUnit:
    """Say what a bare number under this heading means."""
    words = set(normal(heading).split())
    if words & _MILLISECONDS:
        return "ms"
    return "s" if words & _SECONDS else "auto"


def is_channel(heading: str) -> bool:
    """Whether names under this heading are those of channels and uploaders."""
    return normal(heading) in _CHANNELS


def names_artist(title: str) -> bool:
    """Whether a video's title seems to say who plays: "Artist - Title", "Artist「Title」"."""
    return _NAMES_ARTIST.search(title) is not None
