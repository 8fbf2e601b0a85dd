"""Turn a catalogue's HTTP answer into parsed content or one error of our tree."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from segue.errors.catalogue import (
    CatalogueError,
    CatalogueUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    LoginRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaExceededError,
    RateLimitedError,
    UnexpectedResponseError,
)
from segue.music.catalogues.wire import ErrorBodyJson, ErrorJson

# Without a Retry-After we wait one whole rate-limit window.
# Source: Spotify Web API, concepts, rate limits: a rolling window of 30 seconds.
DEFAULT_RETRY_AFTER = timedelta(seconds=30)
LEAST_RETRY_AFTER = timedelta(milliseconds=1)  # "0" means at once, and the error promises > 0

# Failures that come before a byte of the request has left.
NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
NO_ROUTE_MESSAGE = "service not found"  # Source: spotify-web-api-php issue 266
OUT_OF_BOUNDS_MESSAGE = "index out of bounds"  # Spotify says it with 403: spotipy issue 716
MESSAGE_LIMIT = 200  # characters of the catalogue's own words that we pass on

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RequestInfo:
    """A request as its errors name it.

    Attributes:
        what: Method and path, without query and host.
        repeatable: Whether sending it a second time changes nothing more than sending it once.
        secret: Access token, taken out of whatever the catalogue echoes.
    """

    what: str
    repeatable: bool = True
    secret: str = ""


def parse(model: type[Model], response: httpx2.Response, request: RequestInfo) -> Model:
    """The content of a successful answer.

    Raises:
        UnexpectedResponseError: It is not JSON of the documented shape, and asking again is safe.
        OutcomeUnknownError: It is not, and the request had an effect that we now know nothing of.
    """
    try:
        return model.model_validate_json(response.content)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        what_came = f"not the documented answer: {where}: {first['type']}"
    raise _unusable(request, what_came, UnexpectedResponseError)


def no_answer_error(request: RequestInfo, failure: httpx2.RequestError) -> CatalogueError:
    """The error for a request that got no answer."""
    name = type(failure).__name__
    if isinstance(failure, NOT_SENT):
        return CatalogueUnavailableError(
            f"{request.what}: no connection ({name}); nothing was sent."
        )
    return _unusable(request, f"no answer came ({name})", CatalogueUnavailableError)


def no_such_route(response: httpx2.Response) -> bool:
    """Whether the catalogue does not know the path at all, as opposed to the thing it names."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return True
    if response.status_code != HTTPStatus.NOT_FOUND:
        return False
    body = _error_body(response)
    return body is None or NO_ROUTE_MESSAGE in body.message.lower()


def check(response: httpx2.Response, request: RequestInfo) -> None:
    """Let a 2xx answer pass and turn any other into its error.

    Raises:
        CatalogueError: The error that the status stands for.
    """
    if not response.is_success:
        _refuse(response, request)


def retry_after(response: httpx2.Response) -> timedelta:
    """How long to stay away: Retry-After in seconds or as a date, else one rate-limit window.

    A date is measured against the answer's own Date header, so that a wrong clock here does no
    harm.

    Source: RFC 9110, section 10.2.3.
    """
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return max(timedelta(seconds=min(int(value), 10**7)), LEAST_RETRY_AFTER)
    until, since = _http_date(value), _http_date(response.headers.get("date", ""))
    if until is None or since is None:
        return DEFAULT_RETRY_AFTER
    return max(until - since, LEAST_RETRY_AFTER)


def _refuse(response: httpx2.Response, request: RequestInfo) -> NoReturn:
    status = response.status_code
    body = _error_body(response) or ErrorBodyJson()
    message = _refusal_text(request, status, body.message)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = QuotaExceededError if body.reason == "QUOTA_EXCEEDED" else RateLimitedError
        raise kind(message, retry_after=retry_after(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _unusable(request, f"answered {status}", CatalogueUnavailableError)
    if status == HTTPStatus.FORBIDDEN and OUT_OF_BOUNDS_MESSAGE in body.message.lower():
        raise InvalidRequestError(message)
    if status >= 400:
        raise _REFUSALS.get(status, InvalidRequestError)(message)
    raise _unusable(request, f"answered {status} instead of 2xx", UnexpectedResponseError)


_REFUSALS: dict[int, type[CatalogueError]] = {
    HTTPStatus.UNAUTHORIZED: LoginRequiredError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.REQUEST_TIMEOUT: CatalogueUnavailableError,  # the server gave up reading: no effect
}


def _unusable(
    request: RequestInfo, why: str, if_repeatable: type[CatalogueError]
) -> CatalogueError:
    if request.repeatable:
        return if_repeatable(f"{request.what}: {why}.")
    return OutcomeUnknownError(
        f"{request.what}: {why}; it may or may not have happened.",
        hint="Nothing to do: the playlist is read back before anything is sent again.",
    )


def _refusal_text(request: RequestInfo, status: int, message: str) -> str:
    if request.secret:
        message = message.replace(request.secret, "[token]")
    return f"{request.what}: answered {status}: {message[:MESSAGE_LIMIT] or 'no reason given'}."


def _error_body(response: httpx2.Response) -> ErrorBodyJson | None:
    try:
        return ErrorJson.model_validate_json(response.content).error
    except ValidationError:
        return None


def _http_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except ValueError:
        return None
