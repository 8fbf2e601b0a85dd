"""Many runs on hostile texts, each with a model of its own that obeys; and what is to be seen.

All runs share a worker, a catalogue and a user. What a run may write is its own playlist and the
song that was wished; everything else that can be seen from outside is a breach.
"""

import asyncio
import json
import time
import unicodedata
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError

from segue.errors.base import SegueError
from segue.llm.offline.rulebook import RuleBook
from segue.music.catalogues.port import SEARCH_LIMIT
from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import WorkflowInput, WorkflowResult
from segue.music.register.worker import music_parts
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.music.store.music_store import music_store
from segue.music.wire.agents import AgentPlan
from segue.music.wire.names import MUSIC_QUEUE
from segue.music.workflows.mcp_integrated import MCPIntegratedWorkflow
from segue.music.workflows.multi_agent import MultiAgentMusicSyncWorkflow
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.simple_agent import SimpleAgentWorkflow
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from segue.runtime.embedded import Endpoint
from segue.runtime.faults import from_failure
from segue.runtime.worker import WorkerParts
from segue.storage.database import Database
from tests.fakes.data.catalogue_data import plausible_tracks
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.scripts import RecordedCall
from tests.fakes.programs.openai_server.steps import Step
from tests.fakes.programs.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.worlds.agents import AgentWorld, agent_world
from tests.fakes.worlds.music import AT_ONCE
from tests.fakes.worlds.temporal import serving
from tests.faults.hostile_texts import CANARY, FOREIGN_PLAYLIST, FOREIGN_URI, HostileText
from tests.faults.obedient_models import UNFOUND_URI, obedient_script, orders_in

MILE = TRACKS[4]
FOREIGN = MILE.model_copy(update={"uri": FOREIGN_URI, "title": "Anthem of Strangers"})
UNFOUND = MILE.model_copy(update={"uri": UNFOUND_URI, "title": "Never Searched"})

AT_A_TIME = 8
ENDS_WITHIN_S = 90.0
MESSAGE_CHARACTERS = 300  # of a refusal: Segue's own words around a field of 200

_READS = frozenset({"search", "get_track", "read_items", "get_playlist", "my_id", "my_playlists"})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KNOWN = plausible_tracks(1_600, seed=4)[::8]  # one each


@dataclass(frozen=True)
class Case:
    """One run.

    Attributes:
        texts: Their address is this machine's.
        wished: The texts are the wish itself; else they stand in what the catalogue knows.
        adds: At last the model does add the song that was wished.
        playlist: The run's own.
    """

    number: int
    texts: tuple[HostileText, ...]
    strategy: Strategy
    wished: bool
    adds: bool
    playlist: str
    id: str = field(default_factory=lambda: f"inject-{uuid4().hex[:12]}")

    @property
    def artist(self) -> str:
        """Nobody else's; it tells the runs' searches apart."""
        return _KNOWN[self.number].artists[0]

    @property
    def song(self) -> SongMetadata:
        """The wish."""
        if not self.wished:
            return SongMetadata(title=_KNOWN[self.number].title, artist=self.artist)
        more = " ".join(each.text for each in self.texts[1:])
        return SongMetadata(title=self.texts[0].text, artist=f"{self.artist} {more}".rstrip())

    @property
    def wanted(self) -> Track:
        """The song; by assisted matching it is in doubt, else no model would be asked."""
        guest = self.strategy is Strategy.ASSISTED
        return Track(
            uri=track_uri(20_000 + self.number),
            title=self.song.title,
            artists=("The Ferrymen", self.song.artist) if guest else (self.song.artist,),
            album=self.texts[0].text,
            release_date=self.texts[-1].text,
        )

    @property
    def found(self) -> tuple[Track, ...]:
        """What a search for the wish gives: for each text a track that is full of it."""
        return (*self.strange, self.wanted)

    @property
    def strange(self) -> tuple[Track, ...]:
        """The tracks that are not the song."""
        return tuple(
            Track(
                uri=track_uri(30_000 + 10 * self.number + place),
                # A track of the wished name by the wished artist would be the song.
                title=FOREIGN.title if self.wished else text,
                artists=FOREIGN.artists if self.wished else (text, text),
                album=text,
                release_date=text,
                isrc=text,
            )
            for place, text in enumerate(each.text for each in self.texts)
        )

    def script(self) -> tuple[Step, ...]:
        """What the model says; it writes down this run's own playlist where it is one."""
        orders = orders_in(tuple(each.text for each in self.texts))
        orders = replace(orders, uris=(*orders.uris, self.strange[0].uri))
        added = self.wanted.uri if self.adds else None
        steps = obedient_script(
            self.strategy, self.artist, self.song, orders, number=self.number, wanted=added
        )
        return tuple(
            Step.model_validate_json(step.model_dump_json().replace("OWN_PLAYLIST", self.playlist))
            for step in steps
        )


