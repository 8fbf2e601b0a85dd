"""How many of a thing a key may have at the same moment, in this process."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from segue.errors.api import TooManyRequestsError

RETRY_AFTER = timedelta(seconds=15)


class Places:
    """Places by owner, taken before anything is waited for and left at the end.

    Args:
        limit: Of one owner, >= 1.
        things: What they are, in the plural.
    """

    def __init__(self, limit: int, things: str) -> None:
        self._limit = limit
        self._things = things
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, owner: str) -> Generator[None]:
        """Hold one while the body runs.

        Raises:
            TooManyRequestsError: The owner has as many as it may.
        """
        if self._taken[owner] >= self._limit:
            raise TooManyRequestsError(
                f"expected at most {self._limit} {self._things} at once, more came",
                retry_after=RETRY_AFTER,
            )
        self._taken[owner] += 1
        try:
            yield
        finally:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
