"""Songs by agents whose worker gets SIGKILL at every step, by every strategy.

What the steps are is read from the histories of runs that nobody disturbs. The strategies go side
by side, each in a namespace of its own, for a killed worker is missed only after seconds.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHistory

from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncReport, SyncRequest
from segue.music.contracts.tracks import TrackStatus, WorkflowInput, WorkflowResult
from segue.music.service.music import MusicService
from segue.music.store.music_store import music_store
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.workflows.mcp_integrated import MCPIntegratedWorkflow
from segue.music.workflows.multi_agent import MultiAgentMusicSyncWorkflow
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.simple_agent import SimpleAgentWorkflow
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from segue.runtime.client import connect
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.ids import workflow_id
from segue.runtime.processes import Supervisor
from segue.storage.database import Database
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.histories import (
    children_of,
    failed_tasks,
    interrupted,
    replay_music,
    scheduled,
    steps_of,
)
from tests.fakes.programs.music_agent_worker import (
    Given,
    TrappedWorkers,
    traps_of,
)
from tests.fakes.programs.processes import LocalCatalogueProcess, running_local_catalogue
from tests.fakes.worlds.databases import prepare
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.stack import Witness
from tests.fakes.worlds.strategies import AGENTS_ON, DOUBTFUL, used

pytestmark = pytest.mark.timeout(420)

STRATEGIES = (
    Strategy.ASSISTED,
    Strategy.SIMPLE,
    Strategy.AGENT,
    Strategy.MULTI_AGENT,
    Strategy.MCP,
)
LIGHTS, LIVE, MILE = TRACKS[0], TRACKS[1], TRACKS[4]
NAMED = wish(LIVE).model_copy(update={"uri": LIVE.uri})  # the source says which track it is
SONGS = [wish(MILE), DOUBTFUL, NAMED]

# At once: while one waits until a dead worker is missed, others come to the next traps.
SYNCS = 6
SINGLE_SONGS = 3
ENDS_WITHIN_S = 360.0  # on a machine that does four other things it takes a half of that


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Endpoint]:
    """A server for these tests alone, with a namespace for each strategy."""
    folder = tmp_path_factory.mktemp("temporal-of-storms")
    async with (
        EmbeddedTemporal(folder, namespaces=STRATEGIES) as temporal,
        Supervisor([temporal.child()]),
    ):
        yield Endpoint(address=temporal.address, ui_url=temporal.ui_url)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    with running_local_catalogue(tmp_path_factory.mktemp("catalogue"), TRACKS[:12]) as running:
        yield running


# --- a strategy at work ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """A run that has ended, and what its playlists hold: all that have the name that it took.

    Attributes:
        result: Of a sync the report.
    """

    result: SyncReport | WorkflowResult
    held: Sequence[Sequence[str]]
    histories: Sequence[WorkflowHistory]


@dataclass(frozen=True)
class Sky:
    """Where a strategy works.

    Attributes:
        client: Of its namespace.
        catalogue: Its URL.
        import_id: Of ``SONGS``.
    """

    strategy: Strategy
    client: Client
    catalogue: str
    music: MusicService
    import_id: str

    async def sync(self, name: str, strategy: Strategy | None = None) -> Ran:
        """Sync; what was searched before is searched again."""
        playlist = f"{self.strategy}: {name}"
        request = SyncRequest(
            import_id=self.import_id,
            playlist=playlist,
            strategy=strategy or self.strategy,
            refresh=True,
        )
        sync = (await self.music.start_sync(request)).workflow_id
        report = await self.music.report(sync)
        return await self._ran(
            report, playlist, workflow_id("playlist-resolve", "local", playlist), sync
        )

    async def song(self, name: str) -> Ran:
        """One song, by the strategy's own workflow, into a playlist that holds another."""
        playlist = f"{self.strategy}: {name}"
        async with aclosing(Witness(self.catalogue)) as witness:
            made = await witness.make_playlist(playlist, [MILE.uri])
        workflow, args = song_workflow(self.strategy, made)
        song = f"song-{uuid4().hex[:12]}"
        result = await self.client.execute_workflow(
            workflow, args=args, id=song, task_queue=MUSIC_QUEUE, result_type=WorkflowResult
        )
        return await self._ran(result, playlist, song)

    async def _ran(self, result: SyncReport | WorkflowResult, playlist: str, *ids: str) -> Ran:
        # A new one each time: the catalogue closes connections that were idle for some seconds.
        async with aclosing(Witness(self.catalogue)) as witness:
            found = await witness.playlist_ids(playlist)
            held = [await witness.uris(each) for each in found]
        left, histories = [*ids], list[WorkflowHistory]()
        while left:
            histories.append(await self.client.get_workflow_handle(left.pop()).fetch_history())
            left += children_of(histories[-1])
        return Ran(result, held, histories)


def song_workflow(strategy: Strategy, playlist: str) -> tuple[Any, list[Any]]:
    """What adds one song as this strategy does, and its arguments."""
    title, artist = LIGHTS.title, LIGHTS.artists[0]
    by_wish = WorkflowInput(song_metadata=wish(LIGHTS), playlist_id=playlist)
    match strategy:
        case Strategy.ASSISTED:
            return MusicSyncWorkflow.run, [by_wish]
        case Strategy.SIMPLE:
            return SimpleAgentWorkflow.run, [f"Add {title} by {artist}.", playlist]
        case Strategy.MULTI_AGENT:
            return MultiAgentMusicSyncWorkflow.run, [by_wish]
        case Strategy.MCP:
            return MCPIntegratedWorkflow.run, [title, artist, playlist]
        case _:
            return SimpleMusicSyncWorkflow.run, [title, artist, playlist]


