"""What the music feature is given, read from settings."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from segue.errors.settings import SettingsError
from segue.music.catalogues.open import open_local, open_spotify
from segue.music.catalogues.web_api import WebApiCatalogue
from segue.music.contracts.strategies import FlagSet
from segue.music.store.music_store import MusicStore, music_store
from segue.music.wire.agents import AgentPlan
from segue.platform.platform import Platform
from segue.settings.load import Settings

LOCAL = "Local catalogue"  # as people are told of the companion
MAPPING_FILE = "mapping.csv"


@dataclass(frozen=True)
class MusicPorts:
    """What activities and the service work with."""

    catalogue: WebApiCatalogue
    store: MusicStore


def token_file(settings: Settings) -> Path:
    """Where the Spotify login is kept."""
    return settings.data.directory / "spotify-login.json"


def mapping_file(settings: Settings) -> Path | None:
    """The user's own matches, where that file exists."""
    file = settings.catalogue.mapping_file or settings.data.directory / MAPPING_FILE
    return file if file.exists() else None


@asynccontextmanager
async def open_music_ports(platform: Platform) -> AsyncGenerator[MusicPorts]:
    """Catalogue and store on the platform's database; the catalogue is closed at the end.

    Raises:
        SettingsError: The catalogue asked for lacks a setting.
        SegueError: A part of the platform cannot be opened.
    """
    settings = platform.settings
    database = await platform.database()
    catalogue = open_catalogue(settings, await _local_url(platform))
    try:
        store = music_store(
            database, catalogue=catalogue.name, rules=version("segue"), clock=time.time
        )
        yield MusicPorts(catalogue, store)
    finally:
        await catalogue.aclose()


def agents_allowed(settings: Settings) -> bool:
    """Whether models may see the catalogue's content.

    Spotify's developer terms restrict that, so with Spotify the user must turn agents on first.
    """
    return settings.agents.use_agent_sdk or settings.catalogue_name != "spotify"


def agent_flags(settings: Settings) -> FlagSet:
    """What the settings say about agents, for choosing a sync's strategy."""
    agents = settings.agents
    return FlagSet(
        use_agent_sdk=agents.use_agent_sdk,
        use_multi_agent=agents.use_multi_agent,
        use_mcp_provider=agents.use_mcp_provider,
        rollout_percentage=agents.rollout_percentage,
        shadow_percentage=agents.shadow_percentage,
        failure_bound_percent=agents.failure_bound,
        songs_at_once=agents.songs_at_once,
        allowed=agents_allowed(settings),
    )


def agent_plan(settings: Settings) -> AgentPlan:
    """What the settings say about agents, for the worker that runs them."""
    agents = settings.agents
    return AgentPlan(
        enabled=agents_allowed(settings),
        model=agents.model,
        temperature=agents.temperature,
        max_turns=agents.max_iterations,
        max_tokens=agents.max_tokens,
    )


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


async def _local_url(platform: Platform) -> str | None:
    if platform.settings.catalogue_name != "local":
        return None
    return platform.settings.catalogue.local_url or await platform.companion_url(LOCAL)
