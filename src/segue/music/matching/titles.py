"""A title taken apart: its own words, and what its brackets and dash-tails add."""

import re
from dataclasses import dataclass
from functools import lru_cache

from segue.music.matching.normalise import canonical, fold, mark_damage, repair
from segue.music.matching.versions import Segment, read_segment

_BRACKET = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)(?:[)\]}）】]|$)")
_DASH = re.compile(r"\s+[-–—|~]\s+|\s*[—|]\s*|\s+-(?=\S)|;\s+")
_INLINE_GUESTS = re.compile(r"[\s,](?:feat\.?|ft\.?|featuring|w/)\s*(?=\S)(.+)$", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:part|volume|chapter|no|act|book) (\w+)")


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says.

    Attributes:
        base: Its own words, canonical.
        full: Base and subtitles, canonical.
        plain: Base as a person would type it: for searching.
        kinds: Kinds of recording named, empty for the plain studio recording.
        cut: ``edit``, ``extended`` or empty.
        names: Words that tell this version from others of its kind.
        guests: Guests named in the title, folded.
        numbers: Numbers that must agree ("Part 2").
        year: Of the version ("Live 1972").
        labels: Whether mere labels ("Remastered 2011") were present.
    """

    base: str
    full: str
    plain: str
    kinds: frozenset[str]
    cut: str
    names: tuple[str, ...]
    guests: tuple[str, ...]
    numbers: frozenset[str]
    year: int | None
    labels: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def read_title(raw: str) -> Title:
    """Take a title apart; a title that is nothing but brackets stays whole."""
    text = mark_damage(repair(raw))
    base, segments = _split(text)
    guests = tuple(segment.text for segment in segments if segment.role == "guests")
    if inline := _INLINE_GUESTS.search(base):
        guests += (fold(inline[1]),)
        base = base[: inline.start()]
    subtitles = [segment.text for segment in segments if segment.role == "subtitle"]
    if not fold(base):
        base, subtitles = (subtitles[0], subtitles[1:]) if subtitles else (text, [])
    full = canonical(" ".join([base, *subtitles]))
    said = [segment for segment in segments if segment.role in {"version", "cut"}]
    return Title(
        base=canonical(base),
        full=full,
        plain=base.strip(" -–—\"'"),
        kinds=frozenset().union(*(segment.kinds for segment in said)),
        cut=next((segment.cut for segment in said if segment.cut), ""),
        names=tuple(dict.fromkeys(name for segment in said for name in segment.names)),
        guests=guests,
        numbers=_numbers(fold(" ".join([base, *subtitles]))),
        year=next((segment.year for segment in segments if segment.year), None),
        labels=tuple(segment.text for segment in segments if segment.role == "label"),
    )


def _split(text: str) -> tuple[str, list[Segment]]:
    """The title's own words, and its segments in order."""
    segments: list[Segment] = []
    rest = text
    while hit := _BRACKET.search(rest):
        segment = read_segment(hit[1])
        opening = not rest[: hit.start()].strip()
        if opening and segment.role == "subtitle":  # "(I Can't Get No) Satisfaction"
            rest = f"{hit[1]} {rest[hit.end() :]}"
            continue
        segments.append(segment)
        rest = f"{rest[: hit.start()]} {rest[hit.end() :]}"
    base, *tails = _DASH.split(rest)
    segments += [read_segment(tail) for tail in tails if fold(tail)]
    return base, segments


def _numbers(folded: str) -> frozenset[str]:
    spelled = canonical(folded)
    digits = {word for word in folded.split() if word.isdigit()}
    return frozenset(digits.union(_COUNTED.findall(spelled)))