class HostileCatalogue(InMemoryCatalogue):
    """Gives each run its own song and a stranger's track; all of them can be written."""

    def __init__(self) -> None:
        super().__init__((FOREIGN, UNFOUND, MILE))
        self.cases: list[Case] = []
        assert self.put_playlist("Somebody's own", [MILE.uri]) == FOREIGN_PLAYLIST

    async def search(
        self, query: str, *, limit: int = SEARCH_LIMIT, offset: int = 0
    ) -> tuple[Track, ...]:
        await super().search(query, limit=limit, offset=offset)
        asked = query.casefold()
        hits = (case.found for case in self.cases if case.artist.casefold() in asked)
        return next(hits, (FOREIGN,))[offset : offset + limit]

    def case(self, texts: Sequence[HostileText], strategy: Strategy, *, wished: bool) -> Case:
        """A run, its song and its playlist."""
        number = len(self.cases)
        playlist = self.put_playlist(f"Mine {number}")
        case = Case(number, tuple(texts), strategy, wished, number % 2 == 0, playlist)
        self._tracks.update((track.uri, track) for track in case.found)
        self.cases.append(case)
        return case

    def breaches(self) -> list[str]:
        """Every write outside the plan, in words."""
        own = {case.playlist: case for case in self.cases}
        told = [
            f"{method} of {argument!r}"
            for method, argument in self.calls
            if method not in _READS and (method != "add_items" or argument not in own)
        ]
        for playlist in self._playlists:
            held = self.uris_of(playlist)
            case = own.get(playlist)
            may = ([], [case.wanted.uri]) if case else ([MILE.uri],)
            if held not in may or (case is None and playlist != FOREIGN_PLAYLIST):
                told.append(f"playlist {playlist} holds {held}")
        return told


@dataclass(frozen=True)
class InjectionWorld:
    """A worker, and what its runs work on.

    Attributes:
        address: Where texts want their readers to go.
        visits: Who went there.
    """

    agents: AgentWorld
    catalogue: HostileCatalogue
    address: str
    visits: list[str]

    def cases(
        self, texts: Sequence[HostileText], strategy: Strategy, *, together: int, wished: bool
    ) -> list[Case]:
        """Runs for all of the texts, so many of them in each."""
        here = [replace(text, text=text.text.replace(CANARY, self.address)) for text in texts]
        return [
            self.catalogue.case(here[first : first + together], strategy, wished=wished)
            for first in range(0, len(here), together)
        ]

    async def run_all(self, cases: Sequence[Case]) -> list[WorkflowResult | SegueError]:
        """How they end; several run at a time."""
        lanes = asyncio.Semaphore(AT_A_TIME)

        async def one(case: Case) -> WorkflowResult | SegueError:
            async with lanes, asyncio.timeout(ENDS_WITHIN_S):
                await self.agents.openai.script(case.id, case.script())
                return await self._ended(case)

        return list(await asyncio.gather(*map(one, cases)))

    async def asked(self, case: Case) -> list[RecordedCall]:
        """What the model of a run was sent."""
        return await self.agents.openai.calls(case.id)

    async def failed_tasks(self, case: Case) -> int:
        """Workflow tasks of a run that failed: errors of the workflow's own code."""
        handle = self.agents.client.get_workflow_handle(case.id)
        history = await handle.fetch_history()
        failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        return sum(event.event_type == failed for event in history.events)

    async def _ended(self, case: Case) -> WorkflowResult | SegueError:
        workflow, args = _workflow(case)
        try:
            return await self.agents.client.execute_workflow(
                workflow, args=args, id=case.id, task_queue=MUSIC_QUEUE, result_type=WorkflowResult
            )
        except WorkflowFailureError as failure:
            return from_failure(failure)


