"""Record how every music workflow with agents goes, in all its ways, for the tests of replay.

python -m scripts.record_music_agent_histories

As with ``record_histories``, a file that exists stays as it is. The offline rules answer, so that
two recordings say the same.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scripts.record_histories import FOLDER, write
from segue.errors.base import SegueError
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import WorkflowInput
from segue.music.matching.decide import judge
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.music.wire.agents import AgentPlan, DoubtsInput, RowDoubt, SongMatchInput
from segue.music.wire.names import MUSIC_QUEUE
from segue.runtime.embedded import EmbeddedTemporal, Endpoint
from segue.runtime.faults import from_failure
from segue.runtime.processes import Supervisor
from segue.storage.address import database_url
from segue.storage.database import Database
from tests.fakes.catalogue import InMemoryCatalogue
from tests.fakes.music import wish
from tests.fakes.music_agents import OFF, OFFLINE, music_agent_world
from tests.fakes.openai import ScriptedOpenAI
from tests.fakes.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.tracks import TRACKS

LIGHTS, LANTERNS, MILE = TRACKS[0], TRACKS[3], TRACKS[4]
HELD = (LIGHTS, LANTERNS, MILE)  # few, for a history repeats what was found at every step
# Without an artist there is one query, and it has no quotation marks: escaped as often as in these
# histories, they look like the path of a file on some machine.
ABSENT = SongMetadata(title="Never Recorded Anywhere")
UNNAMED = SongMetadata(title="Paper Lanterns")
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # a doubt without a veto
RULED_OUT = SongMetadata(title=LIGHTS.title, artist="Ada Quill", duration_ms=240_000)
NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked


@dataclass(frozen=True)
class Case:
    """A run to record.

    Attributes:
        workflow: Its type.
        name: Of the case.
        args: ``PLAYLIST`` stands for the id of a new playlist.
        plan: Of the worker.
    """

    workflow: str
    name: str
    args: tuple[Any, ...]
    plan: AgentPlan = OFFLINE


PLAYLIST = "PLAYLIST"


def cases() -> list[Case]:
    """Every way of every workflow."""
    rows = [
        Case("SongMatchWorkflow", f"{strategy.value}-{name}", (_row(song, strategy),))
        for strategy in (
            Strategy.ASSISTED,
            Strategy.SIMPLE,
            Strategy.AGENT,
            Strategy.MULTI_AGENT,
            Strategy.MCP,
        )
        for name, song in {"found": wish(LIGHTS), "doubt": UNNAMED}.items()
    ]
    doubts = tuple(
        RowDoubt(row=number, song=song, verdict=judge(song, HELD))
        for number, song in enumerate((GUEST, RULED_OUT))
    )
    named = (LIGHTS.title, LIGHTS.artists[0], PLAYLIST)
    team = ("MultiAgentMusicSyncWorkflow", "EnhancedMusicSyncWorkflow")
    return [
        *rows,
        Case("SongMatchWorkflow", "assisted-asked", (_row(GUEST, Strategy.ASSISTED),)),
        Case("SongMatchWorkflow", "agent-missing", (_row(ABSENT, Strategy.AGENT),)),
        Case("DoubtsWorkflow", "two", (DoubtsInput(run_id="r", doubts=doubts),)),
        Case("SimpleAgentWorkflow", "looked-for", ("Find Harbour Lights by Ada Quill.",)),
        Case("SimpleAgentWorkflow", "added", ("Harbour Lights by Ada Quill", PLAYLIST)),
        Case("SimpleAgentWorkflow", "no-song", ("Good morning!",)),
        Case("SimpleMusicSyncWorkflow", "added", named),
        Case("SimpleMusicSyncWorkflow", "missing", (ABSENT.title, ABSENT.artist, PLAYLIST)),
        Case("SimpleMusicSyncWorkflow", "off", named, OFF),
        *(Case(kind, "added", (_wish(wish(LIGHTS)),)) for kind in team),
        *(Case(kind, "doubt", (_wish(UNNAMED),)) for kind in team),
        Case("MCPIntegratedWorkflow", "added", named),
        Case("MCPIntegratedWorkflow", "missing", (ABSENT.title, ABSENT.artist, PLAYLIST)),
        Case("MusicSyncWorkflow", "doubt-asked", (_wish(GUEST),)),
        Case("MusicSyncWorkflow", "doubt-agents-off", (_wish(GUEST),), OFF),
    ]


async def record(server: Endpoint, database: Database, case: Case, folder: Path) -> None:
    """Let one run go its way, and write down how it went."""
    catalogue = InMemoryCatalogue(HELD)
    held = catalogue.put_playlist("Mine", [MILE.uri])
    mcp = spotify_mcp_server(desk_over(catalogue, database), Offered(jobs=False))
    opened = music_agent_world(
        server,
        NOBODY,
        database,
        catalogue,
        plan=case.plan,
        mcp_servers={"spotify": lambda: InProcessMCP(mcp)},
    )
    async with opened as world:
        handle = await world.agents.client.start_workflow(
            case.workflow,
            args=[_placed(given, held) for given in case.args],
            id=f"{case.workflow}-{case.name}",
            task_queue=MUSIC_QUEUE,
        )
        try:
            print(f"{case.workflow}.{case.name}: {str(await handle.result())[:100]}")
        except Exception as failure:  # noqa: BLE001 - how it failed is what is recorded
            told: SegueError = from_failure(failure)
            print(f"{case.workflow}.{case.name}: {told.message}")
        write(folder / f"{case.workflow}.{case.name}.json", await handle.fetch_history())


def _row(song: SongMetadata, strategy: Strategy) -> SongMatchInput:
    return SongMatchInput(run_id="r", row=0, song=song, strategy=strategy)


def _wish(song: SongMetadata) -> WorkflowInput:
    return WorkflowInput(song_metadata=song, playlist_id=PLAYLIST)


def _placed(given: object, playlist_id: str) -> object:
    if isinstance(given, WorkflowInput):
        return given.model_copy(update={"playlist_id": playlist_id})
    return playlist_id if given == PLAYLIST else given


async def main() -> None:
    """Record what is missing."""
    folder = FOLDER / version("segue")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        database = Database(database_url(None, Path(data)))
        await database.migrate()
        async with (
            EmbeddedTemporal(Path(data)) as temporal,
            Supervisor([temporal.child()]),
        ):
            server = Endpoint(address=temporal.address, ui_url=temporal.ui_url)
            for case in cases():
                if not (folder / f"{case.workflow}.{case.name}.json").exists():
                    await record(server, database, case, folder)
        await database.aclose()


if __name__ == "__main__":
    asyncio.run(main())
    time.sleep(0.1)  # the SDK's threads end; see segue.runtime.client
