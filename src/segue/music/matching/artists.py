"""Compare performers: credits in one string or apart, in any order, with or without guests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from segue.music.matching.damage import Remains, read_remains
from segue.music.matching.normalise import (
    bound_length,
    canonical,
    censored_alike,
    fold,
    latin,
    remains,
    repair,
    symbols,
)

# Separators that never belong to a name, and those that may ("Tyler, The Creator", "Simon & Co").
GUESTS = re.compile(
    r"[\s(\[,]+(?:feat\.?|ft\.?|featuring|duet with|w/|presents|pres\.?|with|starring)\s+",
    re.IGNORECASE,
)
STRONG = re.compile(
    r"\s*[;/|]\s*|\s+(?:vs\.?|versus|x|\u00d7|meets)\s+|\s+[-\u2013]\s+", re.IGNORECASE
)
COMMA = re.compile(r"\s*[,\u3001](?!\s*(?:jr|sr)\b)\s*(?:(?:and|&)\s+)?", re.IGNORECASE)
WEAK = re.compile(
    r"\s*[&\uff06+]\s*|\s+(?:and|y|e|et|und|con)\s+",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"(?:\s+-\s+topic|\s*vevo|\s+official(?: channel)?|\s+\(official\)| tv)$", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:the|los|las|les|die|der|das|el|la|le) (?=\S)| the$")
_BAND = re.compile(
    r" (?:and (?:the|his|her|their|los) .+|(?:quartet|trio|quintet|sextet|band|orchestra|ensemble"
    r"|group|experience|combo|big band|choir|and friends|duo))$"
)
_MOST_COMMAS = 2  # in one performer's name: "Crosby, Stills, Nash & Young"
_MISSPELT = 0.7  # share of letters from which a name may be a misspelling of another
_SAME = 0.8  # likeness from which two names are taken for one person's


@dataclass(frozen=True, slots=True)
class Credit:
    """The performers of a wish.

    Attributes:
        mains: Readings of the main artist, the longest first: "a and b", "a".
        names: Every name that any reading gives, main ones first.
        cast: Everybody named, title's guests included, as written and taken apart no further than
            the source does.
        plain: The main artist as a person would type it: for searching.
        remains: Pattern for a damaged line, None for a sound one.
    """

    mains: tuple[str, ...]
    names: tuple[str, ...]
    plain: str
    cast: tuple[str, ...] = ()
    remains: Remains | None = None


@lru_cache(maxsize=1 << 12)
def name_key(raw: str) -> str:
    """A performer's name without article and spelling habits ("Beatles, The" gives "beatles")."""
    text = fold(bound_length(raw))
    without_article = _ARTICLE.sub("", text)
    return canonical(without_article or text) or symbols(raw)


@lru_cache(maxsize=1 << 12)
def read_credit(raw: str, apart: tuple[str, ...] = (), guests: tuple[str, ...] = ()) -> Credit:
    """Take a credit line apart in every way it may be meant.

    Args:
        raw: The line as written.
        apart: The artists one by one, where the source lists them so.
        guests: Guests named elsewhere, in the title.
    """
    sound = repair(bound_length(raw))
    line = _CHANNEL.sub("", "".join(remains(sound)).strip())
    # "A & B, C" is A & B with C, or three artists; "A x B" is two, or a duo of that name.
    hosts = split_names(GUESTS, [line])
    list_items = split_names(COMMA, hosts)
    apart_each = split_names(STRONG, list_items)
    levels = [[line], hosts, list_items, split_names(STRONG, hosts), apart_each]
    levels.append(split_names(WEAK, apart_each))
    if apart:
        levels.insert(0, list(apart))
    mains = dict.fromkeys(name_key(level[0]) for level in levels if level)
    # "Tyler, The Creator, Kali Uchis": a name with a comma, and another.
    starts = range(2, min(len(list_items), _MOST_COMMAS + 2))
    mains |= dict.fromkeys(name_key(", ".join(list_items[:count])) for count in starts)
    all_names = [name for level in levels for name in level]
    guest_names = [*levels[1 + bool(apart)][1:], *guests]
    guest_names = [
        piece
        for guest in guest_names
        for piece in (guest, *split_names(WEAK, split_names(COMMA, [guest])))
    ]
    all_names += guest_names
    names = dict.fromkeys([*mains, *(name_key(name) for name in all_names)])
    plain = apart[0] if apart else levels[1][0] if levels[1] else ""
    return Credit(
        mains=tuple(key for key in mains if key),
        names=tuple(key for key in names if key),
        plain=plain,
        cast=(*(apart or ([line] if fold(line) else ())), *guests),
        remains=read_remains(sound),
    )


