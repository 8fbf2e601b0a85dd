"""The toy cannot do what was asked."""

from segue.errors.base import SegueError


class TallyError(SegueError):
    """The text has nothing to count, or too much."""

    code = "tally.not_countable"
    status = 422
    exit_code = 3
    default_hint = "Give it some words."
