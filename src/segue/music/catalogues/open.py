"""Open a catalogue: the client with the right login behind it."""

from datetime import timedelta
from pathlib import Path

import httpx2

from segue.music.catalogues.auth import ClientCredentials, TokenSource
from segue.music.catalogues.clock import Clock, utc_now
from segue.music.catalogues.stored_login import StoredLogin
from segue.music.catalogues.web_api import WebApiCatalogue

CONNECT_TIMEOUT = timedelta(seconds=10)
# Spotify's slowest answers, adds to long playlists, take seconds; half a minute means it is lost.
ANSWER_TIMEOUT = timedelta(seconds=30)
IDLE_CONNECTIONS = 32  # the largest SEGUE_SEARCH_CONCURRENCY
LOCAL_CLIENT_ID = "local"


def http_client(
    *, trust_env: bool = True, answer_timeout: timedelta = ANSWER_TIMEOUT
) -> httpx2.AsyncClient:
    """A pool with bounded waits, no retries and no redirects.

    It opens as many connections as there are calls: whoever calls bounds them. A wait for a free
    connection would count against the time of the call that waits.

    Args:
        trust_env: Whether the proxy settings of the environment apply; never on loopback.
        answer_timeout: Longest silence of the other side.
    """
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(
            answer_timeout.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds()
        ),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS),
        trust_env=trust_env,
        follow_redirects=False,
    )


def open_spotify(
    *,
    client_id: str,
    client_secret: str | None,
    token_file: Path,
    api_url: str = "https://api.spotify.com/v1",
    accounts_url: str = "https://accounts.spotify.com",
    now: Clock = utc_now,
) -> WebApiCatalogue:
    """Spotify with the stored login; without one, the application's own access, which can search.

    With neither, every call raises LoginRequiredError until the user has logged in.

    Args:
        client_id: Of the user's own Spotify application.
        client_secret: Needed only without a login.
        token_file: Where ``segue login spotify`` keeps the login.
        api_url: Base of the Web API.
        accounts_url: Base of the accounts service.
        now: The clock.
    """
    tokens: TokenSource
    if client_secret and not token_file.exists():
        tokens = ClientCredentials(
            client_id=client_id,
            client_secret=client_secret,
            accounts_url=accounts_url,
            client=http_client(),
            now=now,
        )
    else:
        tokens = StoredLogin(token_file, client=http_client(), now=now)
    return WebApiCatalogue(name="spotify", api_url=api_url, tokens=tokens, client=http_client())


def open_local(
    url: str, *, client_id: str = LOCAL_CLIENT_ID, answer_timeout: timedelta = ANSWER_TIMEOUT
) -> WebApiCatalogue:
    """The local catalogue service.

    Args:
        url: Where it answers, ``http://127.0.0.1:PORT``.
        client_id: Names the user; there are no accounts and no passwords.
        answer_timeout: Longest silence of the service.
    """
    base = url.rstrip("/")
    tokens = ClientCredentials(
        client_id=client_id,
        client_secret="",
        accounts_url=base,
        client=http_client(trust_env=False),
    )
    return WebApiCatalogue(
        name="local",
        api_url=f"{base}/v1",
        tokens=tokens,
        client=http_client(trust_env=False, answer_timeout=answer_timeout),
    )
