"""A model and the matcher, on a real Temporal server: what a choice may change, and doubts."""

import pytest
from temporalio.client import WorkflowFailureError

from segue.errors.run import AgentError
from segue.music.agents.lineups import is_decoy, second_lineup
from segue.music.contracts.strategies import Strategy
from segue.music.contracts.tracks import TrackStatus, WorkflowInput
from segue.music.wire.agents import DoubtsInput
from segue.music.workflows.doubts import DoubtsWorkflow
from segue.music.workflows.multi_agent import (
    MultiAgentMusicSyncWorkflow,
)
from segue.music.workflows.music_sync import MusicSyncWorkflow
from segue.music.workflows.simple_music_sync import SimpleMusicSyncWorkflow
from segue.music.workflows.song_match import SongMatchWorkflow
from segue.runtime.faults import from_failure
from tests.fakes.data.music_agent_scenes import (
    GUEST,
    LANTERNS,
    LIGHTS,
    LIVE,
    PROVEN,
    RAIN,
    SHORTER,
    TRAIN,
    doubt,
    finding,
    row,
)
from tests.fakes.data.tracks import TRACKS
from tests.fakes.doubles.catalogue import InMemoryCatalogue
from tests.fakes.programs.openai_server.steps import text
from tests.fakes.worlds.music import wish
from tests.fakes.worlds.music_agents import OFF, OFFLINE, calls, music_agent_world, says, scripted

# The only candidate, with the decoy behind it, and when the model is asked again, before it.
PICK, AGAIN = {"index": 0, "reason": "it is"}, {"index": 1, "reason": "it is"}
DECOY_AGAIN = PICK
BY_TOOLS = [Strategy.SIMPLE, Strategy.AGENT, Strategy.MULTI_AGENT]


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


async def chose(world, scripted_openai, song, choice, strategy=Strategy.AGENT, **more):
    query = f"{song.title}"
    steps = [calls("spotify_search", query=query, limit=10), says(choice), says(AGAIN)]
    await scripted_openai.script("chooser", steps)
    return await world.run(SongMatchWorkflow.run, row(song, strategy, **more))


@pytest.mark.parametrize(
    ("song", "track", "confidence", "decision"),
    [
        (GUEST, LANTERNS, 0.95, "accept"),
        (GUEST, LANTERNS, 0.8, "review"),
        (GUEST, LANTERNS, float("inf"), "review"),
        (GUEST, None, 0.95, "none"),
        (GUEST, None, 0.4, "review"),
        (SHORTER, LIGHTS, 1.0, "review"),
        (SHORTER, LIVE, 1.0, "review"),
        (wish(LIGHTS), LIGHTS, 0.1, "accept"),
        (wish(LIGHTS), LIVE, 1.0, "accept"),
        (wish(LIGHTS), None, 1.0, "accept"),
    ],
)
async def test_a_model_decides_doubts_and_never_over_a_veto(
    open_world, scripted_openai, song, track, confidence, decision
):
    choice = {"uri": track and track.uri, "confidence": confidence, "reason": "so"}
    async with open_world(scripted("chooser")) as world:
        verdict = await chose(world, scripted_openai, song, choice)
        waiting = (await world.store.verdicts.open_questions(limit=9)).items

    assert verdict.decision == decision
    assert len(waiting) == (decision == "review")
    # What would be added on the model's word alone is asked again.
    assert verdict.spent.model_calls == 2 + ((song, verdict.decision) == (GUEST, "accept"))
    assert verdict.models == ("gpt-scripted:chooser",)


@pytest.mark.parametrize("second", [DECOY_AGAIN, {"index": None, "reason": "none"}])
async def test_a_doubtful_track_that_an_agent_does_not_choose_twice_is_given_back(
    open_world, scripted_openai, second
):
    choice = {"uri": LANTERNS.uri, "confidence": 1.0, "reason": "so"}
    searched = calls("spotify_search", query=GUEST.title, limit=10)
    await scripted_openai.script("chooser", [searched, says(choice), says(second)])
    async with open_world(scripted("chooser")) as world:
        failure = await failed(world, SongMatchWorkflow.run, row(GUEST, Strategy.AGENT))

    error = from_failure(failure)
    assert isinstance(error, AgentError)
    assert error.cause == "run.unsteady_choice"
    assert "larger one" in error.hint
    assert error.use["model_calls"] == 3


