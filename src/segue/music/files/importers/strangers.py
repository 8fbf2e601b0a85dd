"""Text of other kinds, which must not be searched line by line as if each line were a song."""

import re

# What a text of this kind holds near its beginning.
_KINDS = (
    ("subtitles", re.compile(r"\A\s*(?:WEBVTT|\d+\s*\n\d\d:\d\d:\d\d[,.]\d{3} --> )")),
    (
        "a text with song words (LRC)",
        re.compile(r"\A\s*\[(?:ti|ar|al|by|offset|length):", re.IGNORECASE),
    ),
    ("a playlist of PotPlayer", re.compile(r"\A\s*DAUMPLAYLIST")),
    ("a playlist of AIMP", re.compile(r"^#-----(?:SUMMARY|CONTENT)-----#", re.MULTILINE)),
    ("a list for FFmpeg", re.compile(r"\A\s*ffconcat version|\A(?:file '[^\n]*'\s*\n){2}")),
    ("an address book or calendar", re.compile(r"\A\s*BEGIN:V(?:CARD|CALENDAR)")),
    (
        "an e-mail",
        re.compile(r"\A(?:Return-Path|Received|Delivered-To|MIME-Version): ", re.IGNORECASE),
    ),
    (
        "a program or script",
        re.compile(r"\A(?:#!|<\?php|import \w|from \w+ import |using |package )"),
    ),
    ("a style sheet", re.compile(r"\A\s*(?:@charset|[.#]?[\w-]+ *\{\s*\n?\s*[\w-]+:)")),
    (
        "a database dump",
        re.compile(
            r"\A\s*(?:-- MySQL dump|CREATE TABLE|INSERT INTO|BEGIN TRANSACTION)", re.IGNORECASE
        ),
    ),
    ("a YAML document", re.compile(r"\A(?:%YAML|---\s*\n\s*(?:- )?[\w-]+:)")),
    ("a file of settings (INI)", re.compile(r"\A\s*\[[^\]\n]{1,60}\]\s*\n\s*[\w.\- ]{1,60}=")),
    ("a torrent or magnet link", re.compile(r"\A(?:d8:announce|magnet:\?)")),
)
_SETTING = re.compile(r"[\w.\-\[\]]{1,60}\s?=\s?\S")
_MOSTLY = 0.7  # share of lines that are settings from which the text is a file of them
_FEWEST = 3


def name_of_stranger(head: str) -> str | None:
    """Name the kind of a text that is not a list of songs; None for one that may be."""
    for name, mark in _KINDS:
        if mark.search(head):
            return name
    lines = [line for line in head.split("\n")[:200] if line.strip()]
    settings = sum(_SETTING.match(line.strip()) is not None for line in lines)
    if len(lines) >= _FEWEST and settings >= _MOSTLY * len(lines):
        return "a file of settings (NAME=VALUE)"
    return None
