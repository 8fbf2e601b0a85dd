"""Errors as HTTP tells them (RFC 9457), and the headers that every answer of ours has."""

import inspect
import json
from collections.abc import Mapping
from http import HTTPStatus

from segue.errors.base import SegueError

MEDIA_TYPE = "application/problem+json"
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def problem_fields(error: SegueError, status: int | None = None) -> dict[str, str | int]:
    """The members of a problem document.

    Args:
        error: What went wrong.
        status: Another than the error's own.
    """
    return {
        "type": f"urn:segue:error:{error.code}",
        "title": (inspect.getdoc(type(error)) or error.code).splitlines()[0],
        "status": status or error.status,
        "detail": error.message,
        "code": error.code,
        "hint": error.hint,
    }


def closing_answer(error: SegueError) -> bytes:
    """A whole HTTP/1.1 answer for a connection that ends with it."""
    body = json.dumps({**problem_fields(error), "errors": []}).encode()
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **({"Retry-After": "1"} if error.retryable else {}),
        **SECURITY_HEADERS,
    }
    status = HTTPStatus(error.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *map(": ".join, headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
