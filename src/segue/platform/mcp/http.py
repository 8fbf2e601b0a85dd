"""MCP servers over Streamable HTTP: who may ask, and from where."""

import hmac
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, cast

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from segue.errors.settings import SettingsError
from segue.platform.mcp.callers import OWNER, USER
from segue.platform.mcp.options import PATH
from segue.runtime.refusals import Refusals
from segue.settings.pairs import secrets_by_name

SHORTEST_TOKEN = 16  # characters: 64 bits where they are hexadecimal
REFUSALS_PER_MINUTE = 30  # of one address; a person who mistyped a token stays far below
BODY_LIMIT = 4 * 1024 * 1024  # bytes; more than the longest content that start_sync takes
SESSION_IDLE_S = 1_800.0
MOST_SESSIONS = 1_000
NO_USERS: Mapping[str, str] = MappingProxyType({})
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def mcp_app(
    server: MCPServer[Any],
    *,
    host: str,
    token: str | None,
    users: Mapping[str, str] = NO_USERS,
    allowed_hosts: Sequence[str] = (),
    stateful: bool = False,
) -> Starlette:
    """The server as a web application, at ``/mcp``.

    A request is refused whose Host or Origin is not one of ours (a page that rebinds its name to
    this machine has its own), and, where there is a token, whose token is another.

    Args:
        server: Serves it all; used for one application only.
        host: Address that it will listen on.
        token: What clients of the owner send as bearer token.
        users: Tokens of further users by their names. With neither, whoever reaches this machine's
            loopback is the owner.
        allowed_hosts: Further names by which clients reach it, behind a proxy for instance.
        stateful: Keep sessions for clients of the protocol before 2026-07-28.

    Raises:
        SettingsError: It would listen beyond loopback without a token, or a token is short.
    """
    tokens = {**users, **({OWNER: token} if token else {})}
    for user, secret in tokens.items():
        if len(secret) < SHORTEST_TOKEN:
            name = "SEGUE_MCP_TOKEN" if user == OWNER else f"The token of {user} in SEGUE_MCP_USERS"
            raise SettingsError(
                f"{name} has {len(secret)} characters; expected {SHORTEST_TOKEN} or more.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))".',
            )
    if not is_loopback(host) and not tokens:
        raise SettingsError(
            f"The MCP server would listen on {host!r}, beyond this machine, without a token.",
            hint="Set SEGUE_MCP_TOKEN to a long random text, or listen on 127.0.0.1.",
        )
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=not stateful,
        max_request_body_size=BODY_LIMIT,
        session_idle_timeout=SESSION_IDLE_S,
        max_sessions=MOST_SESSIONS,
        transport_security=_security(host, allowed_hosts),
        host=host,
    )
    if tokens:
        app.user_middleware.append(Middleware(_Bearer, tokens=tokens))
    return app


def user_tokens(pairs: str) -> dict[str, str]:
    """Tokens by the names of their users, from ``NAME=TOKEN, NAME=TOKEN``.

    Raises:
        SettingsError: Not of this form, or a name twice.
    """
    return secrets_by_name(pairs, "SEGUE_MCP_USERS")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Bearer:
    """Lets only those through who know a token; who keeps guessing is told to wait."""

    def __init__(self, app: ASGIApp, tokens: Mapping[str, str]) -> None:
        self._app = app
        self._credentials = {user: f"Bearer {token}".encode() for user, token in tokens.items()}
        self._refusals = Refusals(REFUSALS_PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            user = self._user(Request(scope))
            if user is None:
                client = cast("tuple[str, int] | None", scope.get("client"))
                wait = self._refusals.count(client[0] if client else "")
                await _refusal(wait)(scope, receive, send)
                return
            scope[USER] = user
        await self._app(scope, receive, send)

    def _user(self, request: Request) -> str | None:
        credentials = request.headers.get("authorization", "").encode("utf-8", "replace")
        users = [
            user
            for user, credential in self._credentials.items()
            if hmac.compare_digest(credentials, credential)
        ]
        return users[0] if users else None


def _refusal(wait: int) -> JSONResponse:
    if wait:
        words = "Too many requests without a valid token came from this address."
        content = {"error": "too_many_requests", "error_description": words}
        return JSONResponse(content, status_code=429, headers={"Retry-After": str(wait)})
    return JSONResponse(
        {"error": "invalid_token", "error_description": "A bearer token is required."},
        status_code=401,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _security(host: str, allowed_hosts: Sequence[str]) -> TransportSecuritySettings:
    own = f"[{host}]" if ":" in host else host
    names = dict.fromkeys([*_LOOPBACK_NAMES, own, *allowed_hosts])
    hosts = [form for name in names for form in (name, f"{name}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{form}" for form in hosts for scheme in ("http", "https")],
    )
