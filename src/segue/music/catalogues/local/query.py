"""Spotify's query syntax, as far as Segue uses it, in the words of SQLite's full-text search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from segue.music.matching.normalise import search_words

_FILTER: Final = re.compile(
    r"\b(track|artist|album|year|isrc):\s*"
    r'(?:"([^"]*)"?|((?:(?!\b(?:track|artist|album|year|isrc):).)*))',
    re.IGNORECASE,
)
_FILTER_COLUMNS: Final = {"track": "{title latin}", "artist": "{artists latin}", "album": "album"}
_YEARS: Final = re.compile(r"(\d{4})(?:-(\d{4}))?$")


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart.

    Attributes:
        words: Free text, each word once.
        fields: ``track``, ``artist`` or ``album``, and the words each must hold.
        years: First and last year, four digits each.
    """

    words: tuple[str, ...]
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    years: tuple[str, str] | None
    isrc: str | None


def parse_query(query: str) -> Query:
    """Take a query apart; whatever is no filter is free text."""
    fields: list[tuple[str, tuple[str, ...]]] = []
    years: tuple[str, str] | None = None
    isrc: str | None = None
    for hit in _FILTER.finditer(query):
        name, value = hit[1].lower(), (hit[2] or hit[3] or "").strip()
        if name == "isrc":
            isrc = value.replace("-", "").upper()
        elif name != "year":
            fields.append((name, tuple(search_words(value))))
        elif span := _YEARS.match(value):
            years = (span[1], span[2] or span[1])
    words = tuple(dict.fromkeys(search_words(_FILTER.sub(" ", query))))
    return Query(words, tuple(field for field in fields if field[1]), years, isrc)


def all_words(query: Query) -> list[str]:
    """Every word of the query, free or in a field."""
    return list(
        dict.fromkeys([*query.words, *(word for _, words in query.fields for word in words)])
    )


def field_clauses(query: Query) -> list[str]:
    """One clause for each field, for all its words."""
    return [
        f"({_FILTER_COLUMNS[name]} : ({' AND '.join(_quote(word) for word in words)}))"
        for name, words in query.fields
    ]


def expression(query: Query) -> str:
    """An expression for rows with every word in its place."""
    return " AND ".join([*(_quote(word) for word in query.words), *field_clauses(query)])


def any_of(words: Sequence[str]) -> str:
    """An expression for rows with at least one of the words."""
    return " OR ".join(_quote(word) for word in words)


def _quote(word: str) -> str:
    return f'"{word}"'
