"""The headings of each service's CSV, and how it joins several artists in one cell."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# Artist cell and number of artist addresses to single names; none where the cell leaves it open.
ArtistSplitter = Callable[[str, int], tuple[str, ...]]

_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_COMMA_WITHOUT_SPACE = re.compile(r",(?!\s)")


def _split_exportify(artist: str, _addresses: int) -> tuple[str, ...]:
    """Split at ";" (2026), else at "," without space (2024): "Tyler, The Creator" has the space."""
    if ";" in artist:
        return tuple(artist.split(";"))
    if _COMMA_IN_NUMBER.search(artist):  # "10,000 Maniacs" or "Blink-182,311"
        return ()
    return tuple(_COMMA_WITHOUT_SPACE.split(artist))


def _split_by_count(artist: str, addresses: int) -> tuple[str, ...]:
    """Split at ", " only where that gives as many names as there are artist addresses."""
    names = (artist,) if addresses == 1 else tuple(artist.split(", "))
    return names if len(names) == addresses else ()


@dataclass(frozen=True)
class TableFormat:
    """One service's table.

    Attributes:
        headings: In normal form; a table that has all of them is this service's.
        split_artists: None where the service never lists artists apart.
    """

    name: str
    summary: str
    headings: frozenset[str]
    split_artists: ArtistSplitter | None = None


GENERIC_TABLE = TableFormat("csv", "any CSV or TSV with headings", frozenset())

# Most particular first: TrackDen's headings contain Soundiiz's, and every table is a generic one.
TABLE_FORMATS = (
    TableFormat(
        "exportify-watsonbox",
        "Exportify (watsonbox) CSV",
        frozenset({"track name", "artist uri s", "artist name s"}),
        _split_by_count,
    ),
    TableFormat(
        "exportify",
        "Exportify CSV, old and new",
        frozenset({"track name", "artist name s", "album name"}),
        _split_exportify,
    ),
    TableFormat(
        "tunemymusic",
        "TuneMyMusic CSV",
        frozenset({"track name", "artist name", "playlist name", "type"}),
    ),
    TableFormat(
        "trackden",
        "TrackDen CSV",
        frozenset({"artist", "title", "album", "isrc", "platform", "url"}),
    ),
    TableFormat("soundiiz", "Soundiiz CSV", frozenset({"title", "artist", "album", "isrc"})),
    TableFormat(
        "lastfm", "Last.fm export CSV", frozenset({"utc time", "artist", "album", "track"})
    ),
    TableFormat(
        "youtube-takeout",
        "YouTube Takeout music-library-songs.csv",
        frozenset({"song title", "album title", "artist name 1"}),
    ),
    TableFormat(
        "shazam", "Shazam library CSV", frozenset({"tag time", "title", "artist", "track key"})
    ),
    GENERIC_TABLE,
)


def table_format_of(headings: frozenset[str]) -> TableFormat:
    """Name the service whose export has these headings (normal form); the generic table if none."""
    return next(table for table in TABLE_FORMATS if table.headings <= headings)
