"""Read a source row as the song that it asks for, in every way it can be meant.

A row with a title and an artist has one reading. A YouTube title or a line of text ("Artist -
Title", "Title by Artist") has several; each is compared, and the catalogue tells which was meant.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from segue.music.contracts.songs import SongMetadata
from segue.music.matching.artists import Credit, compare_credit, read_credit
from segue.music.matching.normalise import bound_length, fold, symbols
from segue.music.matching.titles import Title, read_title
from segue.music.matching.versions import read_segment

_NOT_A_SONG = re.compile(
    r"(?:deleted|private|unavailable|removed) (?:video|track|song)"
    r"|(?:audio )?(?:track|titel|piste|pista) ?\d*|untitled(?: \d+)?|unknown(?: title)?"
    r"|new recording(?: \d+)?|voice ?memos?(?: \d+)?|recording \d+|audio(?: recording)? \d+"
    r"|\d{1,4} \d{1,2} \d{1,4}(?: \d{1,2} \d{2}(?: \d{2})?)?"
)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")  # Source: ISO 3901, without dashes
_NOBODY = re.compile(
    r"unknown artist|unknown|<unknown>|various artists|various|n a|none|null|my iphone|\?{1,3}|"
)
_RECORDER = re.compile(r"voice ?memos?|my iphone|recorder|sprachmemos?")
_LINE_NUMBER = re.compile(r"^\s*(?:#?\d{1,3}\s*[.)\]:]\s+|\d{2,3}\s+-\s+|\d{2}\s+(?=\D))")
_TRACK_NUMBER = re.compile(r"^0\d[\s.-]+(?=\S)|^\d{1,2}\.\s+(?=\S)")
_BRACKET = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SAME_NAME = 0.3  # artist distance below which a part of a title is taken for the channel's artist
_LINE_YEAR = re.compile(r"\s*[(\[]((?:19|20)\d\d)[)\]]")
_PARTING = re.compile(r"\s+[-\u2013\u2014~]\s+|\s*\u2014\s*|\s+[|/]\s+|:\s+|\t+")
_MAY_PART = re.compile(
    r"[-\u2013\u2014~|/:\t\"\u201c\u00ab\u300c\u300e\u3010]|\sby\s", re.IGNORECASE
)
_BY = re.compile(r"\s+by\s+", re.IGNORECASE)
_NO_LABEL = 0.005  # the doubt of a reading without the labels of its line: it only breaks ties
_MOST_READINGS = 24  # a line of text that is a song has six or so
_QUOTED = re.compile(r"^(.{2,}?)\s*[-\u2013:]?\s*[\"“«「『【](.+?)[\"”»」』】]\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a row.

    Attributes:
        doubt: What it costs to read the row like this, 0 to 1.
    """

    title: Title
    credit: Credit
    doubt: float = 0.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A song to look for.

    Attributes:
        release_kinds: Kinds of recording that the release asked for holds the song as.
        refusal: Why the row is not a song, else empty.
        readings: The likeliest first.
    """

    readings: tuple[Reading, ...]
    album: Title | None = None
    year: int | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    release_kinds: frozenset[str] = frozenset()
    refusal: str = ""


def read_wish(song: SongMetadata) -> Wish:
    """Understand a source row; never raises, whatever the text."""
    if refusal := _refusal(song):
        return Wish((), refusal=refusal)
    title, artist, year = bound_length(song.title), bound_length(song.artist), song.year
    if not artist and not song.artists and (hit := _LINE_YEAR.search(title)):
        title, year = _LINE_YEAR.sub("", title, count=1), year or int(hit[1])
    return Wish(
        _readings(title, artist, song.artists),
        album=read_title(song.album) if song.album and fold(song.album) else None,
        year=year,
        duration_ms=song.duration_ms or None,
        isrc=song.isrc if song.isrc and _ISRC.fullmatch(song.isrc) else None,
    )


def _refusal(song: SongMetadata) -> str:
    title, artist = fold(bound_length(song.title)), fold(bound_length(song.artist))
    if not (title or (artist and symbols(song.title))):
        return "The row has no title."
    if _RECORDER.fullmatch(artist) or _RECORDER.fullmatch(fold(bound_length(song.album or ""))):
        return "The row is a voice recording, not a song."
    if _NOBODY.fullmatch(artist) and not song.artists and _NOT_A_SONG.fullmatch(title):
        return f"The row is not a song: {song.title!r} without an artist."
    return ""


# Searching and judging read the same wish several times in a row.
@lru_cache(maxsize=256)
def _readings(title: str, artist: str, apart: tuple[str, ...]) -> tuple[Reading, ...]:
    artist = "" if _NOBODY.fullmatch(fold(artist) or symbols(artist)) else artist
    pairs = _pairs(title, artist, apart)[:_MOST_READINGS]
    return tuple(_reading(*pair, apart) for pair in pairs)


def _pairs(title: str, artist: str, apart: tuple[str, ...]) -> list[tuple[str, str, float]]:
    if not (apart or artist):
        return [*_split_line(title), (title, "", 0.0)]
    without_number = _TRACK_NUMBER.sub("", title)
    pairs = [*_artist_in_title(title, artist), (title, artist, 0.0)]
    return pairs if without_number == title else [*pairs, (without_number, artist, 0.01)]


def _artist_in_title(title: str, artist: str) -> list[tuple[str, str, float]]:
    """Readings of a YouTube title whose channel is named too."""
    if not _MAY_PART.search(title):
        return []
    credit = read_credit(artist)
    return [
        (rest, artist, 0.0)
        for rest, name, _ in _split_line(title)
        if compare_credit(credit, (name,))[0] < _SAME_NAME and _says_more(rest)
    ][:2]


def _says_more(text: str) -> bool:
    """Whether a text can be a title: "2015 Remaster" cannot, "Live Forever" can."""
    segment = read_segment(text)
    return segment.role == "subtitle" or bool(segment.names)


def _split_line(line: str) -> list[tuple[str, str, float]]:
    """Readings of a line of text as title, artist and doubt; "Artist - Title" comes first.

    Labels are left out, because most are a video's; but a line may name the very pressing that a
    catalogue has, so it is read with them, too, and then for sure.
    """
    text, remarks = _without_labels(line)
    readings = [
        (f"{title} {remarks}".strip(), artist, doubt) for title, artist, doubt in _split_text(text)
    ]
    if fold(f"{text} {remarks}") == fold(line):
        return readings
    without_labels = [(title, artist, doubt + _NO_LABEL) for title, artist, doubt in readings]
    return [*without_labels, *_split_text(line)]


def _split_text(text: str) -> list[tuple[str, str, float]]:
    readings: list[tuple[str, str, float]] = []
    for core in dict.fromkeys((_LINE_NUMBER.sub("", text), text)):
        if quote := _QUOTED.match(core):
            rest = "" if read_segment(quote[3]).role == "label" else quote[3]
            readings.append((f"{quote[2]} {rest}", quote[1], 0.0))
        for left, right in _partings(core) or _halves(core):
            readings.append((right, left, 0.0))
            # "Lightning Crashes - Live" may be by Live; a version's name is likelier.
            is_name = read_segment(right).role == "subtitle"
            readings.append((left, right, 0.01 if is_name else 0.02))
        readings += [
            (core[: hit.start()], core[hit.end() :], 0.01)
            for hit in islice(_BY.finditer(core), _MOST_READINGS)
        ]
    return readings


def _without_labels(line: str) -> tuple[str, str]:
    """The line without its brackets and labels, and the brackets that say something."""
    remarks: list[str] = []

    def sort_out(hit: re.Match[str]) -> str:
        role = read_segment(hit[1]).role
        if role == "subtitle":
            return hit[0]
        if role != "label":
            remarks.append(hit[0])
        return " "

    text = _BRACKET.sub(sort_out, line)
    pieces = re.split(r"(\s+[|]\s+|\s+-\s+)", text)
    while len(pieces) > 2 and read_segment(pieces[-1]).role == "label":
        if len(pieces) == 3 and "|" not in pieces[1]:
            break  # "Artist - Audio": a song may be called so
        pieces = pieces[:-2]
    return "".join(pieces).strip(), " ".join(remarks)


def _partings(text: str) -> list[tuple[str, str]]:
    return [
        (text[: hit.start()], text[hit.end() :])
        for hit in islice(_PARTING.finditer(text), _MOST_READINGS)
        if fold(text[: hit.start()]) and fold(text[hit.end() :])
    ]


def _halves(text: str) -> list[tuple[str, str]]:
    """Both sides of the one comma of a line that nothing else parts ("Artist, Title")."""
    left, comma, right = text.partition(", ")
    return [(left, right)] if comma and ", " not in right and fold(left) and fold(right) else []


def _reading(title: str, artist: str, doubt: float, apart: tuple[str, ...]) -> Reading:
    parts = read_title(title)
    return Reading(parts, read_credit(artist, apart, parts.guests), doubt)
