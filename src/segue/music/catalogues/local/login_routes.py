"""Routes of the accounts service: ``/authorize`` and ``/api/token``.

The local user is asked nothing: opening ``/authorize`` is agreeing.
"""

import base64
import html
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from segue.music.catalogues.local.accounts import TOKEN_LIFE, Accounts, Grant, GrantError
from segue.music.catalogues.local.requests import json_response
from segue.music.catalogues.local.shapes import dump

FORM_LIMIT = 64 * 1024  # bytes; a token request is below one kilobyte


class LoginRoutes:
    """OAuth over HTTP."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """What is answered beside ``/v1``."""
        return [
            Route("/authorize", self.authorize),
            Route("/api/token", self.token, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Send the browser back with a code."""
        params = request.query_params
        redirect = params.get("redirect_uri", "")
        parts = urlsplit(redirect)
        if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "::1"}:
            return _page("INVALID_CLIENT: Invalid redirect URI")
        if not params.get("client_id"):
            return _page("INVALID_CLIENT: Invalid client")
        back = {"state": params["state"]} if "state" in params else {}
        challenge = params.get("code_challenge", "")
        if params.get("response_type") != "code":
            answer = {"error": "unsupported_response_type"}
        elif params.get("code_challenge_method") != "S256" or not challenge:
            answer = {"error": "invalid_request"}
        else:
            scope = params.get("scope", "")
            code = self._accounts.agree(params["client_id"], redirect, challenge, scope)
            answer = {"code": code}
        return RedirectResponse(f"{redirect}?{urlencode(answer | back)}", 303)

    async def token(self, request: Request) -> Response:
        """Trade a code, a refresh token or an application's name for tokens."""
        text = (await request.body())[:FORM_LIMIT].decode("latin-1")
        form = dict(parse_qsl(text))
        try:
            grant = self._grant(form, _application(request, form))
        except GrantError as refusal:
            body = {"error": refusal.code, "error_description": refusal.description}
            return json_response(dump(body), 400)
        return json_response(dump(_token_json(grant)))

    def _grant(self, form: Mapping[str, str], client_id: str) -> Grant:
        match form.get("grant_type"):
            case "client_credentials":
                return self._accounts.application(client_id)
            case "authorization_code":
                return self._accounts.exchange(
                    form.get("code", ""),
                    client_id=client_id,
                    redirect_uri=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier", ""),
                )
            case "refresh_token":
                return self._accounts.renew(form.get("refresh_token", ""), client_id=client_id)
            case _:
                raise GrantError("unsupported_grant_type", "grant_type parameter is missing")


def _application(request: Request, form: Mapping[str, str]) -> str:
    # The Basic header counts before the form; its password is not looked at.
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    client_id = form.get("client_id", "")
    if scheme.lower() == "basic":
        try:
            client_id = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            client_id = ""
    if not client_id:
        raise GrantError("invalid_client", "Invalid client")
    return client_id


def _token_json(grant: Grant) -> dict[str, object]:
    answer: dict[str, object] = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "scope": grant.scope,
    }
    return answer | ({"refresh_token": grant.refresh_token} if grant.refresh_token else {})


def _page(message: str) -> Response:
    text = html.escape(message)
    return HTMLResponse(f"<!doctype html><title>{text}</title><p>{text}</p>", 400)
