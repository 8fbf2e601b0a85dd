"""How often an activity is tried again: every policy here is bounded, and says why it is so.

Temporal's default policy never ends: a fault that time does not heal would hang a run for ever.
"""

from datetime import timedelta

from temporalio.common import RetryPolicy

# Nothing to gain from a second try: what failed is our own code, or the user must act.
ONCE = RetryPolicy(maximum_attempts=1)

# Our own database: locks clear in milliseconds and a restart takes seconds; about 12 s in all.
DATABASE = RetryPolicy(
    initial_interval=timedelta(milliseconds=100),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=5),
    maximum_attempts=8,
)

# A catalogue over HTTP: when one call in five fails, eight tries fail together once in 390,000
# calls; their waits add up to about a minute, the length of a restart. A longer wait that the
# catalogue asks for (Retry-After) replaces the interval, see ``faults``.
CATALOGUE = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=8,
)
