"""Payloads of workflows and activities of IT."""

from pydantic import BaseModel

from segue.it.contracts import TrackedAddress


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
