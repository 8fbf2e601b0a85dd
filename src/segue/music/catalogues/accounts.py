"""The accounts service's token endpoint, with its answers turned into our errors.

Source: Spotify, authorization guide (``POST /api/token``); RFC 6749, sections 5.1 and 5.2.
"""

from collections.abc import Mapping
from datetime import timedelta

import httpx2
from pydantic import ValidationError

from segue.errors.catalogue import CatalogueUnavailableError, LoginRequiredError
from segue.music.catalogues.answers import RequestInfo, check, no_answer_error, parse
from segue.music.catalogues.wire import TokenErrorJson, TokenJson

TOKEN_REQUEST = RequestInfo("POST /api/token")
# A token is renewed this long before it ends, so that it does not end on its way to the catalogue.
EXPIRY_MARGIN = timedelta(seconds=60)


async def request_token(
    client: httpx2.AsyncClient,
    accounts_url: str,
    form: Mapping[str, str],
    *,
    basic: tuple[str, str] | None = None,
) -> TokenJson:
    """Ask for a token once.

    Args:
        client: Pool and timeouts.
        accounts_url: Base of the accounts service.
        form: The grant.
        basic: Client id and secret, for grants that need them.

    Raises:
        LoginRequiredError: The grant or the application is not accepted.
        CatalogueError: Any other refusal, or no answer.
    """
    url = f"{accounts_url.rstrip('/')}/api/token"
    auth = httpx2.BasicAuth(*basic) if basic else httpx2.Auth()
    response = await _post(client, url, form, auth)
    _check_grant(response)
    check(response, TOKEN_REQUEST)
    return parse(TokenJson, response, TOKEN_REQUEST)


async def _post(
    client: httpx2.AsyncClient,
    url: str,
    form: Mapping[str, str],
    auth: httpx2.Auth,
) -> httpx2.Response:
    try:
        return await client.post(url, data=dict(form), auth=auth)
    except httpx2.RequestError as failure:
        raise no_answer_error(TOKEN_REQUEST, failure) from failure


def _check_grant(response: httpx2.Response) -> None:
    if response.status_code not in {400, 401}:
        return
    try:
        code = TokenErrorJson.model_validate_json(response.content).error
    except ValidationError:
        code = ""
    if code == "invalid_grant":
        raise LoginRequiredError("The stored login has ended or was withdrawn.")
    if code in {"invalid_client", "unauthorized_client"}:
        raise LoginRequiredError(
            "The accounts service does not accept this application's client id or secret.",
            hint="Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET against the dashboard.",
        )
    if code == "temporarily_unavailable":
        raise CatalogueUnavailableError("The accounts service is temporarily unavailable.")
