"""Names, queue, namespace, payloads and options of IT; frozen, because histories hold them."""

from datetime import timedelta
from typing import TypedDict

from pydantic import BaseModel
from temporalio.common import RetryPolicy

from segue.it.contracts import TrackedAddress
from segue.runtime.retries import ANSWERED_SOON, REPEATABLE

IT_NAMESPACE = "it-namespace"
IT_QUEUE = "it-tools-queue"
IT_SESSION = "ItSessionWorkflow"
SET_PROJECT = "set_project"
TRACK_IP = "track_ip"
JIRA_METRICS = "jira_metrics"
IP_HISTORY = "ip_history"
LOAD_SESSION = "it-load-session"
SAVE_SESSION = "it-save-session"
FETCH_METRICS = "it-fetch-metrics"

IDLE = timedelta(minutes=5)  # an open session keeps a stack in the background from ending
MOST_ADDRESSES = 500
MOST_CALLS = 100  # whose answers a session remembers for their repetitions


class CallRecord(BaseModel, frozen=True):
    """A call that changed a session; ``arguments`` and ``answer`` are JSON."""

    key: str
    arguments: str
    answer: str


class SessionState(BaseModel, frozen=True):
    """What a session knows, oldest first."""

    project: str | None = None
    addresses: tuple[TrackedAddress, ...] = ()
    calls: tuple[CallRecord, ...] = ()


class SessionStart(BaseModel, frozen=True):
    """Input of ``ItSessionWorkflow``.

    Attributes:
        session: Its id, under which its state is in the database.
        has_handle: A tool opened it, and it is kept no longer than its handle.
        state: Of the run before; None: it is read from the database.
    """

    session: str
    has_handle: bool = False
    state: SessionState | None = None


class SetProjectRequest(BaseModel, frozen=True):
    """Input of the update ``set_project``; ``key`` names the call and its repetitions."""

    key: str
    project: str


class TrackIpRequest(BaseModel, frozen=True):
    """Input of the update ``track_ip``; ``seen``: the call came from the address."""

    key: str
    address: str
    seen: bool


class SavedSession(BaseModel, frozen=True):
    """Input of ``it-save-session``."""

    session: str
    has_handle: bool
    state: SessionState


class MetricsRequest(BaseModel, frozen=True):
    """Input of ``it-fetch-metrics``."""

    project: str


class CallOptions(TypedDict):
    """What a call of an activity says besides its name and argument."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy


# Short statements to our own database; while it is away, the session waits.
RECORD_CALL: CallOptions = {
    "start_to_close_timeout": timedelta(seconds=10),
    "schedule_to_close_timeout": timedelta(minutes=15),
    "retry_policy": REPEATABLE,
}
# Six requests, each of which the client bounds at ten seconds of silence. The whole leaves time for
# a worker that is away to come back.
METRICS_CALL: CallOptions = {
    "start_to_close_timeout": timedelta(seconds=40),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "retry_policy": ANSWERED_SOON,
}
