"""The legacy way: a basket in a session. When its worker goes, so does the basket, and says so."""

from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.openai_agents import OpenAIAgentsPlugin, StatefulMCPServerProvider
from temporalio.worker import Worker

from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.runs.worker.plugin import _NoProvider
from segue.runtime.client import connect
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.waiting import until
from tests.fakes.workflows.basket import SERVER, BasketBySession

# The provider is the legacy path and says so; there is no other with sessions.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*StatefulMCPServerProvider is deprecated:DeprecationWarning",
    "ignore:.*mcp_server_providers is deprecated:DeprecationWarning",
    "ignore:.*stateful_mcp_server.. is deprecated:DeprecationWarning",
)

URIS = [track.uri for track in TRACKS[:2]]


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
def queue():
    return f"baskets-{uuid4().hex}"


@pytest.fixture
def worker(temporal_server, sqlite_database, catalogue, queue):
    """A worker as a process would be: with servers, and so sessions, of its own."""

    @asynccontextmanager
    async def serving():
        def session(_argument) -> InProcessMCP:
            desk = desk_over(catalogue, sqlite_database)
            return InProcessMCP(spotify_mcp_server(desk, Offered(jobs=False, baskets=True)))

        provider = StatefulMCPServerProvider(SERVER, session)
        plugin = OpenAIAgentsPlugin(model_provider=_NoProvider(), mcp_server_providers=[provider])
        client = await connect(temporal_server.address, {}, plugins=[plugin])
        async with Worker(
            client,
            task_queue=queue,
            workflows=[BasketBySession],
            graceful_shutdown_timeout=timedelta(),
            max_cached_workflows=0,
        ):
            yield

    return serving


async def test_a_session_that_lasts_fills_and_commits_its_basket(
    temporal_client, worker, catalogue, queue
):
    mine = catalogue.put_playlist("Mine")
    async with worker():
        handle = await temporal_client.start_workflow(
            BasketBySession.run, args=[mine, URIS], id=uuid4().hex, task_queue=queue
        )
        await handle.signal(BasketBySession.go_on)
        losses = await handle.result()

    assert losses == []
    assert catalogue.uris_of(mine) == URIS


async def test_a_lost_session_is_an_application_error_and_beginning_again_succeeds(
    temporal_client, worker, catalogue, queue
):
    mine = catalogue.put_playlist("Mine")
    handle = await temporal_client.start_workflow(
        BasketBySession.run, args=[mine, URIS], id=uuid4().hex, task_queue=queue
    )

    async def half_full() -> bool:
        return await handle.query(BasketBySession.filled) == 1

    async with worker():
        await until(half_full, "the first track in the basket")
    await handle.signal(BasketBySession.go_on)
    async with worker():
        losses = await handle.result()

    assert losses == ["DedicatedWorkerFailure"]
    assert catalogue.uris_of(mine) == URIS
