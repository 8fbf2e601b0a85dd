"""Songs, rows and scripted steps that the tests of music by agents share."""

from typing import Any

from segue.music.contracts.songs import SongMetadata, Track
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import WorkflowResult
from segue.music.matching.decide import judge
from segue.music.wire.agents import RowDoubt, SongMatchInput
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.programs.openai import ScriptedOpenAI
from tests.fakes.programs.openai_server.steps import Step
from tests.fakes.worlds.music_agents import MusicAgentWorld, calls, says

LIGHTS, LIVE, KARAOKE, LANTERNS, MILE = TRACKS[:5]
ABSENT = SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real")
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")  # a doubt without a veto
SHORTER = SongMetadata(title=LIGHTS.title, artist="Ada Quill", duration_ms=240_000)  # ruled out

# Two songs that are equally near to a misspelt wish, of which two plain facts name one.
RAIN = LIGHTS.model_copy(
    update={"uri": track_uri(50), "title": "Silver Rain", "album": "Wet", "release_date": "1971"}
)
TRAIN = LIGHTS.model_copy(
    update={"uri": track_uri(51), "title": "Silver Train", "album": "Iron", "release_date": "1973"}
)
PROVEN = SongMetadata(title="Silver Tain", artist="Ada Quill", album="Wet", year=1971)

SEARCHED = calls("spotify_search", query="Harbour Lights", limit=10)
NONE = says({"uri": None, "confidence": 0.9, "reason": "gave up"})


def row(song: SongMetadata, strategy: Strategy, **more: Any) -> SongMatchInput:
    """A row of a sync that agents choose for."""
    return SongMatchInput(run_id="r", row=0, song=song, strategy=strategy, **more)


def doubt(song: SongMetadata, number: int = 0) -> RowDoubt:
    """A row that the matcher leaves in doubt."""
    return RowDoubt(row=number, song=song, verdict=judge(song, (*TRACKS[:4], RAIN, TRAIN)))


def finding(*tracks: Track) -> Any:
    """A search that forgives spelling, as catalogues do."""

    async def search(_query: str, *, limit: int = 10, offset: int = 0) -> tuple[Track, ...]:
        return tracks

    return search


async def obeyed(
    world: MusicAgentWorld, openai: ScriptedOpenAI, name: str, steps: list[Step]
) -> tuple[WorkflowResult, list[str], list[str | None]]:
    """How a song of a scripted agent ends, what its tools told it, and what the playlist holds."""
    await openai.script(name, steps)
    held = world.catalogue.put_playlist("Mine")
    result = await world.run(SimpleMusicSyncWorkflow.run, LIGHTS.title, LIGHTS.artists[0], held)
    asked: list[Any] = [(call.body or {})["input"] for call in await openai.calls(name)]
    told = [item["output"] for item in asked[-1] if item.get("type") == "function_call_output"]
    return result, told, world.catalogue.uris_of(held)
