"""Your own Spotify application (Spotify allows five users and one Premium owner each)."""

from typing import Annotated

from pydantic import Field, SecretStr

from segue.settings.base import Room


class SpotifySettings(Room):
    """Your own Spotify application (Spotify allows five users and one Premium owner each)."""

    client_id: Annotated[
        str | None,
        Field(alias="SPOTIFY_CLIENT_ID", description="Client id of your Spotify application."),
    ] = None
    client_secret: Annotated[
        SecretStr | None,
        Field(
            alias="SPOTIFY_CLIENT_SECRET",
            description="Its secret; needed only for search without login. PKCE login needs none.",
        ),
    ] = None
    redirect_uri: Annotated[
        str,
        Field(
            alias="SPOTIFY_REDIRECT_URI",
            description="Loopback address registered with Spotify for the login.",
        ),
    ] = "http://127.0.0.1:8898/callback"
    api_url: Annotated[
        str,
        Field(alias="SPOTIFY_API_URL", description="Base of the Web API."),
    ] = "https://api.spotify.com/v1"
    accounts_url: Annotated[
        str, Field(alias="SPOTIFY_ACCOUNTS_URL", description="Base of the accounts service.")
    ] = "https://accounts.spotify.com"
