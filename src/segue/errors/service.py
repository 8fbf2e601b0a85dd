"""A service of somebody else, which a tool asks, said no."""

from datetime import timedelta

from segue.errors.base import SegueError


class ServiceError(SegueError):
    """A service of somebody else refused or failed a call."""

    code = "service.error"
    status = 502
    exit_code = 5


class ServiceUnavailableError(ServiceError):
    """No connection, no answer in time, or a 5xx answer."""

    code = "service.unavailable"
    status = 503
    retryable = True
    default_hint = "Ask again in a while."


class ServiceRateLimitedError(ServiceError):
    """Too many calls; the service says when to come back.

    Attributes:
        retry_after: How long to wait before any further call; > 0.
    """

    code = "service.rate_limited"
    status = 429
    retryable = True
    default_hint = "Ask again in a while."

    def __init__(self, message: str, *, retry_after: timedelta, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ServiceRefusedError(ServiceError):
    """The service does not take the key that Segue has, or does not let it do this."""

    code = "service.refused"
    status = 502
    exit_code = 3
    default_hint = "Check the key of the service in the settings: `segue doctor` lists them."


class ServiceAnswerError(ServiceError):
    """The service's answer has not the documented shape."""

    code = "service.unexpected_answer"
    retryable = True
    default_hint = "Ask again; if it stays, look at the service's address in the settings."
