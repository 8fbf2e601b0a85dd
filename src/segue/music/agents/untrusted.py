"""Texts that strangers wrote, as models may see them: short, visible, and always as JSON data.

A title may hold instructions, forged tool results, or characters that nobody sees. None of it can
be made harmless by cleaning; only what hides is taken away here. What keeps a playlist
safe is that no choice of a model is acted upon unchecked.
"""

import json
import unicodedata
from typing import Any, Final

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.verdicts import ScoredTrack, Verdict

FIELD_CHARACTERS: Final = 200  # longer than any title that is meant to be read
_LISTED: Final = 5

# Controls, invisible format characters (zero width, bidirectional, tags), lone surrogates, private
# use, and the two separators that some readers take for a new line.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SELECTORS: Final = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # they can carry text that nobody sees


def plain(text: str, most: int = FIELD_CHARACTERS) -> str:
    """``text`` in one line of visible characters, cut to ``most`` of them."""
    # A text of megabytes is cut before it is walked through; what is hidden counts as well there.
    head = text[: 4 * most]
    one_line = "".join(" " if character in "\t\r\n" else character for character in head)
    visible = "".join(character for character in one_line if not _is_hidden(character))
    return " ".join(visible.split())[:most].rstrip()


def song_data(song: SongMetadata) -> dict[str, Any]:
    """A wish as data; what is not known is left out."""
    fields: dict[str, Any] = {
        "title": plain(song.title),
        "artist": plain(song.artist),
        "album": plain(song.album or ""),
        "year": song.year,
        "duration_ms": song.duration_ms,
        "isrc": plain(song.isrc or ""),
    }
    return {name: value for name, value in fields.items() if value or name in {"title", "artist"}}


def track_data(track: Track) -> dict[str, Any]:
    """A catalogue's track as data."""
    fields: dict[str, Any] = {
        "uri": track.uri,
        "title": plain(track.title),
        "artists": [plain(artist) for artist in track.artists[:_LISTED]],
        "album": plain(track.album or ""),
        "release_date": plain(track.release_date or ""),
        "duration_ms": track.duration_ms,
        "isrc": plain(track.isrc or ""),
    }
    return {name: value for name, value in fields.items() if value}


def scored_data(candidate: ScoredTrack) -> dict[str, Any]:
    """A compared track as data: how near it is, what differs, and whether that forbids it."""
    return {
        **track_data(candidate.track),
        "confidence": candidate.confidence,
        "forbidden": is_forbidden(candidate),
        "differences": [
            plain(line.detail) for line in candidate.penalties[:_LISTED] if line.detail
        ],
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict of the matcher as data."""
    return {
        "decision": verdict.decision,
        "uri": verdict.track.uri if verdict.track else None,
        "confidence": verdict.confidence,
        "reason": plain(verdict.reason),
        "candidates": [scored_data(candidate) for candidate in verdict.alternatives],
    }


def clean_data(data: Any) -> Any:  # noqa: ANN401 - JSON of whatever shape a server gave it
    """Make every text in JSON data from elsewhere plain."""
    match data:
        case str():
            return plain(data)
        case list():
            return [clean_data(each) for each in data]  # pyright: ignore[reportUnknownVariableType] - JSON
        case dict():
            return {plain(str(key)): clean_data(value) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        case _:
            return data


def as_data(**parts: Any) -> str:  # noqa: ANN401 - JSON
    """The parts as one line of JSON, as it goes to a model."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def is_forbidden(candidate: ScoredTrack) -> bool:
    """Whether a veto of the matcher rules the track out."""
    return any(line.veto for line in candidate.penalties)


def _is_hidden(character: str) -> bool:
    if unicodedata.category(character) in _HIDDEN:
        return True
    return any(first <= ord(character) <= last for first, last in _SELECTORS)
