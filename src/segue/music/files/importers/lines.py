"""Plain lists, one song a line: "Artist - Title", "Title by Artist", "01. Artist - Title"."""

import re
from collections.abc import Iterator

from segue.music.contracts.imports import RejectedRow
from segue.music.files.importers.delimited import Line, physical_lines
from segue.music.files.importers.input_file import InputFile
from segue.music.files.importers.rows import RawSong
from segue.music.files.importers.values import MAX_FIELD, excerpt

_BULLET = re.compile(r"(?:[-*•·▪\u2013\u2014]|\[[ xX]\])\s+")
# "01. ", "1) ", "#1: ", "[12] "; never a bare number: "99 Luftballons", "1979 - The Smiths".
_NUMBER = re.compile(r"(?:\d{1,4}[.)](?!\d)|#\d{1,4}[.:)]|\[\d{1,4}\])\s*(?=\S)")
# "03 - Artist - Title": a number is only taken for one when a whole pair follows it.
_NUMBER_AND_DASH = re.compile(r"\d{1,3} [-\u2013\u2014] (?=.*\S [-\u2013\u2014] \S)")
# Only in brackets or after a tab: "4:44" and "22:22" are titles.
_LENGTH = re.compile(r"[(\[](\d{1,2}(?::\d\d){1,2})[)\]]$|\t(\d{1,2}(?::\d\d){1,2})$")
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
    length = _LENGTH.search(text)
    if length:
        text = text[: length.start()].rstrip()
    for mark in (_BULLET, _NUMBER, _NUMBER_AND_DASH):
        match = mark.match(text)
        text = text[match.end() :] if match else text
    title = " - ".join(
        part for part in text.split("\t") if part and not _ONLY_DIGITS.fullmatch(part)
    )
    duration = "" if length is None else length.group(1) or length.group(2)
    return RawSong(line=number, title=title or text.strip(), duration=duration, uri=uri)
