"""Models that do their work badly, in every strategy that lets them search.

What must hold: no strategy does worse than the pipeline on songs that the pipeline is certain of,
and nothing leaves a playlist because a model did nothing.
"""

from collections.abc import Callable

import pytest
from temporalio.client import WorkflowFailureError

from segue.errors.run import AgentError
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.syncs import SyncMode
from segue.music.contracts.tracks import TrackStatus, WorkflowInput
from segue.music.workflows.multi_agent import MultiAgentMusicSyncWorkflow
from segue.music.workflows.song_match import SongMatchWorkflow
from segue.runtime.faults import from_failure
from tests.fakes.data.music_agent_scenes import (
    GUEST,
    LANTERNS,
    LIGHTS,
    LIVE,
    MILE,
    SEARCHED,
    finding,
    row,
)
from tests.fakes.data.tracks import TRACKS, track_uri
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai_server.faults import FAULTS
from tests.fakes.programs.openai_server.steps import HttpError, Step, refusal, text
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import calls, music_agent_world, says, scripted
from tests.fakes.worlds.strategies import BY_TOOLS, asked, music_of, spotify_over, synced, used

INVENTED = {"uri": track_uri(9_999), "confidence": 1.0, "reason": "surely"}
NONE = {"uri": None, "confidence": 1.0, "reason": "there is none"}
ANOTHER = {"uri": LIVE.uri, "confidence": 1.0, "reason": "this one"}


Search = Callable[[str], Step]

# What the model says, and why the song is given back to the pipeline for it.
CARELESS: dict[str, tuple[Callable[[Search], list[Step]], str]] = {
    "says null at once": (lambda _: [says(NONE)], "run.no_search"),
    "invents an address at once": (lambda _: [says(INVENTED)], "run.no_search"),
    "answers in words": (lambda _: [text("I have found it.", times=None)], "run.invalid_output"),
    "says nothing": (lambda _: [text("", times=None)], "model.unusable_answer"),
    "refuses": (lambda _: [refusal()], "run.refused"),
    "is locked": (
        lambda _: [Step(error=HttpError(status=401, message="no"), times=None)],
        "model.unauthorized",
    ),
    "searches for ever": (lambda search: [for_ever(search("Harbour"))], "run.too_many_turns"),
    "searches elsewhere": (lambda search: [search("Nobody Knows"), says(NONE)], ""),
    "searches, and invents": (
        lambda search: [search("Nobody Knows"), says(INVENTED)],
        "run.unknown_track",
    ),
    "searches, and says null": (lambda search: [search("Harbour Lights"), says(NONE)], ""),
    "chooses another": (lambda search: [search("Harbour Lights"), says(ANOTHER)], ""),
}


def for_ever(step: Step) -> Step:
    """The step, at every call."""
    return step.model_copy(update={"times": None})


def search_of(strategy: Strategy) -> Search:
    """A search with the strategy's tool."""
    if strategy is Strategy.MCP:
        return lambda words: calls("search_tracks", query=words, limit=10, offset=0)
    return lambda words: calls("spotify_search", query=words, limit=10)


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
def open_world(temporal_server, scripted_openai, sqlite_database, catalogue):
    def opened(**plan):
        return music_agent_world(
            temporal_server,
            scripted_openai,
            sqlite_database,
            catalogue,
            plan=scripted("careless", **plan),
            mcp_servers=spotify_over(catalogue, sqlite_database),
        )

    return opened


@pytest.mark.parametrize("habit", CARELESS)
async def test_no_strategy_does_worse_than_the_pipeline_where_that_is_certain(
    open_world, scripted_openai, catalogue, habit
):
    steps, code = CARELESS[habit]
    # Who speaks in words gives no typed answer that could be wrong, and names no track.
    in_words = {"answers in words": "run.no_search", "searches, and invents": ""}.get(habit, code)
    async with open_world(max_turns=3) as world:
        for strategy in BY_TOOLS:
            await scripted_openai.script("careless", steps(search_of(strategy)))
            report = await synced(world, [wish(LIGHTS)], strategy, f"By {strategy}")

            assert catalogue.uris_of(report.playlist.id) == [LIGHTS.uri], strategy
            assert report.counts[TrackStatus.ADDED] == 1
            reason = in_words if strategy is Strategy.SIMPLE else code
            assert used(report).given_back == len(used(report).reasons) == bool(reason), strategy
            assert [each.code for each in used(report).reasons] == [reason] * bool(reason)


# What ends an agent at once, of all that the scripted server can do wrong.
BROKEN = (
    "bad request (400)",
    "unknown model (404)",
    "quota used up (429)",
    "prompt filtered (400)",
    "context too long (400)",
    "answer filtered",
    "answer at its token limit",
    "structured output of another shape",
    "truncated tool arguments",
    "unknown tool",
)


