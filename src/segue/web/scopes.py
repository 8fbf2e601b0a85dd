"""What an API key is and may do; the command line shows it without loading a database."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What an API key may do."""

    SYNC_READ = "sync:read"  # see its own runs
    SYNC_WRITE = "sync:write"  # upload, start and steer
    REVIEW_READ = "review:read"  # see the doubtful matches of everybody's runs
    REVIEW_WRITE = "review:write"  # decide them, for everybody's later runs
    CHAT_READ = "chat:read"  # see its own threads with the assistant
    CHAT_WRITE = "chat:write"  # talk
    APPROVALS_READ = "approvals:read"  # see what its own threads ask
    APPROVALS_WRITE = "approvals:write"  # decide it
    PATTERNS_READ = "patterns:read"  # see patterns of agents, and its own runs of them
    PATTERNS_WRITE = "patterns:write"  # run one
    METRICS_READ = "metrics:read"  # /metrics
    ADMIN = "admin"  # all of these, on everybody's runs


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret; times are epoch seconds.

    Attributes:
        id: Twelve hexadecimal digits, the middle part of the key.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None

    @property
    def is_admin(self) -> bool:
        """Whether it may do everything."""
        return Scope.ADMIN in self.scopes

    def may(self, scope: Scope) -> bool:
        """Whether it has the scope."""
        return self.is_admin or scope in self.scopes

    def is_active(self, now: float) -> bool:
        """Whether it opens anything at this time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class NewKey:
    """A key that was just made.

    Attributes:
        text: All of it, secret included; it is stored nowhere.
    """

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        """Without the secret, which a log or a traceback might show."""
        return f"NewKey({self.key!r})"
