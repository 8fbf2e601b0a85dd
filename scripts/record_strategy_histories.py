"""Record how playlist syncs go whose tracks agents choose, for the tests of replay.

python -m scripts.record_strategy_histories

As with ``record_histories``, a file that exists stays as it is. The offline rules answer.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from scripts.record_histories import FOLDER, NEUTRAL, all_runs, numbered, write
from segue.errors.base import SegueError
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.music.service.music import MusicService
from segue.music.wire.agents import AgentPlan
from segue.runtime.embedded import TUNING, Endpoint, server_program
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.catalogue import InMemoryCatalogue
from tests.fakes.music import wish
from tests.fakes.music_agents import OFF, OFFLINE, MusicAgentWorld, music_agent_world
from tests.fakes.openai import ScriptedOpenAI
from tests.fakes.tracks import TRACKS

CONTINUE_AFTER = 60  # events
HELD = TRACKS[3:12]
MILES = [wish(track) for track in HELD[1:]]
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # a doubt without a veto
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked
SHADOWED = FlagSet(use_agent_sdk=True, shadow_percentage=100)

Histories = dict[str, list[WorkflowHistory]]


@dataclass(frozen=True)
class Scene:
    """A sync to record.

    Attributes:
        case: Its name.
        plan: Of the worker.
        meanwhile: Done once the first search is asked, which then waits for the end of it.
        decided: A person has decided the first song before, so its rows make the history no longer.
    """

    case: str
    songs: Sequence[SongMetadata]
    strategy: Strategy
    plan: AgentPlan = OFFLINE
    meanwhile: Callable[[MusicService, str], Awaitable[None]] | None = None
    decided: bool = False


async def cancel(music: MusicService, workflow_id: str) -> None:
    """End it."""
    await music.cancel(workflow_id)


async def pause_and_resume(music: MusicService, workflow_id: str) -> None:
    """Hold it, and let it go on."""
    await music.pause(workflow_id)
    await music.resume(workflow_id)


SCENES = (
    Scene("assisted", [*MILES[:3], GUEST, ABSENT], Strategy.ASSISTED),
    Scene("assisted-agents-off", [MILES[0], GUEST], Strategy.ASSISTED, OFF),
    Scene("agent", [MILES[0], GUEST], Strategy.AGENT),
    Scene("agent-agents-off", MILES[:2], Strategy.AGENT, OFF),
    Scene("agent-continued", [*[MILES[0]] * 8, *MILES[1:3]] * 5, Strategy.AGENT, OFF, decided=True),
    Scene("agent-cancelled", MILES[:2], Strategy.AGENT, meanwhile=cancel),
    Scene("agent-paused", MILES[:3], Strategy.AGENT, meanwhile=pause_and_resume),
    Scene("shadowed", [*MILES[:2], ABSENT], Strategy.AUTO),
)


class HeldCatalogue(InMemoryCatalogue):
    """Answers no search before it is let go."""

    def __init__(self, tracks: Sequence[Track], *, name: str) -> None:
        super().__init__(tracks, name=name)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def search(self, query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        """As a catalogue does, once it may."""
        self.asked.set()
        await self.go.wait()
        return await super().search(query, limit=limit, offset=offset)


async def record(server: Endpoint, database: Database, scene: Scene, folder: Path) -> None:
    """Let one sync go its way, and write down how it and its shadow went."""
    catalogue = HeldCatalogue(HELD, name=f"at-{scene.case}")
    if scene.meanwhile is None:
        catalogue.go.set()
    async with music_agent_world(server, NOBODY, database, catalogue, plan=scene.plan) as world:
        for kind, runs in (await _histories(world, catalogue, scene)).items():
            for case, history in numbered(scene.case, runs).items():
                write(folder / f"{kind}.{case}.json", history)


async def _histories(world: MusicAgentWorld, catalogue: HeldCatalogue, scene: Scene) -> Histories:
    client = world.agents.client
    music = MusicService(client, world.store, catalogue, flags=SHADOWED)
    if scene.decided:
        await world.store.verdicts.decide(scene.songs[0], HELD[1], origin="review")
    stored = await world.store.imports.put(
        scene.songs, name="Mine", source_format="test", encoding="utf-8"
    )
    request = SyncRequest(import_id=stored.id, playlist="Mine", strategy=scene.strategy)
    started = await music.start_sync(request)
    if scene.meanwhile is not None:
        await catalogue.asked.wait()
        await scene.meanwhile(music, started.workflow_id)
        catalogue.go.set()
    try:
        await music.report(started.workflow_id)
    except SegueError as told:
        print(f"{scene.case}: {told.message}")
    found: Histories = {"PlaylistSyncWorkflow": await all_runs(client, started.workflow_id)}
    if scene.strategy is Strategy.AUTO:
        found["ShadowSyncWorkflow"] = [await _whole(client, f"shadow-{started.run_id}")]
    return found


async def _whole(client: Client, workflow_id: str) -> WorkflowHistory:
    return await client.get_workflow_handle(workflow_id).fetch_history()


async def main() -> None:
    """Play every scene on a real server and write what it recorded."""
    folder = FOLDER / version("segue")
    limit = f"limit.historyCount.suggestContinueAsNew={CONTINUE_AFTER}"
    async with await WorkflowEnvironment.start_local(
        identity=NEUTRAL,
        dev_server_existing_path=str(server_program()),
        dev_server_extra_args=[*TUNING, "--dynamic-config-value", limit],
    ) as started:
        server = Endpoint(address=started.client.service_client.config.target_host, ui_url="")
        for scene in SCENES:
            with tempfile.TemporaryDirectory() as data:
                database = Database(database_url(None, Path(data)))
                await database.migrate()
                await record(server, database, scene, folder)
                await database.aclose()


if __name__ == "__main__":
    asyncio.run(main())
    time.sleep(0.1)  # the SDK's threads end; see segue.runtime.client
