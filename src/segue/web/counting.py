"""Requests to the API, counted for Prometheus by route, never by address or key."""

import time

from fastapi.routing import APIRoute
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segue.observability.process_metrics import PROCESS

UNKNOWN = "unknown"  # no such route, or refused before it was looked for

REQUESTS = Counter(
    "segue_api_requests_total",
    "Requests to the HTTP API.",
    ("method", "route", "status"),
    registry=PROCESS,
)
SECONDS = Histogram(
    "segue_api_request_duration_seconds",
    "Until the answer began; streams take as long as they are watched.",
    ("route",),
    registry=PROCESS,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counting:
    """Counts what is asked, and how long it takes until an answer begins.

    Args:
        app: What comes after.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        start = time.perf_counter()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = _route(scope)
                REQUESTS.labels(method, route, str(message["status"])).inc()
                SECONDS.labels(route).observe(time.perf_counter() - start)
            await send(message)

        await self._app(scope, receive, note)


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return route.path if isinstance(route, APIRoute) else UNKNOWN
