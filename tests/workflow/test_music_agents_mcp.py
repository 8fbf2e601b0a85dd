"""Songs by an agent whose tools come from the Spotify MCP server, in process and over stdio."""

import json
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer
from temporalio.client import WorkflowFailureError

from segue.errors.catalogue import NotFoundError
from segue.errors.run import AgentError, MCPServerError
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackStatus
from segue.music.spotify_mcp.server import Offered, spotify_mcp_server
from segue.music.wire.agents import SongMatchInput
from segue.music.workflows.mcp_integrated import MCPIntegratedWorkflow
from segue.music.workflows.song_match import SongMatchWorkflow
from segue.runtime.faults import from_failure
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.spotify_mcp import InProcessMCP, desk_over
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, calls, music_agent_world, says, scripted

LIGHTS, LIVE = TRACKS[:2]
MILE = TRACKS[4]
LANTERNS = TRACKS[3]
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")
SEARCHED = calls("search_tracks", query="Harbour Lights", limit=10, offset=0)
NONE = says({"uri": None, "confidence": 0.9, "reason": "gave up"})


class Crashing(InProcessMCP):
    """A server of which the first processes end before they answer.

    Attributes:
        left: How many still will; shared by all.
    """

    left = 0

    async def connect(self):
        if type(self).left:
            type(self).left -= 1
            raise ConnectionError("the server process has ended")
        await super().connect()


@pytest.fixture
def catalogue():
    return InMemoryCatalogue(TRACKS)


@pytest.fixture
def open_world(temporal_server, scripted_openai, sqlite_database, catalogue):
    def opened(plan=OFFLINE, server=None, kind=InProcessMCP):
        made = server or spotify_mcp_server(
            desk_over(catalogue, sqlite_database), Offered(removals=True, jobs=False)
        )
        return music_agent_world(
            temporal_server,
            scripted_openai,
            sqlite_database,
            catalogue,
            plan=plan,
            mcp_servers={"spotify": lambda: kind(made)},
        )

    return opened


async def failure_of(world, workflow, *args):
    with pytest.raises(WorkflowFailureError) as told:
        await world.run(workflow, *args)
    return from_failure(told.value)


def row(song):
    return SongMatchInput(run_id="r", row=0, song=song, strategy=Strategy.MCP)


async def test_all_tools_come_from_the_server_and_the_song_is_read_back(open_world):
    async with open_world() as world:
        held = world.catalogue.put_playlist("Mine", [MILE.uri])
        asked = (LIGHTS.title, LIGHTS.artists[0], held)
        results = [await world.run(MCPIntegratedWorkflow.run, *asked) for _ in range(2)]

        assert [result.status for result in results] == [
            TrackStatus.ADDED,
            TrackStatus.ALREADY_PRESENT,
        ]
        assert all((result.success, result.position) == (True, 1) for result in results)
        assert world.catalogue.uris_of(held) == [MILE.uri, LIGHTS.uri]


@pytest.mark.parametrize(
    ("song", "decision"),
    [
        (wish(LIGHTS), "accept"),
        (GUEST, "review"),
        (SongMetadata(title="Never Recorded Anywhere", artist="Nobody Real"), "none"),
    ],
)
async def test_a_row_is_chosen_for_as_by_the_pipeline(open_world, song, decision):
    async with open_world() as world:
        verdict = await world.run(SongMatchWorkflow.run, row(song))

    assert verdict.decision == decision


async def told(world, scripted_openai, steps):
    await scripted_openai.script("obeys", steps)
    held = world.catalogue.put_playlist("Mine")
    other = world.catalogue.put_playlist("Other")
    assert other.endswith("2")
    result = await world.run(MCPIntegratedWorkflow.run, LIGHTS.title, "Ada Quill", held)
    asked = [call.body["input"] for call in await scripted_openai.calls("obeys")]
    answers = [item["output"] for item in asked[-1] if item.get("type") == "function_call_output"]
    return result, json.dumps(answers[-1]), world.catalogue


