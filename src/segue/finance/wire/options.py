"""How long activities of finance may take, and how often they are tried."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy

from segue.runtime.retries import ANSWERED_SOON


class CallOptions(TypedDict):
    """What a call of an activity says besides its name and argument."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# One request, which the client bounds at ten seconds of silence. The whole leaves time for a worker
# that is away to come back.
QUOTE_CALL: CallOptions = {
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "retry_policy": ANSWERED_SOON,
}
