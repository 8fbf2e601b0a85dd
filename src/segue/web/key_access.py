"""Before any route: who asks, how often, and what every answer carries."""

from collections.abc import Callable, Mapping
from typing import Annotated, cast

from fastapi import Depends, Security
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope as AsgiScope, Send

from segue.errors.api import BodyTooLargeError, ScopeMissingError, UnauthenticatedError
from segue.errors.base import SegueError
from segue.runtime.http_problems import SECURITY_HEADERS
from segue.web.keys import ApiKeys
from segue.web.problems import problem
from segue.web.rates import Rates
from segue.web.scopes import ApiKey, Scope

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json"})
_STATE = "api_key"
_MOST_DIGITS = 18

_bearer = HTTPBearer(
    scheme_name="ApiKey",
    bearerFormat="segue_ID_SECRET",
    description="An API key, made by `segue keys create`.",
    auto_error=False,
)


class KeyAccess:
    """Lets in who has a valid key, at the rate that keys have.

    It looks before the body is read, so that a stranger's upload costs nothing.

    Args:
        app: What comes after.
        keys: Who there is.
        rates: How often they may.
        body_limit: Bytes that a body may have, by path. A body that does not tell its length is
            measured where it is read.
    """

    def __init__(
        self, app: ASGIApp, keys: ApiKeys, rates: Rates, body_limit: Callable[[str], int]
    ) -> None:
        self._app = app
        self._keys = keys
        self._rates = rates
        self._body_limit = body_limit

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[str, str] = {}
        answer = _with_headers(send, headers)
        if scope["method"] == "HEAD":  # no route has to know of it
            scope, answer = dict(scope, method="GET"), _without_body(answer)
        if scope["path"] not in OPEN_PATHS:
            try:
                scope.setdefault("state", {})[_STATE] = await self._admit(scope, headers)
                self._check_length(scope)
            except SegueError as error:
                await problem(error)(scope, receive, answer)
                return
        await self._app(scope, receive, answer)

    def _check_length(self, scope: AsgiScope) -> None:
        length = Headers(scope=scope).get("content-length", "")
        limit = self._body_limit(scope["path"])
        if length.isdecimal() and int(length[:_MOST_DIGITS]) > limit:
            raise BodyTooLargeError(
                f"expected a body of at most {limit} bytes, got {length[:_MOST_DIGITS]}"
            )

    async def _admit(self, scope: AsgiScope, headers: dict[str, str]) -> ApiKey:
        """The caller's key; what the answer should say of its rate goes into ``headers``.

        Raises:
            UnauthenticatedError: No valid key.
            TooManyRequestsError: Too many of them, or too many without one.
        """
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        try:
            key = await self._keys.verify(token.strip() if scheme.lower() == "bearer" else "")
        except UnauthenticatedError:
            client = cast("tuple[str, int] | None", scope.get("client"))
            self._rates.refusal(client[0] if client else "")
            raise
        standing = await self._rates.request(key.id)
        headers.update(standing.headers())
        standing.check()
        return key


async def caller(
    request: Request, scopes: SecurityScopes, _scheme: Annotated[object, Depends(_bearer)]
) -> ApiKey:
    """The key of the request, once it is sure that it has the scopes.

    Raises:
        ScopeMissingError: It has not.
    """
    key = cast("ApiKey", getattr(request.state, _STATE))
    for scope in scopes.scopes:
        if not key.may(Scope(scope)):
            raise ScopeMissingError(f"The key {key.name!r} lacks the scope '{scope}'.")
    return key


Reader = Annotated[ApiKey, Security(caller, scopes=[Scope.SYNC_READ])]
Writer = Annotated[ApiKey, Security(caller, scopes=[Scope.SYNC_WRITE])]
ReviewReader = Annotated[ApiKey, Security(caller, scopes=[Scope.REVIEW_READ])]
ReviewWriter = Annotated[ApiKey, Security(caller, scopes=[Scope.REVIEW_WRITE])]
Admin = Annotated[ApiKey, Security(caller, scopes=[Scope.ADMIN])]
MetricsReader = Annotated[ApiKey, Security(caller, scopes=[Scope.METRICS_READ])]


def _without_body(send: Send) -> Send:
    """Send the headers alone, and end there: what is streamed then sees its viewer leave."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b""})

    return answer


def _with_headers(send: Send, more: Mapping[str, str]) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in {**SECURITY_HEADERS, **more}.items():
                headers.setdefault(name, value)
        await send(message)

    return answer
