"""A catalogue, Spotify or the local one, said no."""

from datetime import timedelta

from segue.errors.base import SegueError


class CatalogueError(SegueError):
    """A catalogue refused or failed a call."""

    code = "catalogue.error"
    status = 502
    exit_code = 5


class RateLimitedError(CatalogueError):
    """Too many calls; the catalogue says when to come back.

    Attributes:
        retry_after: How long to wait before any further call; > 0, up to a day in practice.
    """

    code = "catalogue.rate_limited"
    status = 429
    retryable = True
    is_outage = True
    default_hint = "Nothing to do: the sync waits and goes on by itself."

    def __init__(self, message: str, *, retry_after: timedelta, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class QuotaExceededError(RateLimitedError):
    """The developer account's quota is used up (Spotify's ``QUOTA_EXCEEDED``, since July 2026)."""

    code = "catalogue.quota_exceeded"


class CatalogueUnavailableError(CatalogueError):
    """A 5xx answer or no connection; the request had no effect that we rely on."""

    code = "catalogue.unavailable"
    status = 503
    retryable = True
    is_outage = True
    default_hint = "`segue doctor` says whether the catalogue answers; try again when it does."


class OutcomeUnknownError(CatalogueError):
    """A write was sent and no usable answer came: it may or may not have happened.

    Read the playlist back before sending anything again.
    """

    code = "catalogue.outcome_unknown"
    retryable = True
    is_outage = True
    default_hint = "Look whether it happened before you do it again; a sync does so by itself."


class WriteNotShownError(OutcomeUnknownError):
    """The catalogue took a write, and the playlist that was read back does not show it."""

    code = "catalogue.write_not_shown"
    is_outage = False
    default_hint = "Look who else writes to the playlist, then add it again."


class LoginRequiredError(CatalogueError):
    """No usable login: never logged in, consent withdrawn, or older than six months."""

    code = "catalogue.login_required"
    status = 401
    default_hint = "Run `segue login spotify`."


class ForbiddenError(CatalogueError):
    """The login is valid and not allowed to do this (another user's playlist, missing scope)."""

    code = "catalogue.forbidden"
    status = 403
    default_hint = "Name a playlist of your own, or log in anew: `segue login spotify`."


class NotFoundError(CatalogueError):
    """The playlist or track does not exist."""

    code = "catalogue.not_found"
    status = 404
    default_hint = "Look whether it was deleted, or name another."


class InvalidRequestError(CatalogueError):
    """The catalogue calls the request malformed: a defect of ours or a changed API."""

    code = "catalogue.invalid_request"
    status = 502
    default_hint = "A newer Segue may know what the catalogue expects now."


class UnexpectedResponseError(CatalogueError):
    """The answer has not the documented shape."""

    code = "catalogue.unexpected_response"
    retryable = True
    default_hint = "Try again later; a newer Segue may know the catalogue's new answers."
