"""The Spotify MCP server's process: what it opens when, what its children may know."""

import asyncio
import signal
import socket
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from agents.mcp import MCPServerStdio
from mcp import Client
from pydantic import SecretStr

from segue.errors.settings import SettingsError
from segue.music.contracts.mcp_server import McpServerOptions
from segue.music.register.mcp_child import child_environment, spotify_mcp_factory
from segue.music.register.terms import check_terms
from segue.music.register.tool_server import open_spotify_mcp
from segue.settings.agents import AgentSettings
from segue.settings.catalogue import CatalogueSettings
from segue.settings.data import DataSettings
from segue.settings.llm import LlmSettings
from segue.settings.load import embedded_settings
from segue.settings.mcp import McpSettings
from segue.settings.spotify import SpotifySettings
from segue.settings.temporal import TemporalSettings
from segue.wiring.features import FEATURES
from segue.wiring.mcp_serving import open_late
from segue.wiring.spotify_mcp import serve_spotify_mcp
from segue.wiring.tool_servers import client_commands
from tests.fakes.data.tracks import TRACKS
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.programs.spotify_mcp import NOWHERE, answer, http_client_of, refusal

KEY = "sk-of-a-model"
MODEL_KEY = SecretStr(KEY)


@pytest.fixture
def settings(tmp_path):
    return replace(
        embedded_settings(tmp_path / "data"),
        temporal=TemporalSettings.model_construct(address=NOWHERE),
        data=DataSettings.model_construct(directory=tmp_path / "data", allow_sqlite=True),
        llm=LlmSettings.model_construct(openai_api_key=MODEL_KEY),
    )


@asynccontextmanager
async def opened(settings, how):
    async with open_late(settings) as platform, open_spotify_mcp(settings, platform, how) as server:
        yield server


def test_with_spotifys_catalogue_it_stays_off_until_agents_are_turned_on(settings):
    spotify = replace(settings, catalogue=CatalogueSettings.model_construct(kind="spotify"))
    agreed = replace(spotify, agents=AgentSettings.model_construct(use_agent_sdk=True))

    with pytest.raises(SettingsError, match="terms") as refused:
        check_terms(spotify)
    assert "USE_AGENT_SDK" in refused.value.hint
    check_terms(agreed)
    check_terms(settings)


def test_a_child_knows_the_catalogue_and_no_models_key(settings):
    spotify = SpotifySettings.model_construct(client_id="id", client_secret=SecretStr("secret"))
    known = child_environment(replace(settings, spotify=spotify))

    assert known["SPOTIFY_CLIENT_SECRET"] == "secret"  # noqa: S105 - of this test alone
    assert known["SEGUE_DATA_DIR"]
    assert KEY not in known.values()
    assert not [name for name in known if name.startswith(("OPENAI", "LLM", "ANTHROPIC"))]


def test_a_worker_gets_a_server_of_its_own_each_time(settings):
    start = spotify_mcp_factory(settings)

    first, second = start(), start()
    assert isinstance(first, MCPServerStdio)
    assert first is not second
    assert first.name == "spotify"


def test_a_client_is_told_paths_and_no_secrets(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    without = client_commands(settings, FEATURES)["segue"]
    (tmp_path / ".env").touch()

    command = client_commands(settings, FEATURES)["segue"]

    assert command.arguments[:4] == ("-m", "segue", "mcp", "spotify")
    assert command.environment == {
        "SEGUE_DATA_DIR": str(tmp_path / "data"),
        "SEGUE_ENV_FILE": str(tmp_path / ".env"),
    }
    assert "SEGUE_ENV_FILE" not in without.environment


async def test_what_is_missing_is_told_by_the_call_that_needs_it(settings):
    async with opened(settings, McpServerOptions()) as server, Client(server) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        told = await refusal(client, "search_tracks", query="x")

    assert {"start_sync", "search_tracks"} <= tools
    assert "remove_from_playlist" not in tools
    assert told.startswith("[settings.invalid] ")


async def test_the_setting_offers_removals_and_the_option_wins(settings):
    allowed = replace(settings, mcp=McpSettings.model_construct(allow_removals=True))

    for how, offered in ((McpServerOptions(), True), (McpServerOptions(removals=False), False)):
        async with opened(allowed, how) as server, Client(server) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
        assert ("remove_from_playlist" in tools) is offered


async def test_it_serves_over_http_until_a_signal(settings, tmp_path):
    with running_local_catalogue(tmp_path, TRACKS) as catalogue:
        here = CatalogueSettings.model_construct(kind="local", local_url=catalogue.url)
        told = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            serve_spotify_mcp(
                replace(settings, catalogue=here),
                McpServerOptions("http", port=0, jobs=False),
                told.set_result,
            )
        )
        async with http_client_of(await told) as client:
            found = await answer(client, "search_tracks", query="Harbour Lights")
        signal.raise_signal(signal.SIGTERM)
        await serving

    assert found["tracks"]


async def test_a_taken_port_is_told(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        how = McpServerOptions("http", port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match="cannot listen on"):
            await serve_spotify_mcp(settings, how, lambda _: None)


async def test_without_jobs_the_engine_is_not_asked(settings):
    async with (
        opened(settings, McpServerOptions(jobs=False)) as server,
        Client(server) as client,
    ):
        tools = {tool.name for tool in (await client.list_tools()).tools}

    assert not tools & {"start_sync", "sync_status", "review_next", "review_decide"}
