"""The HTTP API cannot take a request."""

from datetime import timedelta

from segue.errors.base import SegueError


class ApiError(SegueError):
    """The HTTP API cannot take a request."""

    code = "api.error"
    status = 400
    exit_code = 13


class UnauthenticatedError(ApiError):
    """No API key came, or one that is not valid (any more)."""

    code = "api.unauthenticated"
    status = 401
    default_hint = "Send `Authorization: Bearer KEY`; `segue keys create` makes one."


class ScopeMissingError(ApiError):
    """The API key is valid and not allowed to do this."""

    code = "api.scope_missing"
    status = 403
    default_hint = "Make a key with this scope: `segue keys create`."


class TooManyRequestsError(ApiError):
    """The key, or the address, asks too often.

    Attributes:
        retry_after: How long to wait; > 0.
    """

    code = "api.too_many_requests"
    status = 429
    retryable = True
    default_hint = "Wait as long as Retry-After says."

    def __init__(self, message: str, *, retry_after: timedelta, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class BodyTooLargeError(ApiError):
    """The request's body is larger than the route takes."""

    code = "api.body_too_large"
    status = 413
    default_hint = "Split the file, or raise SEGUE_UPLOAD_LIMIT_MB."


class StorageQuotaError(ApiError):
    """The API key has stored as much as it may."""

    code = "api.storage_quota"
    status = 403
    default_hint = "Delete imports that are not needed: DELETE /api/v1/imports/ID."


class MalformedRequestError(ApiError):
    """What came is no HTTP request, or one that can be understood in two ways."""

    code = "api.malformed_request"
    status = 400
    default_hint = "Look at what stands between the client and this server."


class RequestTimeoutError(ApiError):
    """The request's headers or body took too long."""

    code = "api.request_timeout"
    status = 408
    retryable = True
    default_hint = "Send it again, faster."


class OverloadedError(ApiError):
    """The server has more connections than it can hold."""

    code = "api.overloaded"
    status = 503
    retryable = True
    default_hint = "Come back in a moment."


class IdempotencyKeyReusedError(ApiError):
    """The Idempotency-Key was sent before, with another request."""

    code = "api.idempotency_key_reused"
    status = 409
    default_hint = "Take a new key for a new request."


class IdempotencyKeyBusyError(ApiError):
    """A request with the same Idempotency-Key is still being answered."""

    code = "api.idempotency_key_busy"
    status = 409
    retryable = True
    default_hint = "Send the same request again in a moment."


class KeyNotFoundError(ApiError):
    """No API key has this id."""

    code = "api.key_not_found"
    status = 404
    default_hint = "`segue keys list` shows them."
