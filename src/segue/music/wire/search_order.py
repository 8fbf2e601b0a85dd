"""Who searches first: the first songs of any playlist, before the later ones of others."""

from temporalio.common import Priority

FIRST = 1  # of Temporal's five priorities; for a song by itself too
USUAL = 3  # what Temporal takes where nothing is said

# Rows of a playlist that go before others' later ones. So a small playlist never waits for a large
# one, and a large one waits only for so many songs of each that comes after it.
_FIRST_ROWS, _NEXT_ROWS = 10, 100


def step_of(row: int) -> int:
    """The priority of a playlist's row, from 0; the lower number goes first."""
    if row < _FIRST_ROWS:
        return FIRST
    return FIRST + 1 if row < _NEXT_ROWS else USUAL


def priority_of(row: int) -> Priority:
    """The same for Temporal, which orders by it what no worker has taken yet."""
    return Priority(priority_key=step_of(row))
