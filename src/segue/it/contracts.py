"""What faces see of IT: fields are never renamed, because clients and histories hold them."""

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProjectSet(_Answer):
    """The Jira project that later questions are about."""

    project: str


class JiraMetrics(_Answer):
    """Issues of a Jira project, counted now.

    Attributes:
        project: As it was set.
        name: As Jira calls the project.
        created_last_week: In the last seven days, as ``resolved_last_week``.
        source: Who says so.
        offline: It is sample data and nobody's project.
    """

    project: str
    name: str
    total: int
    to_do: int
    in_progress: int
    done: int
    created_last_week: int
    resolved_last_week: int
    source: str
    offline: bool = False


class TrackedAddress(_Answer):
    """An IP address, and when it was tracked.

    Attributes:
        at: ISO 8601 in UTC.
        seen: The call came from it; False: the caller named it.
    """

    address: str
    at: str
    seen: bool


class IpHistory(_Answer):
    """The tracked addresses, oldest first; of very many the newest only."""

    addresses: tuple[TrackedAddress, ...]


class ItSession(_Answer):
    """A session: state of its own behind a handle.

    Attributes:
        session: The handle that the other tools take.
        expires_at: ISO 8601 in UTC.
    """

    session: str
    expires_at: str


class ItSessionList(_Answer):
    """The user's sessions, newest first."""

    sessions: tuple[ItSession, ...]


class ItSessionClosed(_Answer):
    """A session that is gone, with its state."""

    session: str
