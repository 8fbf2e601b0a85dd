"""The Spotify MCP server killed amid a call: workflow, worker, server over stdio, catalogue."""

import asyncio
import os
import signal
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from segue.llm.offline.rulebook import RuleBook
from segue.music.agents.rules import music_rules
from segue.music.catalogues.open import open_local
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.music.contracts.tracks import TrackStatus, WorkflowResult
from segue.music.register.mcp_child import spotify_mcp_factory
from segue.music.register.worker import music_parts
from segue.music.service.music import MusicService
from segue.music.store.music_store import MusicStore, music_store
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.workflows.mcp_integrated import MCPIntegratedWorkflow
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.doubles.http_between import Between, Hold, standing_between
from tests.fakes.histories import children_of, failed_tasks, interrupted, replay_music
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.processes import running_local_catalogue
from tests.fakes.programs.spotify_mcp import CHILD, NOWHERE
from tests.fakes.programs.worker_processes import cluster_settings
from tests.fakes.waiting import children
from tests.fakes.worlds.agents import agent_world
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.music import AT_ONCE, wish
from tests.fakes.worlds.music_agents import OFFLINE
from tests.fakes.worlds.stack import ADD, Witness
from tests.fakes.worlds.strategies import AGENTS_ON, used
from tests.fakes.worlds.temporal import serving

pytestmark = pytest.mark.timeout(300)  # a server starts in two seconds, on a busy day in ten

LIGHTS, MILE = TRACKS[0], TRACKS[4]
CALL_TOOL = "temporalio.mcp.spotify.call-tool"
ENDS_WITHIN_S = 120.0
NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    with running_local_catalogue(tmp_path_factory.mktemp("catalogue"), TRACKS[:12]) as running:
        yield running


@dataclass(frozen=True)
class Line:
    """Workflow, worker, server over stdio, and the catalogue, with somebody before the last.

    Attributes:
        between: Only the server's words go through it.
    """

    client: Client
    store: MusicStore
    between: Between

    async def start(self, *args: str) -> WorkflowHandle[Any, WorkflowResult]:
        """One song by the MCP server's tools."""
        return await self.client.start_workflow(
            MCPIntegratedWorkflow.run,
            args=args,
            id=f"song-{uuid4().hex[:12]}",
            task_queue=MUSIC_QUEUE,
        )

    def witness(self) -> AbstractAsyncContextManager[Witness]:
        """A new one each time: the catalogue closes connections that were idle for some seconds."""
        return aclosing(Witness(self.between.service))

    async def kill_when_held(self) -> None:
        """SIGKILL for the server, once what is to be held is."""
        await asyncio.wait_for(self.between.held.wait(), ENDS_WITHIN_S)
        (child,) = children(CHILD)
        os.kill(child.pid, signal.SIGKILL)


@pytest.fixture
async def line(temporal_server, catalogue, tmp_path):
    url = database_url(None, tmp_path)
    async with standing_between(catalogue.url) as between, AsyncExitStack() as held:
        database = Database(url)
        held.push_async_callback(database.aclose)
        await prepare(database)
        direct = open_local(catalogue.url)
        held.push_async_callback(direct.aclose)
        settings = cluster_settings(
            tmp_path / "data", NOWHERE, f"sqlite:///{url.database}", between.url
        )
        agents = await held.enter_async_context(
            agent_world(
                temporal_server,
                NOBODY,
                database,
                rules=RuleBook(*music_rules()),
                mcp_servers={"spotify": spotify_mcp_factory(settings)},
            )
        )
        store = music_store(database, catalogue="local", rules="test", clock=time.time)
        music = music_parts(direct, store, search_concurrency=4, settle=AT_ONCE, agent_plan=OFFLINE)
        await held.enter_async_context(serving(agents.client, music))
        await held.enter_async_context(agents.models())
        yield Line(agents.client, store, between)


@pytest.mark.parametrize(
    ("held", "status"),
    [(Hold.REQUEST, TrackStatus.ADDED), (Hold.ANSWER, TrackStatus.ALREADY_PRESENT)],
    ids=["before it takes effect", "after it took effect"],
)
async def test_a_server_killed_amid_an_addition_is_started_again_and_the_song_is_there_once(
    line, held, status
):
    async with line.witness() as witness:
        playlist = await witness.make_playlist(f"Mine {held}", [MILE.uri])
        before = await witness.requests(ADD)
    line.between.hold(held, "POST", "/items")
    song = await line.start(LIGHTS.title, LIGHTS.artists[0], playlist)
    await line.kill_when_held()
    async with asyncio.timeout(ENDS_WITHIN_S):
        result = await song.result()

    assert (result.success, result.position, result.track) == (True, 1, LIGHTS)
    assert result.status is status
    async with line.witness() as witness:
        assert await witness.uris(playlist) == [MILE.uri, LIGHTS.uri]
        assert await witness.requests(ADD) == before + 1
    await tried_again(await song.fetch_history())


async def test_a_server_killed_amid_a_search_of_a_sync_changes_nothing(line):
    stored = await line.store.imports.put(
        [wish(LIGHTS)], name="m", source_format="test", encoding="utf-8"
    )
    music = MusicService(line.client, line.store, InMemoryCatalogue(()), flags=AGENTS_ON)
    request = SyncRequest(import_id=stored.id, playlist="By tools", strategy=Strategy.MCP)
    line.between.hold(Hold.ANSWER, "GET", "/search")
    started = await music.start_sync(request)
    await line.kill_when_held()
    async with asyncio.timeout(ENDS_WITHIN_S):
        report = await music.report(started.workflow_id)

    assert report.verified
    assert (used(report).asked, used(report).given_back) == (1, 0)
    async with line.witness() as witness:
        assert await witness.uris(report.playlist.id) == [LIGHTS.uri]
    sync = await line.client.get_workflow_handle(started.workflow_id).fetch_history()
    (child,) = children_of(sync)
    await tried_again(await line.client.get_workflow_handle(child).fetch_history())


async def tried_again(history: WorkflowHistory) -> None:
    """Calling the tool was, and nothing else."""
    assert interrupted([history]) == {CALL_TOOL}
    assert failed_tasks(history) == []
    await replay_music([history])
