"""The music feature, put together from settings."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from segue.errors import SettingsError
from segue.music.catalogues.open import open_local, open_spotify
from segue.music.catalogues.web_api import WebApiCatalogue
from segue.music.store.music_store import MusicStore, music_store
from segue.settings import Settings
from segue.storage.database import database_url, migrate, open_engine


@dataclass(frozen=True)
class MusicPorts:
    """What activities and the service work with."""

    catalogue: WebApiCatalogue
    store: MusicStore
    engine: AsyncEngine


def token_file(settings: Settings) -> Path:
    """Where the Spotify login is kept."""
    return settings.data.directory / "spotify-login.json"


@asynccontextmanager
async def open_music_ports(settings: Settings, local_url: str | None) -> AsyncGenerator[MusicPorts]:
    """Catalogue and database, ready for use; closed at the end.

    Args:
        settings: As loaded.
        local_url: Of the local catalogue service, where that one is used.

    Raises:
        SettingsError: The catalogue asked for lacks a setting.
        StorageError: The database cannot be used.
    """
    secret = settings.data.database_url
    url = database_url(secret.get_secret_value() if secret else None, settings.data.directory)
    engine = open_engine(url)
    try:
        await migrate(engine)
        catalogue = open_catalogue(settings, local_url)
        try:
            store = music_store(
                engine, catalogue=catalogue.name, rules=version("segue"), clock=time.time
            )
            yield MusicPorts(catalogue, store, engine)
        finally:
            await catalogue.aclose()
    finally:
        await engine.dispose()


def open_catalogue(settings: Settings, local_url: str | None) -> WebApiCatalogue:
    """The catalogue that the settings name.

    Raises:
        SettingsError: It lacks a setting.
    """
    if settings.catalogue_name == "local":
        if local_url is None:
            raise SettingsError(
                "The local catalogue is asked for and no service is known: with TEMPORAL_ADDRESS "
                "set, SEGUE_LOCAL_CATALOGUE_URL must say where one runs.",
                hint="Start one with `segue catalogue serve`, or set SPOTIFY_CLIENT_ID.",
            )
        return open_local(local_url)
    spotify = settings.spotify
    if spotify.client_id is None:
        raise SettingsError(
            "SEGUE_CATALOGUE is `spotify` and SPOTIFY_CLIENT_ID is not set.",
            hint="Register an application with Spotify and set SPOTIFY_CLIENT_ID.",
        )
    return open_spotify(
        client_id=spotify.client_id,
        client_secret=spotify.client_secret.get_secret_value() if spotify.client_secret else None,
        token_file=token_file(settings),
        api_url=spotify.api_url,
        accounts_url=spotify.accounts_url,
    )
