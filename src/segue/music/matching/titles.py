"""A title taken apart: its own words, and what its brackets and dash-tails add."""

import re
from dataclasses import dataclass
from functools import lru_cache

from segue.music.matching.damage import Remains, read_remains
from segue.music.matching.normalise import canonical, fold, remains, repair
from segue.music.matching.versions import Segment, read_segment

_BRACKET = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)(?:[)\]}）】]|$)")
_DASH = re.compile(r"\s+[-–—|~]\s+|\s*[—|]\s*|\s+-(?=\S)|;\s+")
_INLINE_GUESTS = re.compile(r"[\s,](?:feat\.?|ft\.?|featuring|w/)\s*(?=\S)(.+)$", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:part|volume|chapter|act|book) (\w+)")
# A number at the end counts: "Black Habits II", "Metamorphosis Four".
_LAST_NUMBERS = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8",
    "ix": "9", "x": "10", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10",
}  # fmt: skip


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
        labels: Mere labels ("Remastered 2011").
        folded: The whole text, folded.
        remains: Pattern for a damaged title, None for a sound one.
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
    folded: str
    remains: Remains | None


@lru_cache(maxsize=1 << 14)
def read_title(raw: str) -> Title:
    """Take a title apart; a title that is nothing but brackets stays whole."""
    text = "".join(remains(repair(raw)))
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
        numbers=_numbers(base, subtitles),
        year=next((segment.year for segment in segments if segment.year), None),
        labels=tuple(segment.text for segment in segments if segment.role == "label"),
        folded=fold(text),
        remains=read_remains(raw),
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


def _numbers(base: str, subtitles: list[str]) -> frozenset[str]:
    words = fold(" ".join([base, *subtitles])).split()
    last = (fold(base).split() or [""])[-1]
    numbers = {word.lstrip("0") or "0" for word in words if word.isdigit()}
    numbers.update(_COUNTED.findall(canonical(" ".join(words))))
    if last in _LAST_NUMBERS:
        numbers.add(_LAST_NUMBERS[last])
    return frozenset(numbers)
