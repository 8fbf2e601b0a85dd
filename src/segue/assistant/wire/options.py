"""How long and how often a tool of the assistant may be tried."""

from dataclasses import replace
from datetime import timedelta

from segue.runs.limits import TOOL_CALL, CallLimits

# Microseconds of work: a worker that died with it is noticed by the time alone.
CALCULATION = CallLimits(
    start_to_close=timedelta(seconds=5), schedule_to_close=timedelta(minutes=2), attempts=5
)
# Two requests of at most 10 s; it heartbeats.
WEATHER_CALL = TOOL_CALL
# Asked for at the beginning of a turn: a server that is away is waited for once, and not for long.
TOOL_LIST = CallLimits(
    start_to_close=timedelta(seconds=15), schedule_to_close=timedelta(seconds=30), attempts=2
)
# Servers answer within 50 s; one that was started again does so within the waits.
SERVER_TOOL_CALL = CallLimits(
    start_to_close=timedelta(seconds=75), schedule_to_close=timedelta(minutes=3), attempts=5
)
# Of a server that was away when the turn began: somebody waits to be told so.
AWAY_TOOL_CALL = replace(SERVER_TOOL_CALL, attempts=2)