async def test_a_doubtful_track_is_added_by_tools_only_where_the_model_chooses_it_twice(
    open_world, scripted_openai
):
    add = calls("add_to_playlist", track_uri=LANTERNS.uri)
    searched = calls("spotify_search", query=GUEST.title, limit=10)
    choice = says({"uri": LANTERNS.uri, "confidence": 1.0, "reason": "so"})
    async with open_world(scripted("chooser")) as world:
        for second, added in ((DECOY_AGAIN, []), (AGAIN, [LANTERNS.uri])):
            held = world.catalogue.put_playlist(f"For {second['index']}")
            steps = [searched, add, says(second), add, choice]  # it is asked again only once
            await scripted_openai.script("chooser", steps)
            result = await world.run(SimpleMusicSyncWorkflow.run, GUEST.title, GUEST.artist, held)

            assert world.catalogue.uris_of(held) == added
            assert result.success is bool(added)
            assert await scripted_openai.count("chooser") == len(steps)


async def test_a_shadow_asks_nobody(open_world, scripted_openai):
    choice = {"uri": LIVE.uri, "confidence": 1.0, "reason": "so"}
    async with open_world(scripted("chooser")) as world:
        verdict = await chose(world, scripted_openai, SHORTER, choice, record=False)

        assert verdict.decision == "review"
        assert (await world.store.verdicts.open_questions(limit=9)).items == ()


@pytest.mark.parametrize("strategy", [Strategy.ASSISTED, *BY_TOOLS])
async def test_what_the_user_decided_before_wins(open_world, strategy):
    async with open_world() as world:
        await world.store.verdicts.decide(wish(LIGHTS), LIVE, origin="review")
        verdict = await world.run(SongMatchWorkflow.run, row(wish(LIGHTS), strategy))

    assert (verdict.decision, verdict.track) == ("accept", LIVE)
    assert verdict.decided_by == "user"


@pytest.mark.parametrize(("confidence", "added"), [(0.9, [LANTERNS.uri]), (0.8, [])])
async def test_what_is_handed_over_with_little_confidence_is_not_added(
    open_world, scripted_openai, confidence, added
):
    handed = {"uri": LANTERNS.uri, "confidence": confidence, "reason": "the guest sings it"}
    steps = [
        calls("spotify_search", query="Paper Lanterns", limit=10),
        calls("transfer_to_matchingagent", uris=[LANTERNS.uri], note="one search"),
        calls("transfer_to_playlistagent", **handed),
        calls("add_to_playlist", track_uri=LANTERNS.uri),
        *([says(AGAIN)] if added else []),
        says(handed),
    ]
    await scripted_openai.script("team", steps)
    async with open_world(scripted("team")) as world:
        held = world.catalogue.put_playlist("Mine")
        result = await world.run(
            MultiAgentMusicSyncWorkflow.run, WorkflowInput(song_metadata=GUEST, playlist_id=held)
        )

        assert world.catalogue.uris_of(held) == added
        assert result.success is bool(added)
        assert result.status is (TrackStatus.ADDED if added else TrackStatus.REVIEW)


# --- doubts ---------------------------------------------------------------------------------------


async def test_the_offline_rules_accept_on_two_plain_facts_and_else_leave_it_open(open_world):
    async with open_world() as world:
        told = await world.run(
            DoubtsWorkflow.run,
            DoubtsInput(run_id="r", doubts=(doubt(PROVEN, 7), doubt(GUEST, 8), doubt(SHORTER, 9))),
        )
        waiting = (await world.store.verdicts.open_questions(limit=9)).items

    assert [(each.row, each.verdict.decision) for each in told.verdicts] == [
        (7, "accept"),
        (8, "review"),
        (9, "review"),
    ]
    assert told.verdicts[0].verdict.decided_by == "model"
    assert (told.asked, told.failed, told.offline) == (2, 0, True)
    assert sorted(item.song.title for item in waiting) == [SHORTER.title, GUEST.title]