MINE, OTHER = f"{1:022d}", f"{2:022d}"


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        ("add_to_playlist", {"playlist_id": OTHER, "track_uris": [LIGHTS.uri]}, "Only the playl"),
        ("add_to_playlist", {"playlist_id": "Other", "track_uris": [LIGHTS.uri]}, "Only the playl"),
        ("add_to_playlist", {"playlist_id": MINE, "track_uris": [MILE.uri]}, "has found"),
        (
            "add_to_playlist",
            {"playlist_id": MINE, "track_uris": [LIVE.uri]},
            "Another track is the wished",
        ),
        (
            "add_to_playlist",
            {"playlist_id": MINE, "track_uris": [LIGHTS.uri, LIVE.uri]},
            "exactly one",
        ),
        ("add_to_playlist", {"playlist_id": MINE, "track_uris": "all"}, "exactly one"),
        ("get_playlist", {"playlist_id": OTHER, "offset": 0, "limit": 50}, "Only the playlist"),
        ("verify_track", {"playlist_id": OTHER, "track_uri": LIGHTS.uri}, "Only the playlist"),
        ("remove_from_playlist", {"playlist_id": MINE, "track_uris": [LIGHTS.uri]}, "remove_from"),
        ("create_playlist", {"name": "Gift", "description": ""}, "create_playlist"),
    ],
)
async def test_a_call_that_would_touch_anything_else_never_reaches_the_server(
    open_world, scripted_openai, tool, arguments, answer
):
    async with open_world(scripted("obeys")) as world:
        result, said, catalogue = await told(
            world, scripted_openai, [SEARCHED, calls(tool, **arguments), NONE]
        )

    assert answer in said
    assert not result.success
    assert catalogue.called("add_items") == catalogue.called("remove_items") == 0
    assert catalogue.called("create_playlist") == 0


async def test_searches_are_counted_here_too(open_world, scripted_openai):
    searching = SEARCHED.model_copy(update={"times": 7})
    async with open_world(scripted("obeys")) as world:
        _, said, catalogue = await told(world, scripted_openai, [searching, NONE])

    assert "At most 6 searches" in said
    assert catalogue.called("search") == 6


async def test_hidden_characters_from_the_server_reach_no_model(
    open_world, scripted_openai, catalogue
):
    hostile = {"title": "Harbour Lights\u202e\u200b" + "x" * 10_000}
    catalogue._tracks[LIGHTS.uri] = LIGHTS.model_copy(update=hostile)
    async with open_world(scripted("obeys")) as world:
        _, said, _ = await told(world, scripted_openai, [SEARCHED, NONE])

    assert "u202e" not in said
    assert len(said) < 4_000


async def test_what_the_server_refuses_is_told_to_the_model(open_world, scripted_openai, catalogue):
    catalogue.fail_next("search", NotFoundError("the catalogue \u202e is gone"))
    async with open_world(scripted("obeys")) as world:
        _, said, _ = await told(world, scripted_openai, [SEARCHED, NONE])

    assert "catalogue.not_found" in said
    assert "u202e" not in said


async def test_a_server_that_crashes_is_started_again_and_the_song_added_once(open_world):
    Crashing.left = 3
    async with open_world(kind=Crashing) as world:
        held = world.catalogue.put_playlist("Mine")
        result = await world.run(MCPIntegratedWorkflow.run, LIGHTS.title, "Ada Quill", held)

        assert Crashing.left == 0
        assert result.status is TrackStatus.ADDED
        assert world.catalogue.called("add_items") == 1


async def test_while_agents_are_off_no_server_is_started(open_world):
    Crashing.left = 1
    async with open_world(OFF, kind=Crashing) as world:
        failure = await failure_of(world, MCPIntegratedWorkflow.run, "Harbour Lights", "A", "p")

    assert type(failure) is AgentError
    assert Crashing.left == 1


async def test_an_agent_that_comes_to_no_end_is_no_fault_of_the_server(open_world, scripted_openai):
    await scripted_openai.script("endless", [SEARCHED.model_copy(update={"times": None})])
    async with open_world(scripted("endless", max_turns=2)) as world:
        failure = await failure_of(
            world, MCPIntegratedWorkflow.run, "Harbour Lights", "Ada Quill", MINE
        )

    assert type(failure) is AgentError


async def test_a_server_that_answers_with_something_else_is_a_failure_of_its_kind(open_world):
    async def search_tracks(query: str, limit: int, offset: int) -> dict[str, Any]:
        """Babble."""
        return {"tracks": [{"query": query}]}

    babbling: MCPServer[Any] = MCPServer("spotify")
    babbling.add_tool(search_tracks)
    async with open_world(server=babbling) as world:
        failure = await failure_of(world, SongMatchWorkflow.run, row(wish(LIGHTS)))

    assert type(failure) is MCPServerError
    assert "Expected tracks" in failure.message


@pytest.mark.parametrize("workflow", ["sync", "match"])
async def test_a_server_that_stays_away_is_a_failure_of_its_own_kind(open_world, workflow):
    Crashing.left = 1_000
    async with open_world(kind=Crashing) as world:
        if workflow == "sync":
            asked = (MCPIntegratedWorkflow.run, "Harbour Lights", "Ada Quill", MINE)
        else:
            asked = (SongMatchWorkflow.run, row(wish(LIGHTS)))
        failure = await failure_of(world, *asked)
    Crashing.left = 0

    assert type(failure) is MCPServerError
    assert failure.retryable
