"""Whole playlists whose tracks agents choose. The offline rules answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from segue.errors.base import SegueError
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import FlagSet, Strategy
from segue.music.contracts.syncs import SyncRequest
from segue.music.service.music import MusicService
from segue.music.wire.agents import AgentPlan
from segue.runtime.embedded import Endpoint
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, MusicAgentWorld, music_agent_world
from tests.replay.stage import Histories, Scene, all_runs, new_database

CONTINUE_AFTER = 60
HELD = TRACKS[3:12]
MILES = [wish(track) for track in HELD[1:]]
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # a doubt without a veto
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked
SHADOWED = FlagSet(use_agent_sdk=True, shadow_percentage=100)


@dataclass(frozen=True)
class Case:
    """A sync to record.

    Attributes:
        name: Of its history.
        plan: Of the worker.
        meanwhile: Done once the first search is asked, which then waits for the end of it.
        decided: A person has decided the first song before, so its rows make the history no longer.
    """

    name: str
    songs: Sequence[SongMetadata]
    strategy: Strategy
    plan: AgentPlan = OFFLINE
    meanwhile: Callable[[MusicService, str], Awaitable[None]] | None = None
    decided: bool = False

    def names(self) -> tuple[str, ...]:
        """Of the sync's history, and of its shadow's."""
        own = f"PlaylistSyncWorkflow.{self.name}"
        shadow = f"ShadowSyncWorkflow.{self.name}"
        return (own, shadow) if self.strategy is Strategy.AUTO else (own,)


async def cancel(music: MusicService, workflow_id: str) -> None:
    """End it."""
    await music.cancel(workflow_id)


async def pause_and_resume(music: MusicService, workflow_id: str) -> None:
    """Hold it, and let it go on."""
    await music.pause(workflow_id)
    await music.resume(workflow_id)


CASES = (
    Case("assisted", [*MILES[:3], GUEST, ABSENT], Strategy.ASSISTED),
    Case("assisted-agents-off", [MILES[0], GUEST], Strategy.ASSISTED, OFF),
    Case("agent", [MILES[0], GUEST], Strategy.AGENT),
    Case("agent-agents-off", MILES[:2], Strategy.AGENT, OFF),
    Case("agent-continued", [*[MILES[0]] * 8, *MILES[1:3]] * 5, Strategy.AGENT, OFF, decided=True),
    Case("agent-cancelled", MILES[:2], Strategy.AGENT, meanwhile=cancel),
    Case("agent-paused", MILES[:3], Strategy.AGENT, meanwhile=pause_and_resume),
    Case("shadowed", [*MILES[:2], ABSENT], Strategy.AUTO),
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


async def play(case: Case, server: Endpoint) -> Histories:
    """Let one sync go its way; its history, and its shadow's where it has one."""
    catalogue = HeldCatalogue(HELD, name=f"at-{case.name}")
    if case.meanwhile is None:
        catalogue.go.set()
    async with (
        new_database() as database,
        music_agent_world(server, NOBODY, database, catalogue, plan=case.plan) as world,
    ):
        named = zip(case.names(), await _synced(world, catalogue, case), strict=False)
        return {name: await all_runs(world.agents.client, id_) for name, id_ in named}


async def _synced(world: MusicAgentWorld, catalogue: HeldCatalogue, case: Case) -> tuple[str, str]:
    """Sync; the ids of the workflow and of its shadow, whether there is one or not."""
    music = MusicService(world.agents.client, world.store, catalogue, flags=SHADOWED)
    if case.decided:
        await world.store.verdicts.decide(case.songs[0], HELD[1], origin="review")
    stored = await world.store.imports.put(
        case.songs, name="Mine", source_format="test", encoding="utf-8"
    )
    request = SyncRequest(import_id=stored.id, playlist="Mine", strategy=case.strategy)
    started = await music.start_sync(request)
    if case.meanwhile is not None:
        await catalogue.asked.wait()
        await case.meanwhile(music, started.workflow_id)
        catalogue.go.set()
    with suppress(SegueError):  # how it failed is what is recorded
        await music.report(started.workflow_id)
    return started.workflow_id, f"shadow-{started.run_id}"


SCENES = tuple(Scene(case.names(), partial(play, case), CONTINUE_AFTER) for case in CASES)
