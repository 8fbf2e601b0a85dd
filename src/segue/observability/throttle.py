"""Logs that strangers cause, bounded: the same once a minute, with how many were left out."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

EVERY_S = 60.0
_MOST_KINDS = 200  # more kinds of records than that a flood does not have


class Throttle(logging.Filter):
    """Lets a record through once in a while.

    Args:
        every: Seconds, > 0.
        clock: Monotonic seconds.
    """

    def __init__(self, every: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every = every
        self._clock = clock
        self._kinds: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        text = str(record.msg).partition("\n")[0]
        kind = (record.name, text, record.exc_info[0] if record.exc_info else None)
        now = self._clock()
        since, left_out = self._kinds.get(kind, (-self._every, 0))
        if now - since < self._every:
            self._kinds[kind] = (since, left_out + 1)
            return False
        if len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (now, 0)
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more like this were not logged)"
            record.args = None
        return True


@contextmanager
def throttling(*names: str) -> Generator[None]:
    """Bound what these loggers write while the body runs."""
    throttle = Throttle()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addFilter(throttle)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(throttle)
