"""How long activities may take and how often they are tried: one set for each kind of call."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

from segue.music.wire.names import SEARCH_QUEUE
from segue.runs.limits import TOOL_CALL
from segue.runtime.heartbeats import HEARTBEAT
from segue.runtime.retries import ANSWERED_SOON, ONCE, REPEATABLE


class CallOptions(TypedDict):
    """What a call of an activity says besides its name and argument."""

    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


class QueuedOptions(CallOptions):
    """The same, where the activity waits in another queue than its workflow."""

    task_queue: str


# One catalogue request, which the client bounds at 30 s, or a turn of the database.
SHORT_CALL: CallOptions = {
    "start_to_close_timeout": timedelta(minutes=2),
    "heartbeat_timeout": HEARTBEAT,
    "retry_policy": REPEATABLE,
}

# A playlist of 10,000 items (Spotify's most) takes 200 catalogue requests to read.
LONG_CALL: CallOptions = {**SHORT_CALL, "start_to_close_timeout": timedelta(minutes=15)}

# Somebody waits for the answer at a terminal or over HTTP, and can ask again.
ANSWERED_CALL: CallOptions = {**LONG_CALL, "retry_policy": ANSWERED_SOON}

# Searches wait in a queue of their own, where no clock runs: a worker takes no more of them than
# have their turn in time. A replay does not look at an activity's queue.
SEARCH_CALL: QueuedOptions = {**LONG_CALL, "task_queue": SEARCH_QUEUE}

# A model waits for it and can do something else, so it is given up sooner.
LONG_TOOL_CALL: CallOptions = {**LONG_CALL, "retry_policy": TOOL_CALL.retry()}

# An edit is sent once; what an unclear ending means is found by reading, never by sending again.
EDIT_CALL: CallOptions = {**SHORT_CALL, "retry_policy": ONCE}

# How long a write may stay invisible to readers before we believe that it did not happen.
# Source: public measurements of September 2026 put Spotify's items at about 0.6 s after a write
# (eXPerience83/news-bulletin-playlist, issue 101).
SETTLE = timedelta(seconds=3)
