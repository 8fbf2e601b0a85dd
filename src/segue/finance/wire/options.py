"""How long activities of finance may take, and how often they are tried."""

from datetime import timedelta

from segue.runtime.retries import ANSWERED_SOON, WaitedCall

# One request, which the client bounds at ten seconds of silence. The whole leaves time for a worker
# that is away to come back.
QUOTE_CALL: WaitedCall = {
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "retry_policy": ANSWERED_SOON,
}
