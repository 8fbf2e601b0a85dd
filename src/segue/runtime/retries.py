"""Retry policies of activities: each has an end, and says why it is so.

Temporal's default policy never ends: a fault that time does not heal would hang a run for ever. An
outage does heal; what waits for its end stands in ``outages``.
"""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

# Nothing to gain from a second try, or harm: a write that cannot be told apart from its repetition.
ONCE = RetryPolicy(maximum_attempts=1)

# A read over HTTP or of our own database: it repeats without harm. A killed worker counts as an
# attempt too, so the bound leaves room for many; the waits grow to 30 s, eight minutes in all. A
# longer wait that a catalogue asks for itself (Retry-After) replaces the interval, see ``faults``.
REPEATABLE = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=20,
)

# The same for somebody who waits for the answer and can try again: half a minute in all.
ANSWERED_SOON = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=6,
)


class WaitedCall(TypedDict):
    """Options of an activity that waits for a worker for a bounded time only."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy
