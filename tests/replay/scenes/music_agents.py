"""Single songs and doubts by agents. The offline rules answer: two recordings say the same."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from temporalio.client import WorkflowFailureError

from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import WorkflowInput
from segue.music.matching.decide import judge
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.music.wire.agents import AgentPlan, DoubtsInput, RowDoubt, SongMatchInput
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.workflows.agent_runs import EVIDENCE
from segue.runs.workflow.agent_run import SHORT_TURNS
from segue.runtime.embedded import Endpoint
from tests.fakes.data.music_agent_scenes import PROVEN, RAIN, TRAIN
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, music_agent_world
from tests.replay.stage import Histories, Scene, all_runs, new_database, since

LIGHTS, LANTERNS, MILE = TRACKS[0], TRACKS[3], TRACKS[4]
HELD = (LIGHTS, LANTERNS, MILE)  # few, for a history repeats what was found at every step
# Without an artist there is one query, and it has no quotation marks: escaped as often as in these
# histories, they look like the path of a file on some machine.
ABSENT = SongMetadata(title="Never Recorded Anywhere")
UNNAMED = SongMetadata(title="Paper Lanterns")
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # a doubt without a veto
RULED_OUT = SongMetadata(title=LIGHTS.title, artist="Ada Quill", duration_ms=240_000)
NOBODY = ScriptedOpenAI("http://127.0.0.1:1")  # the offline rules answer: it is never asked
PLAYLIST = "PLAYLIST"


@dataclass(frozen=True)
class Case:
    """A run to record.

    Attributes:
        name: Of its history.
        args: ``PLAYLIST`` stands for the id of a new playlist.
        plan: Of the worker.
        has_older: Whether it was recorded before agents' turns were short, too.
    """

    name: str
    args: tuple[Any, ...]
    plan: AgentPlan = OFFLINE
    has_older: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Of its histories: where agents run, there are older ones as well."""
        changes = [SHORT_TURNS] if self.plan != OFF and self.has_older else []
        changes += [EVIDENCE] if self.name in IN_DOUBT else []
        return (self.name, *(since(change, self.name) for change in changes))


def _row(song: SongMetadata, strategy: Strategy) -> SongMatchInput:
    return SongMatchInput(run_id="r", row=0, song=song, strategy=strategy)


def _wish(song: SongMetadata) -> WorkflowInput:
    return WorkflowInput(song_metadata=song, playlist_id=PLAYLIST)


CHOOSING = (Strategy.ASSISTED, Strategy.SIMPLE, Strategy.AGENT, Strategy.MULTI_AGENT, Strategy.MCP)
DOUBTS = tuple(
    RowDoubt(row=number, song=song, verdict=judge(song, HELD))
    for number, song in enumerate((GUEST, RULED_OUT))
)
SURE = (RowDoubt(row=0, song=PROVEN, verdict=judge(PROVEN, (RAIN, TRAIN))),)  # picked, twice
NAMED = (LIGHTS.title, LIGHTS.artists[0], PLAYLIST)
MISSING = (ABSENT.title, ABSENT.artist, PLAYLIST)
IN_DOUBT = (  # of what agents found: the pipeline's own searches follow
    "SongMatchWorkflow.agent-doubt",
    "SongMatchWorkflow.mcp-doubt",
    "SimpleMusicSyncWorkflow.missing",
    "MultiAgentMusicSyncWorkflow.doubt",
    "EnhancedMusicSyncWorkflow.doubt",
    "MCPIntegratedWorkflow.missing",
)
TEAMS = ("MultiAgentMusicSyncWorkflow", "EnhancedMusicSyncWorkflow")

CASES = (
    *(
        Case(f"SongMatchWorkflow.{strategy.value}-{name}", (_row(song, strategy),))
        for strategy in CHOOSING
        for name, song in {"found": wish(LIGHTS), "doubt": UNNAMED}.items()
    ),
    Case("SongMatchWorkflow.assisted-asked", (_row(GUEST, Strategy.ASSISTED),)),
    Case("SongMatchWorkflow.agent-missing", (_row(ABSENT, Strategy.AGENT),)),
    Case("DoubtsWorkflow.two", (DoubtsInput(run_id="r", doubts=DOUBTS),)),
    Case("DoubtsWorkflow.second-opinion", (DoubtsInput(run_id="r", doubts=SURE),), has_older=False),
    Case("SimpleAgentWorkflow.looked-for", ("Find Harbour Lights by Ada Quill.",)),
    Case("SimpleAgentWorkflow.added", ("Harbour Lights by Ada Quill", PLAYLIST)),
    Case("SimpleAgentWorkflow.no-song", ("Good morning!",)),
    Case("SimpleMusicSyncWorkflow.added", NAMED),
    Case("SimpleMusicSyncWorkflow.missing", MISSING),
    Case("SimpleMusicSyncWorkflow.off", NAMED, OFF),
    *(Case(f"{kind}.added", (_wish(wish(LIGHTS)),)) for kind in TEAMS),
    *(Case(f"{kind}.doubt", (_wish(UNNAMED),)) for kind in TEAMS),
    Case("MCPIntegratedWorkflow.added", NAMED),
    Case("MCPIntegratedWorkflow.missing", MISSING),
    Case("MusicSyncWorkflow.doubt-asked", (_wish(GUEST),)),
    Case("MusicSyncWorkflow.doubt-agents-off", (_wish(GUEST),), OFF),
)


async def play(case: Case, server: Endpoint) -> Histories:
    """Let one run go its way."""
    catalogue = InMemoryCatalogue(HELD)
    playlist_id = catalogue.put_playlist("Mine", [MILE.uri])
    async with new_database() as database:
        mcp = spotify_mcp_server(desk_over(catalogue, database), Offered(jobs=False))
        async with music_agent_world(
            server,
            NOBODY,
            database,
            catalogue,
            plan=case.plan,
            mcp_servers={"spotify": lambda: InProcessMCP(mcp)},
        ) as world:
            handle = await world.agents.client.start_workflow(
                case.name.partition(".")[0],
                args=[_with_playlist(argument, playlist_id) for argument in case.args],
                id=case.name.replace(".", "-"),
                task_queue=MUSIC_QUEUE,
            )
            with suppress(WorkflowFailureError):  # how it failed is what is recorded
                await handle.result()
            return {case.names[-1]: await all_runs(world.agents.client, handle.id)}


def _with_playlist(argument: object, playlist_id: str) -> object:
    if isinstance(argument, WorkflowInput):
        return argument.model_copy(update={"playlist_id": playlist_id})
    return playlist_id if argument == PLAYLIST else argument


SCENES = tuple(Scene(case.names, partial(play, case)) for case in CASES)