async def test_a_model_is_asked_twice_about_a_doubt_with_all_of_it_as_data(
    open_world, scripted_openai
):
    async with open_world(scripted("picker")) as world:
        one, other = doubt(GUEST), doubt(SHORTER)
        places = second_lineup(one.verdict.alternatives)
        again = places.index(one.verdict.alternatives[0])
        steps = [says(PICK), says({"index": again, "reason": "it still is"})]
        await scripted_openai.script("picker", steps)
        told = await world.run(DoubtsWorkflow.run, DoubtsInput(run_id="r", doubts=(one, other)))
        questions = await scripted_openai.calls("picker")

    assert [each.verdict.decision for each in told.verdicts] == ["accept", "review"]
    assert told.verdicts[0].verdict.reason == "Chosen by a model: it is"
    assert (told.failed, told.spent.model_calls) == (0, 2)
    for question in questions:
        assert question.body.get("tools", []) == []
        assert "Paper Lanterns" in question.body["input"][-1]["content"]
        assert "Paper Lanterns" not in question.body["instructions"]
        assert "it is" not in question.body["input"][-1]["content"]


@pytest.mark.parametrize("habit", ["the first", "the last", "the likeliest", "the decoy"])
async def test_a_model_that_guesses_leaves_a_doubt_to_a_person(open_world, scripted_openai, habit):
    asked = doubt(GUEST)
    count = len(asked.verdict.alternatives)
    second = second_lineup(asked.verdict.alternatives)
    decoy = next(at for at, each in enumerate(second) if is_decoy(each.track.uri))
    picks = {
        "the first": (0, 0),
        "the last": (count, count),
        "the likeliest": (0, decoy),
        "the decoy": (count, decoy),
    }[habit]
    steps = [says({"index": index, "reason": "surely"}) for index in picks]
    await scripted_openai.script("picker", steps)
    async with open_world(scripted("picker")) as world:
        told = await world.run(DoubtsWorkflow.run, DoubtsInput(run_id="r", doubts=(asked,)))
        waiting = (await world.store.verdicts.open_questions(limit=9)).items

    assert told.verdicts[0].verdict.decision == "review"
    assert [each.song for each in waiting] == [GUEST]
    assert (told.asked, told.failed) == (1, 1)
    assert [each.code for each in told.reasons] == ["run.unsteady_choice"]
    assert told.reasons[0].hint
    assert told.spent.model_calls == (1 if picks[0] == count else 2)  # the decoy ends it at once


@pytest.mark.parametrize("index", [None, -1, 99])
async def test_an_index_that_is_none_leaves_the_doubt_to_a_person(
    open_world, scripted_openai, index
):
    await scripted_openai.script("picker", [says({"index": index, "reason": "no idea"})])
    async with open_world(scripted("picker")) as world:
        told = await world.run(DoubtsWorkflow.run, DoubtsInput(run_id="r", doubts=(doubt(GUEST),)))

    assert told.verdicts[0].verdict.decision == "review"
    assert told.failed == 0


async def test_a_doubt_for_which_no_model_answers_stays_a_doubt(open_world, scripted_openai):
    await scripted_openai.script("mute", [text("no JSON at all", times=None)])
    async with open_world(scripted("mute")) as world:
        told = await world.run(DoubtsWorkflow.run, DoubtsInput(run_id="r", doubts=(doubt(GUEST),)))
        failure = await failed(world, SongMatchWorkflow.run, row(GUEST, Strategy.ASSISTED))

    assert told.verdicts[0].verdict.decision == "review"
    assert told.failed == 1
    assert type(from_failure(failure)) is AgentError


@pytest.mark.parametrize(
    ("plan", "song", "status", "added"),
    [
        (OFFLINE, PROVEN, TrackStatus.ADDED, [RAIN.uri]),
        (OFFLINE, GUEST, TrackStatus.REVIEW, []),
        (OFF, PROVEN, TrackStatus.REVIEW, []),
    ],
    ids=["asked", "unsure", "off"],
)
async def test_the_pipeline_asks_a_model_in_doubt_where_the_plan_says_so(
    open_world, plan, song, status, added
):
    async with open_world(plan) as world:
        world.catalogue.search = finding(RAIN, TRAIN, LANTERNS)
        held = world.catalogue.put_playlist("Mine")
        result = await world.run(
            MusicSyncWorkflow.run, WorkflowInput(song_metadata=song, playlist_id=held)
        )
        waiting = (await world.store.verdicts.open_questions(limit=9)).items

        assert result.status is status
        assert world.catalogue.uris_of(held) == added
        assert len(waiting) == (not added)