def split_names(separator: re.Pattern[str], names: list[str]) -> list[str]:
    """The names parted wherever the separator stands; what holds no letter is left out."""
    return [piece for name in names for piece in separator.split(name) if fold(piece)]


def compare_credit(credit: Credit, artists: tuple[str, ...]) -> tuple[float, str]:
    """How far a track's artists are from the wish (0 to 1), and the doubt in words."""
    if not credit.mains:
        return 0.0, ""
    if credit.remains and any(credit.remains.fits(fold(artist)) for artist in artists):
        return 0.03, "what is left of the artist fits"
    keys = [name_key(repair(artist)) for artist in artists]
    best = 1 - max(_alike(main, keys[0]) for main in credit.mains)
    doubt_text = "" if best < 0.01 else f"artist written differently: {artists[0]}"
    if best > 0.05:
        for far, doubt in _as_guests(credit, keys):
            if far < best:
                best, doubt_text = far, doubt
    if best > 0.5:
        doubt_text = f"other artist: {', '.join(artists)}"
    return min(1.0, best), doubt_text


def _as_guests(credit: Credit, keys: list[str]) -> Iterator[tuple[float, str]]:
    """Distances and doubts for a main artist who is a guest on the other side.

    Harmless where each side names the other's main artist; else the song may be a cover.
    """
    lead = max(_alike(name, keys[0]) for name in credit.names)
    for key in keys[1:]:
        far = 1 - max(_alike(main, key) for main in credit.mains)
        together = lead > _SAME or sum(any_alike(key, credit.names) for key in keys) > 1
        yield far + (0.06 if together else 0.3), "the asked-for artist is only a guest here"
    yield 1 - lead + 0.45, "the asked-for artist is missing, a guest of theirs leads"


def any_alike(key: str, names: tuple[str, ...]) -> bool:
    """Whether one of the keys is the same person's, in whatever spelling."""
    return key in names or any(_alike(name, key) > _SAME for name in names)


def _alike(one: str, other: str) -> float:
    """1 for the same name; 0 for names that are not the same person's in any spelling."""
    if one == other:
        return 1.0
    if not (any(map(str.isalnum, one)) and any(map(str.isalnum, other))):
        return 0.0  # no name, or one of signs alone
    return _alike_spelling(one, other)


@lru_cache(maxsize=1 << 12)
def _alike_spelling(one: str, other: str) -> float:
    latins = latin(one).replace(" ", ""), latin(other).replace(" ", "")
    if one.replace(" ", "") == other.replace(" ", ""):
        return 1.0
    if latins[0] == latins[1] or ("*" in one + other and censored_alike(one, other)):
        return 0.97
    words, others = one.split(), other.split()
    if words[0] == others[0]:
        if _BAND.sub("", one) == _BAND.sub("", other):
            return 0.95
        if _differ_in_middle_names(words, others):
            return 0.93
    return OSA.normalized_similarity(*latins, score_cutoff=_MISSPELT)


def _differ_in_middle_names(words: list[str], others: list[str]) -> bool:
    """Whether two names differ in middle names only.

    Michael Murphey is Michael Martin Murphey; Doc Watson is not Doc and Merle Watson.
    """
    if "and" in words + others or min(len(words), len(others)) < 2:
        return False
    return (words[0], words[-1]) == (others[0], others[-1])
