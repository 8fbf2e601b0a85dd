"""How long activities of IT may take, and how often they are tried."""

from datetime import timedelta

from segue.runtime.retries import ANSWERED_SOON, REPEATABLE, WaitedCall

# Short statements to our own database; while it is away, the session waits.
RECORD_CALL: WaitedCall = {
    "start_to_close_timeout": timedelta(seconds=10),
    "schedule_to_close_timeout": timedelta(minutes=15),
    "retry_policy": REPEATABLE,
}
# Six requests, each of which the client bounds at ten seconds of silence. The whole leaves time for
# a worker that is away to come back.
METRICS_CALL: WaitedCall = {
    "start_to_close_timeout": timedelta(seconds=40),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "retry_policy": ANSWERED_SOON,
}
