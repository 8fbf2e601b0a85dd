"""Playlist syncs whose tracks agents choose: how tests start them and hold them up."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from segue.music.catalogues.port import Catalogue
from segue.music.contracts.agent_use import AgentUse
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.service.music import MusicService
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.runs.worker.plugin import MCPServers
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import MusicAgentWorld

MILES = TRACKS[4:]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
DOUBTFUL = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # who is its guest
BY_TOOLS = (Strategy.SIMPLE, Strategy.AGENT, Strategy.MULTI_AGENT, Strategy.MCP)
AGENTS_ON = FlagSet(use_agent_sdk=True, rollout_percentage=100)

OpenWorld = Callable[..., AbstractAsyncContextManager[MusicAgentWorld]]


def spotify_over(catalogue: Catalogue, database: Database) -> MCPServers:
    """The Spotify MCP server in process, by the name that agents ask for."""
    server = spotify_mcp_server(desk_over(catalogue, database), Offered(jobs=False))
    return {"spotify": lambda: InProcessMCP(server)}


def music_of(world: MusicAgentWorld, flags: FlagSet = AGENTS_ON) -> MusicService:
    """Starts and watches the world's syncs."""
    return MusicService(world.agents.client, world.store, world.catalogue, flags=flags)


async def asked(
    world: MusicAgentWorld,
    songs: Iterable[SongMetadata],
    strategy: Strategy,
    playlist: str = "Mine",
) -> SyncRequest:
    """A request for a stored import of these songs."""
    stored = await world.store.imports.put(
        songs, name=playlist, source_format="test", encoding="utf-8"
    )
    return SyncRequest(import_id=stored.id, playlist=playlist, strategy=strategy)


async def synced(
    world: MusicAgentWorld,
    songs: Iterable[SongMetadata],
    strategy: Strategy,
    playlist: str = "Mine",
    flags: FlagSet = AGENTS_ON,
) -> SyncReport:
    """Sync and wait for the report."""
    music = music_of(world, flags)
    started = await music.start_sync(await asked(world, songs, strategy, playlist))
    return await music.report(started.workflow_id)


def used(report: SyncReport) -> AgentUse:
    """What agents did, who were asked."""
    assert report.agents is not None
    return report.agents


def wishes(tracks: Sequence[Track]) -> list[SongMetadata]:
    """These tracks as a playlist file would say them."""
    return [wish(track) for track in tracks]


class HeldSearches:
    """Searches that wait until they are let go.

    Attributes:
        asked: Set by the first one.
        go: Lets all of them go on.
    """

    def __init__(self, catalogue: InMemoryCatalogue) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self._search = catalogue.search
        setattr(catalogue, "search", self)  # noqa: B010 - a callable in place of the method

    async def __call__(self, query: str, **more: Any) -> tuple[Track, ...]:
        self.asked.set()
        await self.go.wait()
        return await self._search(query, **more)
