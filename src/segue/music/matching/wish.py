"""What a source row asks for, in every way it can be read.

A row with a title and an artist has one reading. A YouTube title or a line of text ("Artist -
Title", "Title by Artist") has several; each is compared, and the catalogue tells which was meant.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from segue.music.contracts import SongMetadata
from segue.music.matching.artists import Credit, compare_credit, read_credit
from segue.music.matching.normalise import fold, mark_damage, repair
from segue.music.matching.titles import Title, read_title
from segue.music.matching.versions import read_segment

_NOT_A_SONG = re.compile(
    r"(?:deleted|private|unavailable|removed) (?:video|track|song)"
    r"|(?:audio )?(?:track|titel|piste|pista) ?\d*|untitled(?: \d+)?|unknown(?: title)?"
    r"|new recording(?: \d+)?|voice ?memos?(?: \d+)?|recording \d+|audio(?: recording)? \d+"
    r"|\d{1,4} \d{1,2} \d{1,4}(?: \d{1,2} \d{2}(?: \d{2})?)?"
)
_NOBODY = re.compile(r"unknown artist|unknown|<unknown>|various artists|various|n a|none|null|my iphone|")
_RECORDER = re.compile(r"voice ?memos?|my iphone|recorder|sprachmemos?")
_LINE_NUMBER = re.compile(r"^\s*(?:#?\d{1,3}\s*[.)\]:]\s+|\d{2,3}\s+-\s+|\d{2}\s+(?=\D))")
_LINE_YEAR = re.compile(r"\s*[(\[]((?:19|20)\d\d)[)\]]\s*$")
_PARTING = re.compile(r"\s+[-–—~]\s+|\s*—\s*|\s+[|/]\s+|:\s+|\t+")
_BY = re.compile(r"\s+by\s+", re.IGNORECASE)
_QUOTED = re.compile(r"^(.{2,}?)\s*[-–:]?\s*[\"“«](.+?)[\"”»]\s*(.*)$")


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
    """A song as it is looked for.

    Attributes:
        refusal: Why the row is not a song, else empty.
        readings: The likeliest first.
    """

    readings: tuple[Reading, ...]
    album: Title | None = None
    year: int | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    refusal: str = ""


@lru_cache(maxsize=256)
def read_wish(song: SongMetadata) -> Wish:
    """Understand a source row; never raises, whatever the text."""
    if refusal := _refusal(song):
        return Wish((), refusal=refusal)
    artist = "" if _NOBODY.fullmatch(fold(song.artist)) else song.artist
    title, year = song.title, song.year
    if not artist and not song.artists and (hit := _LINE_YEAR.search(title)):
        title, year = title[: hit.start()], year or int(hit[1])
    pairs = _pairs(title, artist, song.artists)
    return Wish(
        tuple(_reading(title, artist, song.artists, doubt) for title, artist, doubt in pairs),
        album=read_title(song.album) if song.album and fold(song.album) else None,
        year=year,
        duration_ms=song.duration_ms or None,
        isrc=song.isrc,
    )


def _refusal(song: SongMetadata) -> str:
    title, artist = fold(song.title), fold(song.artist)
    if not title:
        return "The row has no title."
    if _RECORDER.fullmatch(artist) or _RECORDER.fullmatch(fold(song.album or "")):
        return "The row is a voice recording, not a song."
    if _NOBODY.fullmatch(artist) and not song.artists and _NOT_A_SONG.fullmatch(title):
        return f"The row is not a song: {song.title!r} without an artist."
    return ""


def _pairs(title: str, artist: str, apart: tuple[str, ...]) -> list[tuple[str, str, float]]:
    if apart or artist:
        return [(title, artist, 0.0), *_artist_in_title(title, artist)]
    return [*_split_line(title), (title, "", 0.0)]


def _artist_in_title(title: str, artist: str) -> list[tuple[str, str, float]]:
    """Readings of a YouTube title whose channel is named too."""
    found: list[tuple[str, str, float]] = []
    for left, right in _partings(title):
        for name, rest in ((left, right), (right, left)):
            if read_segment(name).role != "subtitle":
                continue
            if compare_credit(read_credit(artist), (_CLEAN.sub("", name),))[0] < 0.3:
                found.append((rest, artist, 0.0))
    return found[:2]


_CLEAN = re.compile(r"^\W+|\W+$")


def _split_line(line: str) -> list[tuple[str, str, float]]:
    """Readings of a line of text, "Artist - Title" before "Title - Artist"."""
    found: list[tuple[str, str, float]] = []
    stripped = _LINE_NUMBER.sub("", line)
    for text in dict.fromkeys((stripped, line)):
        if quoted := _QUOTED.match(text):
            found.append((f"{quoted[2]} {quoted[3]}", quoted[1], 0.0))
        for left, right in _partings(text):
            found.append((right, left, 0.0))
            if read_segment(right).role == "subtitle":
                found.append((left, right, 0.01))
        for hit in _BY.finditer(text):
            found.append((text[: hit.start()], text[hit.end() :], 0.01))
    return found


def _partings(text: str) -> list[tuple[str, str]]:
    return [
        (text[: hit.start()], text[hit.end() :])
        for hit in _PARTING.finditer(text)
        if fold(text[: hit.start()]) and fold(text[hit.end() :])
    ]


def _reading(title: str, artist: str, apart: tuple[str, ...], doubt: float) -> Reading:
    parsed = read_title(title)
    named = read_title(artist).plain if not apart and "(" in artist else artist
    del named
    return Reading(parsed, read_credit(artist, apart, parsed.guests), doubt)
