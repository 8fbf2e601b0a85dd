"""Plain lists, one song a line: "Artist - Title", "Title by Artist", "01. Artist - Title"."""

import re
from collections.abc import Iterator
from dataclasses import replace

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import Line, physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.media_entries import Habits, song_of_path
from segue.music.files.importers.paths import looks_like_audio_path, read_path
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import MAX_FIELD, excerpt

_BULLET = re.compile(r"(?:[-*•·▪►\u2013\u2014]|\[[ xX]\]|w/)\s+")
# "01. ", "1) ", "(1) ", "#1: ", "[12] "; no bare number: "99 Luftballons", "1979 - The Smiths".
_NUMBER = re.compile(r"(?:\d{1,4}[.)](?!\d)|#\d{1,4}[.:)]|\[\d{1,4}\]|\(\d{1,3}\))\s*(?=\S)")
# "03 - Artist - Title": a number is only taken for one when a whole pair follows it.
_NUMBER_AND_DASH = re.compile(r"\d{1,3} [-\u2013\u2014] (?=.*\S [-\u2013\u2014] \S)")
_TIME = r"\d{1,2}(?::\d\d){1,2}"
_SPAN = rf"[(\[]?{_TIME}(?:\s*[-\u2013]\s*{_TIME})?[)\]]?"
# Where a song begins in a mix, in front or behind; a pair must stand beside it, because "4:44" and
# "22:22" are titles.
_PAIR = re.compile(r"\S\s+[-\u2013\u2014|~]\s+\S|\S\s+by\s+\S", re.IGNORECASE)
_TIME_BEFORE = re.compile(rf"{_SPAN}[.:]?\s*(?:[-\u2013\u2014|]\s+)?(?=\S)")
_TIME_BEHIND = re.compile(rf"[ \t](?:[-\u2013\u2014|@]\s*|at\s)?{_SPAN}$")
# The length, in brackets or after a tab.
_LENGTH = re.compile(rf"[(\[]({_TIME})[)\]]$|\t({_TIME})$")
_LONGEST_TIME = 40  # characters of a span of time behind a song, with what parts it
# What some lists write for the dash between artist and title.
_SEPARATOR = re.compile(r"[ \t](?:--+|//|::|=>|->|>)[ \t]")
_UNDERSCORES = re.compile(r"_[-\u2013]_")
_UNIDENTIFIED = re.compile(r"ID\s*[-\u2013]\s*ID", re.IGNORECASE)
# The address that people paste behind or before a song's name.
_ADDRESS = re.compile(r"[(<\[]*((?:https?://|spotify:[a-z]+:)[^\s<>()\[\]]+)[)>\]]*", re.IGNORECASE)
_ONLY_DIGITS = re.compile(r"\d+\.?")


def read_lines(source: InputFile) -> Iterator[RawSong | RejectedRow]:
    """Read one song a line.

    The line stays whole in the title, without number, bullet and length: which side of the dash is
    the artist is the matcher's question, since either order is common.
    """
    with source.text() as text:
        for line in physical_lines(text):
            if line.text.strip(" \t\r\ufeff"):
                yield _entry(line)


def _entry(line: Line) -> RawSong | RejectedRow:
    text = line.text.strip(" \r\ufeff")
    if len(text) > MAX_FIELD:
        reason = f"the line has more than {MAX_FIELD:,} characters"
    elif text.startswith(("# ", "// ")):
        reason = "a comment"
    elif not any(map(str.isalnum, text)):
        reason = "nothing to search for"
    elif _UNIDENTIFIED.search(text):
        reason = "a track that nobody has identified yet (ID)"
    elif looks_like_audio_path(text) and not _ADDRESS.search(text):
        return replace(song_of_path(read_path(text), Habits()), line=line.number)
    else:
        return song_of_line(line.number, text)
    return RejectedRow(line=line.number, reason=reason, text=excerpt(text))


def song_of_line(number: int, text: str) -> RawSong:
    """Give the song that one line of text names."""
    # Runs of white space would cost the patterns below quadratic time.
    text = "\t".join(" ".join(part.split()) for part in text.split("\t")).rstrip()
    uri = ""
    if (address := _ADDRESS.search(text)) and len(address.group()) < len(text):
        uri = address.group(1)
        text = _ADDRESS.sub(" ", text).strip(" \t-\u2013\u2014|:,;")
        if not any(map(str.isalpha, text)):
            return RawSong(line=number, title=uri)
    if _UNDERSCORES.search(text):
        text = text.replace("_", " ")
    length = _LENGTH.search(text)
    if length:
        text = text[: length.start()].rstrip()
    text = _SEPARATOR.sub(" - ", _without_marks(text))
    title = " - ".join(
        part for part in text.split("\t") if part and not _ONLY_DIGITS.fullmatch(part)
    )
    duration = "" if length is None else length.group(1) or length.group(2)
    return RawSong(line=number, title=title or text.strip(), duration=duration, uri=uri)


def _without_marks(text: str) -> str:
    """The line without bullet, number and time around its song, each once and in any order."""
    marks = [_BULLET, _NUMBER, _NUMBER_AND_DASH, _TIME_BEFORE]
    while hit := next((hit for mark in marks if (hit := _mark_before(mark, text))), None):
        marks.remove(hit.re)
        text = text[hit.end() :]
    behind = _TIME_BEHIND.search(text, max(0, len(text) - _LONGEST_TIME))
    return text[: behind.start()] if behind and _PAIR.search(text[: behind.start()]) else text


def _mark_before(mark: re.Pattern[str], text: str) -> re.Match[str] | None:
    """A mark at the beginning; of times only where a whole pair follows it."""
    hit = mark.match(text)
    if hit and mark is _TIME_BEFORE and not _PAIR.search(text, hit.end()):
        return None
    return hit