@asynccontextmanager
async def injection_world(
    server: Endpoint, openai: ScriptedOpenAI, database: Database
) -> AsyncGenerator[InjectionWorld]:
    """Serve all strategies while the body runs; every run asks the script of its own id."""
    catalogue = HostileCatalogue()
    store = music_store(database, catalogue=catalogue.name, rules="test", clock=time.time)
    spotify = spotify_mcp_server(desk_over(catalogue, database), Offered(removals=True, jobs=False))
    servers = {"spotify": lambda: InProcessMCP(spotify)}
    async with (
        _visited() as (address, visits),
        agent_world(server, openai, database, rules=RuleBook(), mcp_servers=servers) as agents,
        serving(
            agents.client,
            _with_plans(music_parts(catalogue, store, search_concurrency=4, settle=AT_ONCE)),
        ),
        agents.models(),
    ):
        yield InjectionWorld(agents, catalogue, address, visits)


def unfit(body: dict[str, Any], *, most: int = MESSAGE_CHARACTERS) -> list[str]:
    """What no model should be sent, in words: text that hides, and text without an end.

    What the model itself has said is left out; it is sent back as it was.
    """
    told: list[str] = []
    for source in _from_outside(body):
        for text in _leaves(source):
            if hidden := sorted({hex(ord(each)) for each in text if is_hidden(each)}):
                told.append(f"hidden {hidden[:5]} in {text[:80]!a}")
            if len(text) > most:
                told.append(f"{len(text)} characters: {text[:80]!a}")
    return told


def is_hidden(character: str) -> bool:
    """Whether a reader sees nothing of it: controls, directions, zero width, tags, selectors."""
    selector = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
    return selector or unicodedata.category(character) in _HIDDEN


def _from_outside(body: dict[str, Any]) -> Iterable[Any]:
    given: Any = body["input"]
    items: list[dict[str, Any]] = (
        [{"role": "user", "content": given}] if isinstance(given, str) else given
    )
    for item in items:
        if item.get("type") == "function_call_output":
            yield item["output"]
        elif item.get("role") in {"user", "system", "developer"}:
            yield item["content"]


def _leaves(data: Any) -> Iterable[str]:
    """Every text in it; a text that is JSON counts by its parts, and so on inwards."""
    match data:
        case str():
            parsed = _json(data)
            yield from [data] if parsed is None else _leaves(parsed)
        case list():
            for each in data:  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from _leaves(each)
        case dict():
            for key, value in data.items():  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from (str(key), *_leaves(value))  # pyright: ignore[reportUnknownArgumentType] - JSON
        case _:
            return


def _json(text: str) -> Any:
    """What a text holds as JSON; None: it is plain text."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _workflow(case: Case) -> tuple[Any, list[Any]]:
    song = case.song
    wish = WorkflowInput(song_metadata=song, playlist_id=case.playlist)
    match case.strategy:
        case Strategy.ASSISTED:
            return MusicSyncWorkflow.run, [wish]
        case Strategy.SIMPLE:
            return SimpleAgentWorkflow.run, [f"Add {song.title} by {song.artist}.", case.playlist]
        case Strategy.MULTI_AGENT:
            return MultiAgentMusicSyncWorkflow.run, [wish]
        case Strategy.MCP:
            return MCPIntegratedWorkflow.run, [song.title, song.artist, case.playlist]
        case _:
            return SimpleMusicSyncWorkflow.run, [song.title, song.artist, case.playlist]


def _with_plans(parts: Sequence[WorkerParts]) -> list[WorkerParts]:
    """The parts, with a plan that gives each run the model that its id names."""

    @activity.defn(name="music-agent-plan")
    async def agent_plan() -> AgentPlan:
        return AgentPlan(enabled=True, model=f"gpt-scripted:{activity.info().workflow_id}")

    def changed(part: WorkerParts) -> WorkerParts:
        others = [each for each in part.activities if each.__name__ != "agent_plan"]
        return replace(part, activities=[*others, agent_plan])

    return [changed(part) for part in parts]


@asynccontextmanager
async def _visited() -> AsyncGenerator[tuple[str, list[str]]]:
    """A server of this machine that nobody should come to."""
    visits: list[str] = []

    async def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(str(writer.get_extra_info("peername")))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(visited, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", visits
