"""What a name that does not exist was meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST_SHOWN = 60  # characters of somebody else's name


def unknown_name(name: str, names: Iterable[str]) -> str:
    """Say that there is no such name, and which one is meant or which there are.

    Args:
        name: As it came; from a stranger.
        names: All that exist.
    """
    by_letters = {_letters(each): each for each in names}
    near = get_close_matches(_letters(name[:_LONGEST_SHOWN]), by_letters, n=1)
    if near:
        meant = f"is {by_letters[near[0]]!r} meant?"
    else:
        meant = f"expected one of {', '.join(by_letters.values())}" if by_letters else "none exist"
    return f"unknown name {name[:_LONGEST_SHOWN]!r}; {meant}"


def _letters(name: str) -> str:
    """A name without case, dashes and underlines: what people and programs differ in."""
    return "".join(filter(str.isalnum, name)).casefold()
