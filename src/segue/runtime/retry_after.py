"""How long a service asks to wait, by its response headers."""

import math
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(hours=1)  # a service that says more is asked again after this


def retry_wait(header: Callable[[str], str | None], *, now: float) -> timedelta | None:
    """How long the service asks to wait; > 0, at most an hour. None: it did not say, or nonsense.

    Args:
        header: Gives a response header by its lower-case name.
        now: Epoch seconds.

    Source: RFC 9110, section 10.2.3 (seconds or a date); ``retry-after-ms`` is OpenAI's own.
    """
    in_milliseconds = _number(header("retry-after-ms"))
    retry_after = header("retry-after")
    for seconds in (
        in_milliseconds / 1000 if in_milliseconds is not None else None,
        _number(retry_after),
        _until(retry_after, now),
    ):
        if seconds is not None and seconds > 0:
            return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
    return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _until(text: str | None, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text or "").timestamp() - now
    except (ValueError, OverflowError):
        return None
