"""Spotify-like ids: 22 characters of base 62.

Source: Spotify Web API, concepts, Spotify URIs and IDs.
"""

import hashlib
import re
import secrets
import string

ALPHABET = string.digits + string.ascii_lowercase + string.ascii_uppercase
LENGTH = 22
ID = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")
TRACK_URI = re.compile(rf"spotify:track:({ID.pattern})")


def new_id() -> str:
    """An id that nothing else has."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def derived_id(*parts: str) -> str:
    """The id that always belongs to these words, for artists and albums we know by name only."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest())
    digits: list[str] = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)
