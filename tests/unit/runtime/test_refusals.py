"""Who keeps guessing is told to wait."""

from segue.runtime.refusals import Refusals


def test_so_many_in_a_minute_and_then_a_wait_that_ends():
    now = 0.0
    refusals = Refusals(2, clock=lambda: now)

    waits = [refusals.count("ada") for _ in range(4)]
    other = refusals.count("bob")
    now = 61.0

    assert (waits, other, refusals.count("ada")) == ([0, 0, 60, 60], 0, 0)


def test_an_address_that_was_long_silent_is_forgotten_before_memory_grows():
    refusals = Refusals(1, clock=lambda: 0.0)
    refusals.count("first")
    assert refusals.count("first") > 0

    for number in range(10_000):
        refusals.count(f"other {number}")

    assert refusals.count("first") == 0
