"""Artist and title out of "Artist - Title", "03 Title" and paths that end in such a name."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from segue.music.files.importers.addresses import parse_uri, why_no_track

# A hyphen or a dash with space on both sides; "Jay-Z" and "Ne-Yo" have none.
_DASH = re.compile(r" [-\u2013\u2014] ")
# "03 Title", "1-03 Title", "3. Title", "12) Title"; not "99 Luftballons" or "7 rings".
_TRACK_NUMBER = re.compile(r"(?:0\d{1,2}|\d-\d{2})[\s._-]+(?=\S)|\d{1,3}[.)]\s+(?=\S)")
# As a whole part between dashes: "12", "007"; not "311", which is a band, nor "1999".
_NUMBER_PART = re.compile(r"\d{1,2}|0\d\d|\d-\d{2}")
_AUDIO = re.compile(
    r"\.(?:mp3|m4a|m4p|aac|flac|ogg|oga|opus|wav|wma|aif|aiff|alac|ape|mka|mp4|webm)$",
    re.IGNORECASE,
)


def looks_like_audio_path(line: str) -> bool:
    """Whether a line ends like the name of a sound file."""
    return bool(_AUDIO.search(line.strip()))


def split_display_name(text: str) -> tuple[str, str]:
    """Split "Artist - Title" at its first dash; the artist is empty where there is no dash.

    Source: the EXTINF convention of Winamp's M3U.
    """
    text = " ".join(text.split())
    parts = _DASH.split(text, maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 else ("", text)


def base_name(location: str) -> str:
    """Give the file's own name: folders can name their owner, so they go nowhere."""
    path = unquote(location) if "://" in location else location
    return PurePosixPath(path.replace("\\", "/")).name


def split_file_name(location: str) -> tuple[str, str]:
    """Read artist and title out of a path's file name.

    Track numbers in front and between are dropped, and of "Artist - Album - 03 - Title" the album.
    """
    if not looks_like_audio_path(location) and (parse_uri(location) or why_no_track(location)):
        return "", ""  # an address, which is no name
    name = _AUDIO.sub("", base_name(location))
    if " " not in name:
        name = name.replace("_", " ")
    name = _leading_number_gone(" ".join(name.split()))
    parts = _DASH.split(name)
    while len(parts) > 1 and _NUMBER_PART.fullmatch(parts[0]):
        parts = parts[1:]
    if len(parts) > 2 and _NUMBER_PART.fullmatch(parts[-2]):
        return parts[0], parts[-1]
    return ("", parts[0]) if len(parts) == 1 else (parts[0], " - ".join(parts[1:]))


def _leading_number_gone(name: str) -> str:
    number = _TRACK_NUMBER.match(name)
    return name[number.end() :] if number else name
