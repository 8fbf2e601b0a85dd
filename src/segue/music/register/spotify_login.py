"""Logging in to Spotify and out again."""

from collections.abc import Callable

from segue.errors.settings import SettingsError
from segue.music.catalogues.login import LoginRequest, login
from segue.music.catalogues.open import http_client, open_spotify
from segue.music.register.values import token_file
from segue.settings.load import Settings


async def login_spotify(settings: Settings, open_browser: Callable[[str], None]) -> str:
    """Log in through the browser and keep the login; the user's id.

    Raises:
        SettingsError: SPOTIFY_CLIENT_ID is not set, or the redirect address cannot be used.
        LoginRequiredError: The user declined, or did not answer in time.
        CatalogueError: Spotify refused.
    """
    spotify = settings.spotify
    if spotify.client_id is None:
        raise SettingsError(
            "SPOTIFY_CLIENT_ID is not set.",
            hint="Register an application with Spotify and set its client id.",
        )
    file = token_file(settings)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    request = LoginRequest(
        client_id=spotify.client_id,
        redirect_uri=spotify.redirect_uri,
        accounts_url=spotify.accounts_url,
        token_file=file,
    )
    tokens = await login(request, client=http_client(), open_browser=open_browser)
    await tokens.aclose()
    catalogue = open_spotify(
        client_id=spotify.client_id,
        client_secret=None,
        token_file=file,
        api_url=spotify.api_url,
        accounts_url=spotify.accounts_url,
    )
    try:
        return await catalogue.my_id()
    finally:
        await catalogue.aclose()


def logout_spotify(settings: Settings) -> bool:
    """Forget the login; whether there was one."""
    file = token_file(settings)
    had_login = file.exists()
    file.unlink(missing_ok=True)
    return had_login
