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
    existing = list(names)
    near = near_name(name, existing)
    if near is not None:
        meant = f"is {near!r} meant?"
    else:
        meant = f"expected one of {', '.join(existing)}" if existing else "none exist"
    return f"unknown name {name[:_LONGEST_SHOWN]!r}; {meant}"


def near_name(name: str, names: Iterable[str]) -> str | None:
    """The name that is meant, where one is near enough.

    Args:
        name: As it came; from a stranger.
        names: All that exist.
    """
    by_letters = {_letters(each): each for each in names}
    near = get_close_matches(_letters(name[:_LONGEST_SHOWN]), by_letters, n=1)
    return by_letters[near[0]] if near else None


def _letters(name: str) -> str:
    """A name without case, dashes and underlines: what people and programs differ in."""
    return "".join(filter(str.isalnum, name)).casefold()
