"""The order in which a search shows its results."""

from dataclasses import dataclass
from typing import Final

_ALBUM_WORTH: Final = 0.5  # a query word found in the album only, against one in title or artist
_RESPELT_WORTH: Final = 0.8  # a query word found in a corrected spelling only


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the index as sets of words, artist by artist."""

    row: int
    title: frozenset[str]
    artists: tuple[frozenset[str], ...]
    album: frozenset[str]
    latin: frozenset[str]


def read_row(row: int, title: str, artists: str, album: str, latin_text: str) -> Row:
    """Read a row as the index stores it."""
    return Row(
        row,
        frozenset(title.split()),
        tuple(frozenset(artist.split()) for artist in artists.split("|")),
        frozenset(album.split()),
        frozenset(latin_text.split()),
    )


def score(row: Row, weights: dict[str, float], respelt: dict[str, tuple[str, ...]]) -> float:
    """0 to 1: three fifths for the query's words found, the rest for naming the track in full."""
    row_words = row.title.union(row.latin, *row.artists)
    query_words = set(weights)
    weight_found = 0.0
    for word, weight in weights.items():
        if word in row_words:
            weight_found += weight
        elif word in row.album:
            weight_found += weight * _ALBUM_WORTH
        elif other := next((each for each in respelt.get(word, ()) if each in row_words), None):
            weight_found += weight * _RESPELT_WORTH
            query_words.add(other)
    coverage = weight_found / (sum(weights.values()) or 1)
    title = max(_share(row.title, query_words), _share(row.latin, query_words))
    artist = max(_share(artist, query_words) for artist in row.artists)
    return 0.6 * coverage + 0.25 * title + 0.15 * artist


def _share(words: frozenset[str], query_words: set[str]) -> float:
    return len(words & query_words) / len(words) if words else 0.0
