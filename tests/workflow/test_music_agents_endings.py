"""How songs by agents end: failures on the wire, and what counts as success."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from segue.errors.catalogue import ForbiddenError, RateLimitedError
from segue.errors.run import AgentError, InvalidOutputError
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackStatus, WorkflowInput
from segue.music.wire.agents import AgentPlan, DoubtsInput
from segue.music.workflows.doubts import DoubtsWorkflow
from segue.music.workflows.multi_agent import (
    MultiAgentMusicSyncWorkflow,
)
from segue.music.workflows.simple_agent import SimpleAgentWorkflow
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from segue.music.workflows.song_match import SongMatchWorkflow
from segue.runtime.embedded import Endpoint
from segue.runtime.faults import from_failure
from tests.fakes.data.music_agent_scenes import (
    GUEST,
    LIGHTS,
    NONE,
    RAIN,
    SEARCHED,
    TRAIN,
    doubt,
    obeyed,
    row,
)
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import Failure, InMemoryCatalogue
from tests.fakes.programs.openai_server.steps import text
from tests.fakes.waiting import until
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, calls, music_agent_world, says, scripted


@pytest.fixture
def catalogue():
    return InMemoryCatalogue((*TRACKS, RAIN, TRAIN))


@pytest.fixture
def open_world(temporal_server, scripted_openai, sqlite_database, catalogue):
    def opened(plan=OFFLINE):
        return music_agent_world(
            temporal_server, scripted_openai, sqlite_database, catalogue, plan=plan
        )

    return opened


async def failed(world, workflow, *args):
    with pytest.raises(WorkflowFailureError) as told:
        await world.run(workflow, *args)
    return told.value


STARTS = [
    (SongMatchWorkflow.run, row(wish(LIGHTS), Strategy.AGENT)),
    (DoubtsWorkflow.run, DoubtsInput(run_id="r", doubts=(doubt(GUEST),))),
    (SimpleAgentWorkflow.run, "Harbour Lights by Ada Quill"),
    (SimpleMusicSyncWorkflow.run, "Harbour Lights", "Ada Quill", "p"),
    (
        MultiAgentMusicSyncWorkflow.run,
        WorkflowInput(song_metadata=wish(LIGHTS), playlist_id="p"),
    ),
]


def told_of(failure):
    """The failure as it stands on the wire."""
    assert isinstance(failure.cause, ApplicationError)
    return failure.cause


async def test_while_agents_are_off_nothing_is_searched_and_no_model_is_asked(open_world):
    async with open_world(OFF) as world:
        for workflow, *args in STARTS:
            failure = await failed(world, workflow, *args)

            assert told_of(failure).type == "AgentError"
            assert "Agents are off" in from_failure(failure).message
        assert world.catalogue.calls == []


async def test_a_plan_in_the_input_wins_over_the_workers(open_world):
    async with open_world(OFF) as world:
        asked = row(wish(LIGHTS), Strategy.AGENT, plan=OFFLINE)
        verdict = await world.run(SongMatchWorkflow.run, asked)

    assert verdict.track == LIGHTS


@pytest.mark.parametrize("strategy", [Strategy.PIPELINE, Strategy.AUTO])
async def test_a_strategy_without_agents_is_refused(open_world, strategy):
    async with open_world() as world:
        failure = await failed(world, SongMatchWorkflow.run, row(wish(LIGHTS), strategy))

    assert type(from_failure(failure)) is AgentError


@pytest.mark.parametrize(
    ("workflow", "args"),
    [
        (SimpleMusicSyncWorkflow.run, ("Harbour Lights", "Ada Quill")),
        (SimpleAgentWorkflow.run, ("Harbour Lights by Ada Quill",)),
    ],
)
async def test_an_agent_that_comes_to_no_end_is_a_retryable_failure(
    open_world, scripted_openai, workflow, args
):
    asked = says({"title": "Harbour Lights", "artist": "Ada Quill"})
    reading = [asked] if workflow is SimpleAgentWorkflow.run else []
    searching = SEARCHED.model_copy(update={"times": None})
    await scripted_openai.script("endless", [*reading, searching])
    async with open_world(scripted("endless", max_turns=3)) as world:
        held = world.catalogue.put_playlist("Mine")
        failure = await failed(world, workflow, *args, held)

    assert told_of(failure).type == "AgentError"
    assert not told_of(failure).non_retryable
    assert from_failure(failure).retryable


async def test_a_wish_that_no_model_could_read_is_a_failure(open_world, scripted_openai):
    await scripted_openai.script("mute", [text("no JSON", times=None)])
    async with open_world(scripted("mute")) as world:
        failure = await failed(world, SimpleAgentWorkflow.run, "Harbour Lights by Ada Quill")

    error = from_failure(failure)
    assert type(error) is AgentError
    assert "could not be read" in error.message
    assert (error.cause, error.hint) == ("run.invalid_output", InvalidOutputError.default_hint)


async def test_what_was_added_before_the_agent_failed_is_a_success(open_world, scripted_openai):
    adding = calls("add_to_playlist", track_uri=LIGHTS.uri).model_copy(update={"times": None})
    async with open_world(scripted("adds", max_turns=3)) as world:
        result, _, held = await obeyed(world, scripted_openai, "adds", [SEARCHED, adding])

        assert held == [LIGHTS.uri]
        assert (result.success, result.status) == (True, TrackStatus.ADDED)


@pytest.mark.parametrize("max_turns", [3, 2], ids=["it ends", "it comes to no end"])
async def test_an_addition_that_got_no_answer_is_brought_to_its_end(
    open_world, scripted_openai, catalogue, max_turns
):
    lost = Failure(ForbiddenError("a proxy's answer"), after_effect=True)
    catalogue.fail_next("add_items", lost)
    steps = [SEARCHED, calls("add_to_playlist", track_uri=LIGHTS.uri), NONE]
    async with open_world(scripted("unsure", max_turns=max_turns)) as world:
        result, _, held = await obeyed(world, scripted_openai, "unsure", steps)

        assert held == [LIGHTS.uri]
        assert (result.success, result.position) == (True, 0)


async def test_a_song_that_the_agent_found_and_forgot_to_add_is_no_success(
    open_world, scripted_openai
):
    steps = [SEARCHED, says({"uri": LIGHTS.uri, "confidence": 1.0, "reason": "added, trust me"})]
    async with open_world(scripted("forgets")) as world:
        result, _, held = await obeyed(world, scripted_openai, "forgets", steps)

        assert held == []
        assert (result.success, result.status) == (False, TrackStatus.FAILED)


async def test_settings_of_the_plan_reach_the_model(open_world, scripted_openai):
    await scripted_openai.script("cool", [SEARCHED, NONE])
    async with open_world(scripted("cool", temperature=0.25)) as world:
        await world.run(SongMatchWorkflow.run, row(wish(LIGHTS), Strategy.AGENT))
        first, *_ = await scripted_openai.calls("cool")

    assert first.body["temperature"] == 0.25
    assert AgentPlan().enabled is False


async def test_an_agent_waits_as_long_as_the_catalogue_asks_it_to(
    time_skipping, scripted_openai, sqlite_database, catalogue
):
    hour = timedelta(hours=1)
    catalogue.fail_next("search", RateLimitedError("too many", retry_after=hour))
    address = time_skipping.client.service_client.config.target_host
    async with music_agent_world(
        Endpoint(address=address, ui_url=""), scripted_openai, sqlite_database, catalogue
    ) as world:
        held = world.catalogue.put_playlist("Mine")
        handle = await world.start(
            SimpleMusicSyncWorkflow.run, LIGHTS.title, LIGHTS.artists[0], held
        )
        await until(lambda: catalogue.called("search") == 1, "the search that is refused")
        await time_skipping.sleep(hour + timedelta(minutes=1))
        result = await handle.result()

    assert result.status is TrackStatus.ADDED
    assert result.execution_time_seconds >= hour.total_seconds()
    assert catalogue.called("search") == 2
