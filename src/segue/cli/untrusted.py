"""Titles, names and reasons come from strangers: what of them may reach a terminal."""

import unicodedata

from rich.style import Style
from rich.text import Text

_INVISIBLE_BUT_MEANT = "\u200c\u200d"  # joiners of emoji and of Arabic and Indic scripts
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """The text on one line, without what could steer a terminal or reverse the reading direction.

    Line breaks and tabs become a space, other control characters and lone surrogates a replacement
    mark; direction overrides and further invisible format characters go.
    """
    return "".join(_harmless(character) for character in text)


def cell(text: str, style: str | Style = "") -> Text:
    """Text for Rich that is never read as markup."""
    return Text(plain(text), style=style)


def _harmless(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cs"}:
        return _REPLACEMENT
    if category == "Cf" and character not in _INVISIBLE_BUT_MEANT:
        return ""
    return character
