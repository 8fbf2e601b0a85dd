"""Read what brackets and dash-tails of a title say about the recording.

"Live at Leeds", "Remastered 2011", "Radio Edit", "feat. Nelly", "Official Video": each such segment
is a version (another recording), a cut (the same recording, another length), a guest list, a mere
label, or simply part of the title.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from rapidfuzz.distance import OSA

from segue.music.matching.normalise import fold
from segue.music.matching.vocabulary import (
    ALBUM_KINDS,
    FILLER,
    GUESTS,
    KINDS,
    LABEL,
    LANGUAGE,
    LONG,
    MIX,
    NAMED_MIX,
    OFTEN,
    PRESSING,
    SHORT,
    SOUNDTRACK,
    SOURCE,
    compile_kinds,
)

Role = Literal["version", "cut", "guests", "label", "subtitle"]

_KINDS: Final = compile_kinds(KINDS)
_ALBUM_KINDS: Final = compile_kinds(ALBUM_KINDS)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_LONG_ENOUGH: Final = 5  # letters a word needs to be known for a version word with a slip in it
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Segment:
    """A bracket or a dash-tail of a title.

    Attributes:
        text: Folded; of a guest list the guests only, with the commas between them.
        kinds: Kinds of recording it names; of versions only.
        cut: ``edit`` or ``extended`` where it names another length.
        names: The words that tell this version from others of its kind: remixer, place.
        year: A year it names ("Live 1972", "2011 Remaster").
    """

    role: Role
    text: str
    kinds: frozenset[str] = _NONE
    cut: str = ""
    names: tuple[str, ...] = ()
    year: int | None = None


@lru_cache(maxsize=1 << 12)
def read_segment(raw: str) -> Segment:
    """Classify a bracket or a dash-tail of a title."""
    text = fold(raw)
    segment = _classify(text)
    if segment.role == "guests" and (guests := GUESTS.match(fold_list(raw))):
        return replace(segment, text=guests[1] or guests[3])
    if segment.role == "subtitle" and (respelt := _respell(text)) != text:
        return _classify(respelt)
    return segment


def fold_list(raw: str) -> str:
    """The folded text with its commas: they part names that no other word parts."""
    return ", ".join(name for piece in raw.split(",") if (name := fold(piece)))


@lru_cache(maxsize=1 << 12)
def album_kinds(release_name: str) -> frozenset[str]:
    """Kinds of recording that a release's name promises for all its tracks."""
    return frozenset(kind for kind, pattern in _ALBUM_KINDS if pattern.search(release_name))


@lru_cache(maxsize=1 << 12)
def names_soundtrack(release_name: str) -> bool:
    """Whether a release's name says that it is a soundtrack or a cast's recording."""
    return SOUNDTRACK.search(fold(release_name)) is not None


def _classify(text: str) -> Segment:
    core = " ".join(PRESSING.sub(" ", text).split())
    kinds = frozenset(_kinds_in(core))
    guests = GUESTS.match(core)
    if guests and "orchestral" not in kinds:
        before = _classify(guests[2] or "")
        if before.role in {"version", "cut"}:  # "Doveman Mix feat. Melissa"
            return before
        return Segment("guests", guests[1] or guests[3])
    if kinds:
        return Segment("version", core, kinds, _cut(core), _names(core), _year(core))
    if not core or LABEL.match(core) or SOURCE.match(core):
        return Segment("label", text, year=_year(text))
    return _classify_mix(core)


def _classify_mix(core: str) -> Segment:
    """Classify a text that names no kind: a cut, somebody's mix, or part of the title."""
    cut, names = _cut(core), _names(core)
    if not names and (cut or MIX.search(core)):
        return Segment("cut", core, cut=cut)
    if MIX.search(core):
        kind = "remix" if NAMED_MIX.search(core) else "version"
        return Segment("version", core, frozenset({kind}), cut, names, _year(core))
    return Segment("subtitle", core)


def _respell(text: str) -> str:
    """Correct misspelt version words ("Reemix", "Accoustic")."""
    return " ".join(_respell_word(word) for word in text.split())


def _respell_word(word: str) -> str:
    if len(word) < _LONG_ENOUGH:
        return word
    return next((correct for correct in OFTEN if OSA.distance(word, correct) == 1), word)


def _kinds_in(text: str) -> Iterator[str]:
    for kind, pattern in _KINDS:
        if pattern.search(text):
            yield kind
    if language := LANGUAGE.search(text):
        yield f"{language[1] or language[2]} language"


def _cut(text: str) -> str:
    if LONG.search(text):
        return "extended"
    return "edit" if SHORT.search(text) else ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split() if word not in FILLER and not _YEAR.fullmatch(word))


def _year(text: str) -> int | None:
    return next((int(word) for word in text.split() if _YEAR.fullmatch(word)), None)
