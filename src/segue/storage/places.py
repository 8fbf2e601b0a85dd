"""Places in ordered lists: what a page says of its last row, read again for the next page."""

from segue.errors.input import InputError

_DIGITS = 18  # databases hold numbers up to 2**63


def place_of(when: float, key: str) -> str:
    """The place of a row in a list that is ordered by a time and then by a key."""
    return f"{when!r}_{key}"


def parse_place(place: str) -> tuple[float, str]:
    """The time and the key of a place.

    Raises:
        InputError: No page gave it.
    """
    when, _, key = place.partition("_")
    try:
        return float(when), key
    except ValueError:
        raise _not_a_place() from None


def parse_number(place: str) -> int:
    """The number of a place in a list that is ordered by a number.

    Raises:
        InputError: No page gave it.
    """
    if not (place.isascii() and place.isdecimal() and len(place) <= _DIGITS):
        raise _not_a_place()
    return int(place)


def _not_a_place() -> InputError:
    return InputError("The place in the list is not one that a page gave.")
