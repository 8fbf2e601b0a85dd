"""Who keeps guessing is told to wait."""

from segue.runtime.refusals import Refusals


def test_so_many_in_a_minute_and_then_a_wait_that_ends():
    now = 0.0
    refusals = Refusals(2, clock=lambda: now)

    waits = [refusals.count("ada") for _ in range(4)]
    other = refusals.count("bob")
    now = 61.0

    assert (waits, other, refusals.count("ada")) == ([0, 0, 60, 60], 0, 0)
