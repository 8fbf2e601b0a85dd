"""Who performs besides the main artist: on both sides, or on one only.

Whom a recording names belongs to it: a song with a guest is mostly another recording than the song
alone. Sources leave guests out, though, so that they decide between tracks rather than forbid one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from segue.music.matching.artists import (
    COMMA,
    GUESTS,
    STRONG,
    WEAK,
    any_alike,
    name_key,
    split_names,
)
from segue.music.matching.ledger import Pair
from segue.music.matching.normalise import bound_length, canonical

_SEPARATORS: Final = (GUESTS, COMMA, STRONG, WEAK)


@dataclass(frozen=True, slots=True)
class Casts:
    """The performers besides the main artist.

    Attributes:
        absent: Names that are asked for and not on the track, as the wish writes them.
        extra: Names that are on the track and not asked for, as the track writes them.
        common: How many are on both.
    """

    absent: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    common: int = 0

    @property
    def all(self) -> int:
        """How many there are on either side."""
        return len(self.absent) + len(self.extra) + self.common


NOBODY: Final = Casts()


def compare_casts(pair: Pair) -> Casts:
    """Compare the performers of a wish with a track's, the main artists left out.

    A name with a separator in it is one performer's where the other side knows it whole ("Simon &
    Garfunkel"), and several names otherwise. Whom a version text names (a remixer, a hall) is no
    guest, and is not absent either.
    """
    credit, artists, guests = pair.reading.credit, pair.track.artists, pair.title.guests
    if credit.remains or pair.reading.title.remains:
        return NOBODY
    others = (*artists[1:], *guests)
    several = len(credit.names) > 1  # else nobody but the main artist is asked for
    absent = _strangers(credit.cast, _parts((*artists, *guests))) if several else []
    extra = _strangers(others, credit.names)
    if not absent and not extra:
        return NOBODY
    remarks = " ".join((pair.reading.title.text, *pair.title.versions))
    extra_names = _without(extra, (name_key(artists[0]),), remarks)
    return Casts(
        absent=_without(absent, credit.mains, pair.title.text),
        extra=extra_names,
        common=max(0, _count(others) - len(extra_names)),
    )


def _without(
    strangers: list[tuple[str, str]], mains: tuple[str, ...], text: str
) -> tuple[str, ...]:
    """The strangers' names, without main artists and those whom the text names."""
    words = f" {canonical(text)} "
    names: dict[str, str] = {}
    for key, name in strangers:
        if key not in mains and f" {key} " not in words:
            names.setdefault(key, name)
    return tuple(names.values())


@lru_cache(maxsize=1 << 12)
def _parts(cast: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the names as they stand, and of their parts at each separator."""
    keys: dict[str, None] = {}
    level = list(cast)
    for separator in _SEPARATORS:
        keys.update(dict.fromkeys(name_key(name) for name in level))
        level = _split(level, separator)
    keys.update(dict.fromkeys(name_key(name) for name in level))
    return tuple(key for key in keys if key)


@lru_cache(maxsize=1 << 12)
def _count(cast: tuple[str, ...]) -> int:
    """How many performers the names are when taken apart at every separator."""
    level = list(cast)
    for separator in _SEPARATORS:
        level = _split(level, separator)
    return len({name_key(name) for name in level})


def _split(names: list[str], separator: re.Pattern[str]) -> list[str]:
    return [part for name in names for part in _split_name(name, separator)]


@lru_cache(maxsize=1 << 12)
def _split_name(name: str, separator: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(split_names(separator, [bound_length(name)]))


def _strangers(cast: tuple[str, ...], keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Key and spelling of the names, taken apart as far as need be, that are none of the keys."""
    if all(name_key(name) in keys for name in cast):
        return []
    hosts_and_guests = _split(list(cast), GUESTS)  # these words never belong to a name
    return [each for name in hosts_and_guests for each in _strange_parts(name, keys, _SEPARATORS)]


def _strange_parts(
    name: str, keys: tuple[str, ...], separators: tuple[re.Pattern[str], ...]
) -> list[tuple[str, str]]:
    key = name_key(name)
    if not key or any_alike(key, keys):
        return []
    for number, separator in enumerate(separators, start=1):
        parts = _split([name], separator)
        if len(parts) > 1:
            return [
                each for part in parts for each in _strange_parts(part, keys, separators[number:])
            ]
    return [(key, name.strip())]
