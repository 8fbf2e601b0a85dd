"""How long and how often a tool of the assistant may be tried."""

from datetime import timedelta

from segue.runs.limits import TOOL_CALL, CallLimits

# Microseconds of work: a worker that died with it is noticed by the time alone.
CALCULATION = CallLimits(
    start_to_close=timedelta(seconds=5), schedule_to_close=timedelta(minutes=2), attempts=5
)
# Two requests of at most 10 s; it heartbeats.
WEATHER_CALL = TOOL_CALL
