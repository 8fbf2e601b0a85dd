"""Everything that goes wrong, answered alike: ``application/problem+json`` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from segue.errors.api import (
    ApiError,
    BodyTooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from segue.errors.base import SegueError
from segue.errors.catalogue import RateLimitedError
from segue.errors.input import InputError
from segue.errors.misspelling import unknown_name
from segue.errors.model import ModelRateLimitedError
from segue.runtime.http_problems import MEDIA_TYPE, SECURITY_HEADERS, problem_fields
from segue.web.contracts import InvalidField, Problem
from segue.web.known_names import UNKNOWN, known_names

_AWAY = frozenset({409, 503})  # what may have changed a second later
_MOST_FIELDS = 20  # a body can be wrong in as many places as it has


def problem(
    error: SegueError, *, status: int | None = None, fields: Sequence[InvalidField] = ()
) -> Response:
    """The answer for an error of ours.

    Args:
        error: What went wrong.
        status: Another than the error's own.
        fields: Of an invalid request.
    """
    body = Problem.model_validate({**problem_fields(error, status), "errors": tuple(fields)})
    return Response(
        body.model_dump_json(),
        status_code=body.status,
        media_type=MEDIA_TYPE,
        headers={**SECURITY_HEADERS, **_headers(error)},
    )


def answer_problems(app: FastAPI) -> None:
    """Let ``app`` answer every error as a problem."""
    app.add_exception_handler(SegueError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)


def _headers(error: SegueError) -> Mapping[str, str]:
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="segue"'}
    if isinstance(error, BodyTooLargeError):
        return {"Connection": "close"}  # the rest of it is not read
    if isinstance(error, RateLimitedError | ModelRateLimitedError | TooManyRequestsError):
        wait = error.retry_after
        return {"Retry-After": str(ceil(wait.total_seconds()))} if wait else {}
    return {"Retry-After": "1"} if error.retryable and error.status in _AWAY else {}


async def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, SegueError)  # noqa: S101 - registered for it alone
    return problem(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    # Never what came: it may be large, or somebody's secret in the wrong place.
    fields = [
        InvalidField(
            where=".".join(str(part) for part in problem["loc"]),
            message=_message(request, problem),
        )
        for problem in error.errors()[:_MOST_FIELDS]
    ]
    text = "; ".join(f"{field.where}: {field.message}" for field in fields)
    return problem(InputError(f"The request is not valid: {text}."), fields=fields)


def _message(request: Request, problem: Mapping[str, Any]) -> str:
    if problem["type"] != UNKNOWN:
        return str(problem["msg"])
    return unknown_name(str(problem["loc"][-1]), known_names(request, problem["loc"][0]))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if error.status_code == BodyTooLargeError.status:
        return problem(BodyTooLargeError("The body is larger than this route takes."))
    answer = problem(ApiError(f"{_words(error)}."), status=error.status_code)
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette's Allow is the first route's
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """What may be asked of the request's path, whichever route answers it."""
    routes: list[APIRoute] = request.app.state.routes
    ours = [route for route in routes if route.path_regex.match(request.url.path)]
    return sorted({method for route in ours for method in route.methods or ()})


async def _defect(_: Request, _error: Exception) -> Response:
    return problem(SegueError("The service failed unexpectedly; its log says more."))


def _words(error: HTTPException) -> str:
    return error.detail.rstrip(".") or HTTPStatus(error.status_code).phrase
