"""A title taken apart: its own words, and what its brackets and dash-tails add."""

import re
from dataclasses import dataclass
from functools import lru_cache

from segue.music.matching.damage import Remains, read_remains
from segue.music.matching.normalise import bound_length, canonical, fold, remains, repair, symbols
from segue.music.matching.versions import Segment, fold_list, read_segment

_BRACKET = re.compile(
    r"[(\[{\uff08\u3010]([^()\[\]{}\uff08\uff09\u3010\u3011]*)(?:[)\]}\uff09\u3011]|$)"
)
_DASH = re.compile(r"\s+[-\u2013|~]\s+|\s*[\u2014|]\s*|\s+-(?=\S)|;\s+")
_INLINE_GUESTS = re.compile(
    r"[\s,](?:feat\.|ft\.|feat\b|ft\b|featuring\b|duet with\b|w/)\s*"
    r"(\S.*?)(?=\s+[-\u2013\u2014|~]\s|$)",
    re.IGNORECASE,
)
# A version at the end without bracket or dash ("Ignition Remix").
_BARE_VERSION = re.compile(
    r"(?<=\S)\s+(remix|(?:remix|karaoke|instrumental|acoustic|live|demo|extended|radio|album|single)"
    r"\s+(?:version|edit|mix))\s*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:part|volume|chapter|act|book) (\w+)")
# Numbers in letters count at the end ("Metamorphosis Four"), Roman ones also where a movement or a
# variation begins ("IV. Allegro").
_LAST_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
}  # fmt: skip
_ROMAN = re.compile(r"\b([IVX]{2,}|[IVX](?=\s*[.:]|\s*$))(?!\w)")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says.

    Attributes:
        base: Its own words, canonical.
        full: Base and subtitles, canonical.
        tail: What of ``full`` stood behind a dash: where catalogues name versions.
        plain: Base as a person would type it: for searching.
        versions: The segments that name a version, as folded text: for searching.
        kinds: Kinds of recording named, empty for the plain studio recording.
        cut: ``edit``, ``extended`` or empty.
        names: Words that tell this version from others of its kind.
        guests: Lists of guests named in the title, folded but for commas.
        spoken: Base and subtitles as written.
        year: Of the version ("Live 1972").
        labels: Mere labels ("Remastered 2011").
        text: The whole text, in sound encoding.
        remains: Pattern for a damaged title, None for a sound one.
    """

    base: str
    full: str
    tail: str
    plain: str
    versions: tuple[str, ...]
    kinds: frozenset[str]
    cut: str
    names: tuple[str, ...]
    guests: tuple[str, ...]
    spoken: str
    year: int | None
    labels: tuple[str, ...]
    text: str
    remains: Remains | None


@lru_cache(maxsize=1 << 12)
def read_title(raw: str) -> Title:
    """Take a title apart; a title that is nothing but brackets stays whole."""
    sound = repair(bound_length(raw))
    text = "".join(remains(sound))
    base, segments, tails = _split(text)
    guests = tuple(segment.text for segment in segments if segment.role == "guests")
    subtitles = [segment.text for segment in segments if segment.role == "subtitle"]
    if not fold(base):
        base, subtitles = (subtitles[0], subtitles[1:]) if subtitles else (text, [])
    spoken = " ".join([base, *subtitles])
    recordings = [segment for segment in segments if segment.role in {"version", "cut"}]
    return Title(
        base=canonical(base) or symbols(base),
        full=canonical(spoken) or symbols(spoken),
        tail=" ".join(segment.text for segment in tails if segment.role == "subtitle"),
        plain=base.strip(" -\u2013\u2014\"'"),
        versions=tuple(segment.text for segment in recordings if segment.kinds),
        kinds=frozenset(kind for segment in recordings for kind in segment.kinds),
        cut=next((segment.cut for segment in recordings if segment.cut), ""),
        names=tuple(dict.fromkeys(name for segment in recordings for name in segment.names)),
        guests=guests,
        spoken=spoken,
        year=next((segment.year for segment in segments if segment.year), None),
        labels=tuple(segment.text for segment in segments if segment.role == "label"),
        text=text,
        remains=read_remains(sound),
    )


def _split(text: str) -> tuple[str, list[Segment], list[Segment]]:
    """The title's own words, all segments in order, and those that stood behind a dash."""
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
    if inline := _INLINE_GUESTS.search(rest):
        segments.append(Segment("guests", fold_list(inline[1])))
        rest = rest[: inline.start()] + rest[inline.end() :]
    base, *tails = _DASH.split(rest)
    if bare := _BARE_VERSION.search(base):
        segments.append(read_segment(bare[1]))
        base = base[: bare.start()]
    behind = [read_segment(tail) for tail in tails if fold(tail)]
    return base, segments + behind, behind


@lru_cache(maxsize=1 << 12)
def numbers_in(spoken: str) -> frozenset[str]:
    """Numbers that must agree: digits, "Part One", "Act II", others at the end or before a dot."""
    words = fold(spoken).split()
    numbers = {word.lstrip("0") or "0" for word in words if word.isdigit()}
    numbers.update(_COUNTED.findall(canonical(spoken)))
    numbers.update(_roman(hit) for hit in _ROMAN.findall(spoken.upper()))
    if words and words[-1] in _LAST_WORDS:
        numbers.add(str(_LAST_WORDS[words[-1]]))
    return frozenset(numbers)


def _roman(letters: str) -> str:
    values = [_ROMAN_DIGITS[letter] for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-value if value < after else value for value, after in pairs))
