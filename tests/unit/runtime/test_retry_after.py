from datetime import timedelta
from email.utils import formatdate

import pytest
from hypothesis import given, strategies as st

from segue.runtime.retry_after import LONGEST_WAIT, retry_wait

NOW = 1_795_000_000.0


def told(now=NOW, **headers):
    return retry_wait(lambda name: headers.get(name.replace("-", "_")), now=now)


def test_seconds_are_taken():
    assert told(retry_after="7") == timedelta(seconds=7)
    assert told(retry_after="0.5") == timedelta(seconds=0.5)


def test_a_date_is_taken_as_the_time_until_it():
    assert told(retry_after=formatdate(NOW + 90, usegmt=True)) == timedelta(seconds=90)


def test_milliseconds_win_over_rounded_seconds():
    assert told(retry_after_ms="200", retry_after="1") == timedelta(milliseconds=200)


def test_a_wait_is_never_longer_than_an_hour():
    assert told(retry_after="86400") == LONGEST_WAIT
    assert told(retry_after=formatdate(NOW + 864000, usegmt=True)) == LONGEST_WAIT


@pytest.mark.parametrize("value", ["", "soon", "-1", "0", "nan", "inf", "-inf", "1e999", "12:00"])
def test_nonsense_is_no_wait(value):
    assert told(retry_after=value) is None
    assert told(retry_after_ms=value) is None


def test_a_date_in_the_past_is_no_wait():
    assert told(retry_after=formatdate(NOW - 5, usegmt=True)) is None


def test_nonsense_in_milliseconds_leaves_the_seconds():
    assert told(retry_after_ms="x", retry_after="3") == timedelta(seconds=3)


def test_no_header_is_no_wait():
    assert told() is None


@given(st.text(), st.text())
def test_whatever_a_service_says_the_wait_is_positive_and_bounded(after, after_ms):
    wait = told(retry_after=after, retry_after_ms=after_ms)
    assert wait is None or timedelta(0) < wait <= LONGEST_WAIT
