"""One line in the log when the database goes away, and one when it is back."""

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)


class OutageLog:
    """Whether the database answers, as the log is told it: at the changes only.

    An outage fails every statement of every task, a thousand times a minute on a busy worker.

    Args:
        place: Where the database is, without a password.
        clock: Seconds, monotonic.
    """

    def __init__(self, place: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock
        self._since: float | None = None
        self._failures = 0

    def note_failure(self, kind: str) -> None:
        """A statement found no database, for a reason of this kind."""
        self._failures += 1
        if self._since is None:
            self._since = self._clock()
            logger.warning(
                "The database at %s does not answer (%s); what needs it is tried again.",
                self._place,
                kind,
            )

    def note_answer(self) -> None:
        """A statement was answered."""
        if self._since is None:
            return
        seconds, self._since = self._clock() - self._since, None
        logger.warning(
            "The database at %s answers again, after %.0f s and %d failures.",
            self._place,
            seconds,
            self._failures,
        )
        self._failures = 0
