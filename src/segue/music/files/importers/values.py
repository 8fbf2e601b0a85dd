"""Text cells into clean values: what cannot be understood is dropped, never guessed."""

import re
from html import unescape
from typing import Literal

# A title of this length is no title; the cap keeps hostile input out of histories and prompts.
MAX_FIELD = 10_240
_MAX_SHOWN = 200

# Controls, zero-width and bidirectional marks, lone surrogates and tag characters: nobody sees
# them, so they can only mislead a comparison, a terminal or a model. Joiners (U+200C, U+200D) stay:
# Persian and Indic spelling needs them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

DurationUnit = Literal["auto", "ms", "s"]

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?:[.,]\d+)?", re.ASCII)
_ISO_SPAN = re.compile(r"PT(?=\d)(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.\d+)?S)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}(?:[.,]\d{1,6})?", re.ASCII)
# A bare number below is seconds (17 min), one of five digits milliseconds; between, either is odd.
_LAST_SECONDS = 999
_FIRST_MILLISECONDS = 10_000
# "4.35": minutes and seconds, or parts of a minute, as spreadsheets leave them. Nobody can tell.
_SPREADSHEET_MINUTES = re.compile(r"\d{1,2}[.,]\d{1,2}", re.ASCII)
# "03:06:00" is what Excel makes of 3:06: it takes minutes for hours.
_SPREADSHEET_HOURS = re.compile(r"0?(\d{1,2}):([0-5]\d):00(?:[.,]0+)?", re.ASCII)
_SHORTEST_MS, _LONGEST_MS = 1_000, 24 * 3_600_000

_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)", re.ASCII)


def clean_text(text: str) -> str:
    """Give the text as a person sees it: unseen characters gone, runs of white space one space."""
    return " ".join(_UNSEEN.sub("", text).split())


def plain_text(text: str) -> str:
    """Give clean text with HTML's entities ("&#39;", "&amp;") as the letters they stand for."""
    return clean_text(_ENTITY.sub(lambda entity: unescape(entity.group()), text))


def excerpt(text: str) -> str:
    """Give a clean excerpt that fits on a report line."""
    text = clean_text(text[: 4 * _MAX_SHOWN])
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def parse_duration_ms(text: str, unit: DurationUnit = "auto") -> int | None:
    """Read "3:45", "1:02:03", "PT3M45S", "225", "225.5" or "225000".

    Args:
        text: The cell.
        unit: Of a bare number; ``auto`` takes up to 999 for seconds and numbers from 10,000 on
            for milliseconds, and drops what may be either, or a spreadsheet's minutes.

    Returns:
        Milliseconds between a second and a day, else None.
    """
    text = text.strip()
    if excel := _SPREADSHEET_HOURS.fullmatch(text):
        text = f"{excel.group(1)}:{excel.group(2)}"
    span = _CLOCK.fullmatch(text) or _ISO_SPAN.fullmatch(text.upper())
    if span:
        hours, minutes, seconds = (int(part or 0) for part in span.groups())
        duration = ((hours * 60 + minutes) * 60 + seconds) * 1_000
    elif _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        if unit == "auto" and (
            _SPREADSHEET_MINUTES.fullmatch(text) or _LAST_SECONDS < number < _FIRST_MILLISECONDS
        ):
            return None
        in_ms = unit == "ms" or (unit == "auto" and number >= _FIRST_MILLISECONDS)
        duration = round(number if in_ms else number * 1_000)
    else:
        return None
    return duration if _SHORTEST_MS <= duration <= _LONGEST_MS else None


def parse_year(text: str) -> int | None:
    """Read the year of "1999", "1999-01-01", "Apr 1, 1999" or "01/04/1999"; 1800 to 2099."""
    match = _YEAR.search(text[:_MAX_SHOWN])
    return int(match.group()) if match else None
