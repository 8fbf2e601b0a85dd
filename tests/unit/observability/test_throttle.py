"""Logs that strangers cause do not fill the disk."""

import logging

import pytest

from segue.observability.throttle import Throttle, throttling


def record(text: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("toy", logging.WARNING, "", 0, text, args, None)


def test_the_same_is_logged_once_a_minute_with_how_many_were_left_out() -> None:
    now = 0.0
    throttle = Throttle(every=60, clock=lambda: now)

    first = [throttle.filter(record("socket %d", number)) for number in range(1000)]
    other = throttle.filter(record("something else"))
    now = 60.0
    later = record("socket %d", 1000)

    assert (sum(first), other) == (1, True)
    assert throttle.filter(later)
    assert later.getMessage() == "socket 1000 (999 more like this were not logged)"


def test_a_logger_is_bounded_while_its_server_runs(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("toy.server")
    with throttling("toy.server"):
        for _ in range(10):
            logger.warning("Invalid HTTP request received.")
    logger.warning("Invalid HTTP request received.")

    assert len(caplog.records) == 2
