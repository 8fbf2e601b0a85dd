"""The client against a scripted server."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from segue.music.catalogues.web_api import WebApiCatalogue
from tests.fakes.doubles.scripted_http import Reply, ScriptedServer, scripted_server
from tests.fakes.doubles.tokens import CountingTokens


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server(Reply()) as scripted:
        yield scripted


@pytest.fixture
def tokens() -> CountingTokens:
    return CountingTokens()


@pytest.fixture
async def client(server: ScriptedServer, tokens: CountingTokens) -> AsyncIterator[WebApiCatalogue]:
    pool = httpx2.AsyncClient(timeout=20, trust_env=False)
    catalogue = WebApiCatalogue(
        name="spotify", api_url=f"{server.url}/v1/", tokens=tokens, client=pool
    )
    yield catalogue
    await catalogue.aclose()


@pytest.fixture
async def impatient(
    server: ScriptedServer, tokens: CountingTokens
) -> AsyncIterator[WebApiCatalogue]:
    """Gives up an answer soon: for servers that never give one."""
    pool = httpx2.AsyncClient(timeout=httpx2.Timeout(20, read=0.2), trust_env=False)
    catalogue = WebApiCatalogue(
        name="spotify", api_url=f"{server.url}/v1", tokens=tokens, client=pool
    )
    yield catalogue
    await catalogue.aclose()