@asynccontextmanager
async def under_the_sky(strategy: Strategy, given: Given) -> AsyncGenerator[Sky]:
    """What workers are given, from the other side."""
    database = Database(given.database())
    await prepare(database)
    store = music_store(database, catalogue="local", rules="test", clock=time.time)
    client = await connect(given.temporal, {}, namespace=given.namespace)
    music = MusicService(client, store, InMemoryCatalogue(()), flags=AGENTS_ON)
    try:
        stored = await store.imports.put(SONGS, name="m", source_format="test", encoding="utf-8")
        yield Sky(strategy, client, given.catalogue, music, stored.id)
    finally:
        await database.aclose()


# --- and its workers killed -----------------------------------------------------------------------


@dataclass(frozen=True)
class Storm:
    """What came of a strategy whose workers were killed.

    Attributes:
        wanted: What the pipeline puts into a playlist.
        calm: A sync that was not disturbed.
        steps: Of that sync, and of a song that was not disturbed either.
        syncs: Those that were.
        songs: Likewise.
        sprung: Traps in which a worker died, and which one.
        waiting: Traps to which none came.
        died: Workers.
    """

    wanted: Sequence[str]
    calm: Ran
    steps: frozenset[str]
    syncs: Sequence[Ran]
    songs: Sequence[Ran]
    sprung: Mapping[str, int]
    waiting: Sequence[str]
    died: Sequence[int]

    @property
    def histories(self) -> list[WorkflowHistory]:
        """Of all that was disturbed."""
        return [history for ran in (*self.syncs, *self.songs) for history in ran.histories]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def storms(
    temporal_server: Endpoint,
    catalogue: LocalCatalogueProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[Strategy, Storm | BaseException]:
    """All of them at once; one that came to no good says why."""

    async def ended(strategy: Strategy) -> Storm:
        given = Given(
            temporal=temporal_server.address,
            namespace=strategy,
            catalogue=catalogue.url,
            folder=tmp_path_factory.mktemp(strategy),
        )
        async with asyncio.timeout(ENDS_WITHIN_S), under_the_sky(strategy, given) as sky:
            return await storm(sky, TrappedWorkers(given))

    found = await asyncio.gather(*map(ended, STRATEGIES), return_exceptions=True)
    return dict(zip(STRATEGIES, found, strict=True))


async def storm(sky: Sky, workers: TrappedWorkers) -> Storm:
    """Work undisturbed, then with traps before and after each step that this took."""
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(workers.kept_up())
        plain = await sky.sync("plain", Strategy.PIPELINE)
        calm, song = await asyncio.gather(sky.sync("calm"), sky.song("calm song"))
        steps = steps_of((*calm.histories, *song.histories))
        workers.trap(steps)
        began = time.monotonic()
        ran = await asyncio.gather(
            *(sky.sync(f"sync {number}") for number in range(SYNCS)),
            *(sky.song(f"song {number}") for number in range(SINGLE_SONGS)),
        )
        took = time.monotonic() - began
        keeping.cancel()
    sprung = workers.sprung()
    print(f"{sky.strategy}: {len(sprung)} traps, {len(workers.died)} kills, {took:.0f} s")  # noqa: T201 - figures for the reader
    (wanted,) = plain.held
    return Storm(
        wanted=wanted,
        calm=calm,
        steps=steps,
        syncs=ran[:SYNCS],
        songs=ran[SYNCS:],
        sprung=sprung,
        waiting=workers.waiting(),
        died=workers.died,
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_worker_killed_at_every_step_costs_time_and_nothing_else(storms, strategy):
    storm = storms[strategy]
    if isinstance(storm, BaseException):
        raise storm

    assert storm.waiting == []
    assert set(storm.sprung) == traps_of(storm.steps)
    assert set(storm.died) == set(storm.sprung.values())
    assert interrupted(storm.histories) >= scheduled(storm.histories)

    assert storm.wanted
    for ran in storm.syncs:
        assert ran.held == [storm.wanted]
        assert ran.result.verified
        assert chosen(ran.result) == chosen(storm.calm.result)
        asked = used(storm.calm.result).asked
        assert (used(ran.result).asked, used(ran.result).given_back) == (asked, 0)
    for ran in storm.songs:
        assert ran.held == [[MILE.uri, LIGHTS.uri]]
        assert (ran.result.success, ran.result.position) == (True, 1)
        assert ran.result.status in {TrackStatus.ADDED, TrackStatus.ALREADY_PRESENT}
    assert [failure for history in storm.histories for failure in failed_tasks(history)] == []
    # After every kill others have replayed what was left; these are replayed as a whole.
    await replay_music([*storm.syncs[0].histories, *storm.songs[0].histories])


def chosen(report: SyncReport) -> list[tuple[TrackStatus, str | None]]:
    """How each row ended, and with which track."""
    return [(row.status, row.match.uri if row.match else None) for row in report.tracks]