async def test_whatever_a_model_cannot_do_the_songs_end_as_by_the_pipeline_and_it_is_said_why(
    open_world, scripted_openai, catalogue
):
    songs = [wish(LIGHTS), GUEST]
    async with open_world(max_turns=3) as world:
        for number, name in enumerate(BROKEN):
            await scripted_openai.script("careless", [for_ever(FAULTS[name])])
            strategy = Strategy.ASSISTED if number % 2 else Strategy.AGENT
            report = await synced(world, songs, strategy, name)

            assert catalogue.uris_of(report.playlist.id) == [LIGHTS.uri], name
            assert report.counts[TrackStatus.REVIEW] == 1, name
            reasons = used(report).reasons
            asked_rows = 1 if strategy is Strategy.ASSISTED else len(songs)
            assert used(report).given_back == sum(each.count for each in reasons) == asked_rows
            assert all("." in each.code for each in reasons), name


async def test_a_model_that_guesses_in_a_doubt_adds_nothing_that_the_pipeline_would_not(
    open_world, scripted_openai, catalogue
):
    choice = {"uri": LANTERNS.uri, "confidence": 1.0, "reason": "sure"}
    first = for_ever(says({"index": 0, "reason": "the first"}))
    async with open_world() as world:
        for strategy in (Strategy.ASSISTED, Strategy.AGENT, Strategy.MULTI_AGENT, Strategy.MCP):
            chosen = [search_of(strategy)("Paper Lanterns"), says(choice)]
            steps = [first] if strategy is Strategy.ASSISTED else [*chosen, first]
            await scripted_openai.script("careless", steps)
            report = await synced(world, [GUEST], strategy, f"By {strategy}")

            assert report.counts[TrackStatus.REVIEW] == 1, strategy
            assert catalogue.uris_of(report.playlist.id) == [], strategy
            assert [each.code for each in used(report).reasons] == ["run.unsteady_choice"]


async def test_a_model_that_never_searches_empties_no_playlist(
    open_world, scripted_openai, catalogue
):
    await scripted_openai.script("careless", [for_ever(says(NONE))])
    held = catalogue.put_playlist("Mine", [LIGHTS.uri, MILE.uri, LIVE.uri])
    async with open_world() as world:
        request = await asked(world, [wish(LIGHTS), wish(MILE)], Strategy.AGENT)
        started = await music_of(world).start_sync(
            request.model_copy(update={"mode": SyncMode.MIRROR, "confirmed": True})
        )
        report = await music_of(world).report(started.workflow_id)

    assert catalogue.uris_of(held) == [LIGHTS.uri, MILE.uri]
    assert [track.uri for track in report.removed] == [LIVE.uri]
    assert report.searches > 0


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([says(INVENTED)], "run.no_search"),
        ([SEARCHED, says(INVENTED)], "run.unknown_track"),
        ([text("no JSON")], "run.invalid_output"),
    ],
)
async def test_an_ending_that_has_no_say_says_why(open_world, scripted_openai, steps, code):
    await scripted_openai.script("careless", steps)
    async with open_world() as world:
        with pytest.raises(WorkflowFailureError) as failure:
            await world.run(SongMatchWorkflow.run, row(wish(LIGHTS), Strategy.AGENT))

    error = from_failure(failure.value)
    assert isinstance(error, AgentError)
    assert error.cause == code


async def test_an_agent_cannot_add_a_doubt_in_the_place_of_what_the_pipeline_finds(
    open_world, scripted_openai, catalogue
):
    """It searched for the song with the guest alone; the pipeline finds the one without."""
    plain = LANTERNS.model_copy(update={"uri": track_uri(60), "artists": ("Ada Quill",)})
    catalogue._tracks[plain.uri] = plain
    found = finding(LANTERNS)
    search = catalogue.search

    async def once(query: str, **more: int):
        catalogue.search = search
        return await found(query, **more)

    choice = {"uri": LANTERNS.uri, "confidence": 1.0, "reason": "sure"}
    await scripted_openai.script(
        "careless",
        [
            calls("spotify_search", query="Paper Lanterns", limit=10),
            calls("transfer_to_matchingagent", uris=[LANTERNS.uri], note="one search"),
            calls("transfer_to_playlistagent", **choice),
            calls("add_to_playlist", track_uri=LANTERNS.uri),
            says(choice),
        ],
    )
    async with open_world() as world:
        catalogue.search = once
        held = catalogue.put_playlist("Mine")
        wanted = WorkflowInput(song_metadata=GUEST, playlist_id=held)
        result = await world.run(MultiAgentMusicSyncWorkflow.run, wanted)

    assert catalogue.uris_of(held) == []
    assert (result.success, result.track) == (False, plain)
