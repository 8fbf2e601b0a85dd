"""How people name a playlist: by its URI, its link, its id, or what it is called.

A new name becomes a new playlist, so what was meant as an address must never pass for a name.
"""

import re
import unicodedata

from segue.errors.input import InputError

_PLAYLIST = re.compile(
    r"(?:spotify:playlist:|(?:https?://)?[^\s/]+/(?:\S+/)?playlist/)([0-9A-Za-z]{22})(?:[/?#]\S*)?"
)
_ADDRESS = re.compile(
    r"spotify:\S|https?:/|www\.\S+/"
    r"|(?:[\w-]+\.)*(?:spotify\.(?:com|link)|youtube\.com|youtu\.be|deezer\.com|tidal\.com"
    r"|apple\.com)/",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"[:/](album|track|artist|show|episode|user|collection|playlist)(?![a-z])", re.IGNORECASE
)
# Controls, direction marks and what nobody sees: with them two names look alike.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling, and emoji, need them


def playlist_id(reference: str) -> str | None:
    """The id in a playlist's URI or link; None for what is a name, or a bare id.

    Raises:
        InputError: The address of something else, a cut one, or a name that nobody could read.
    """
    reference = reference.strip()
    if playlist := _PLAYLIST.fullmatch(reference):
        return playlist.group(1)
    if _ADDRESS.match(reference):
        raise InputError(
            f"expected a playlist's name, id, URI or link; got {_what(reference)}",
            hint="A playlist's URI is spotify:playlist: and 22 letters and digits; copy it whole.",
        )
    if any(_is_unseen(character) for character in reference):
        raise InputError(
            "expected a playlist's name; got one with control or direction characters",
            hint="Type the name anew.",
        )
    return None


def _what(address: str) -> str:
    kind = _KIND.search(address)
    if kind is None:
        return "an address that is no playlist's"
    word = kind.group(1).lower()
    if word == "playlist":
        return "a playlist's address that is cut or misspelt"
    return f"the address of {'an' if word[0] in 'aeiou' else 'a'} {word}"


def _is_unseen(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _UNSEEN
