"""How alike two titles are, and whether they differ in spelling or in a word.

A misspelt word still has a partner on the other side. A word without one ("Let It Rain", "Let It
Grow") makes another title, however many letters the two share.
"""

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from segue.music.matching.damage import Remains
from segue.music.matching.normalise import canonical, censored_alike, fold, latin
from segue.music.matching.titles import Title

# Words whose presence or absence makes no other title.
_MINOR = frozenset({"the", "a", "an", "and", "oh", "o"})
_FAR = 0.6  # share of letters from which nothing but a shortened title is worth a closer look
_PARTNER = 0.6  # letters in common, below which two words are no spellings of each other
_LONG_START = 5  # words of a title that, at another's beginning, are the title shortened


@dataclass(frozen=True, slots=True)
class Likeness:
    """Result of a comparison of titles.

    Attributes:
        far: 0 for the same title, 1 for nothing in common.
        word: Whether a word stands on one side only, or another in its place.
        subtitle: Whether a subtitle stands on one side only, or another in its place.
        tail: Whether that is one behind a dash, of unknown meaning: perhaps another version.
    """

    far: float
    word: bool = False
    subtitle: bool = False
    tail: bool = False


SAME = Likeness(0.0)
_OTHER = Likeness(1.0, word=True)


def compare_titles(wish_title: Title, track_title: Title) -> Likeness:
    """Compare with and without subtitles; the kindest view counts."""
    if wish_title.full == track_title.full:
        return SAME
    if wish_title.remains:
        return _lay_over(wish_title.remains, track_title)
    with_subtitles = _compare_full(wish_title, track_title)
    if wish_title.base == wish_title.full and track_title.base == track_title.full:
        return with_subtitles
    views = (
        (wish_title.base, track_title.base),
        (wish_title.full, track_title.base),
        (wish_title.base, track_title.full),
    )
    best = min((_compare(*view) for view in views), key=_weight)
    if _weight(with_subtitles) <= _weight(best) + 0.05:
        return with_subtitles
    return Likeness(
        best.far,
        best.word,
        subtitle=True,
        tail=_compare(wish_title.tail, track_title.tail).far > 0.5,
    )


def _compare_full(wish_title: Title, track_title: Title) -> Likeness:
    likeness = _compare(wish_title.full, track_title.full)
    if not 0 < likeness.far < 1:
        return likeness
    if canonical(wish_title.text) == canonical(track_title.text):
        return SAME  # what one side has in brackets, the other has without
    as_written = _compare(fold(wish_title.spoken), fold(track_title.spoken))
    return min(likeness, as_written, key=_weight)


def _weight(likeness: Likeness) -> float:
    return likeness.far + likeness.word


def _lay_over(remains: Remains, track_title: Title) -> Likeness:
    """Compare damaged text with a title: it fits in full, fits the beginning, or neither."""
    if any(
        remains.fills(text) for text in (fold(track_title.text), track_title.base, track_title.full)
    ):
        return Likeness(0.05)
    return Likeness(0.15) if remains.known >= 5 and remains.fits(fold(track_title.text)) else _OTHER


def _compare(one: str, other: str) -> Likeness:
    if one == other:
        return SAME
    if not (any(map(str.isalnum, one)) and any(map(str.isalnum, other))):
        return _OTHER  # of signs alone: "💔" is not called "Broken Heart"
    return _compare_spelling(*sorted((one, other)))


@lru_cache(maxsize=1 << 12)
def _compare_spelling(one: str, other: str) -> Likeness:
    if "*" in one + other and censored_alike(one, other):
        return Likeness(0.03)
    if not (one + other).isascii():
        one, other = latin(one), latin(other)
    short, long = one.replace(" ", ""), other.replace(" ", "")
    far = OSA.normalized_distance(short, long)
    if far > _FAR:
        return _begins(one, other) or _OTHER
    if _without_minor(one) == _without_minor(other):
        return Likeness(min(far, 0.04))
    words, others = one.split(), other.split()
    strange = _without_partner(words, others) + _without_partner(others, words)
    if not strange or _slipped(words, others, short, long):
        return Likeness(far)
    return _begins(one, other) or Likeness(far, word=True)


def _without_minor(text: str) -> str:
    return " ".join(word for word in text.split() if word not in _MINOR) or text


def _begins(one: str, other: str) -> Likeness | None:
    """The likeness of a long title that begins the other one; None: it does not."""
    short, long = sorted((one, other), key=len)
    if short.count(" ") + 1 >= _LONG_START and long.startswith(short + " "):
        return Likeness(0.2)
    return None


def _slipped(words: list[str], others: list[str], one: str, other: str) -> bool:
    """Whether words without a partner come from misplaced spaces, or from a slip in a short word.

    "Frew allin" is "Free Fallin", and "Next ko Me" is "Next to Me"; single letters are left alone,
    for "in C" and "in D" are two keys.
    """
    letters, slips = min(len(one), len(other)), OSA.distance(one, other)
    if [len(word) for word in words] != [len(word) for word in others]:
        return slips <= (letters >= 6) + (letters >= 9)
    return (
        slips == 1 and letters >= 8 and not any(len(word) == 1 for word in set(words) ^ set(others))
    )


def _without_partner(words: list[str], others: list[str]) -> list[str]:
    return [
        word
        for word in words
        if word not in others
        and not any(OSA.normalized_similarity(word, other) >= _PARTNER for other in others)
    ]
