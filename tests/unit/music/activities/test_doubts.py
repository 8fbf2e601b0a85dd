"""What a model's choice may change in a verdict, and what it may not."""

import math

import pytest

from segue.music.activities.doubts import settle_doubt
from segue.music.contracts.songs import SongMetadata
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.wire.agents import AnsweredDoubt, SongChoice
from segue.music.workflows.agent_runs import share
from tests.fakes.data.tracks import TRACKS
from tests.fakes.worlds.music import wish

LIGHTS, LIVE, KARAOKE, LANTERNS = TRACKS[:4]
MILE = TRACKS[4]
GUEST = SongMetadata(title="Paper Lanterns", artist="Ada Quill")
SHORTER = SongMetadata(title="Harbour Lights", artist="Ada Quill", duration_ms=240_000)
BURNING = SongMetadata(title="Paper Lanterns Burning", artist="The Ferrymen")


def asked(song, choice, tracks=TRACKS[:4], **more):
    verdict = judge(song, tracks)
    return AnsweredDoubt(song=song, verdict=verdict, choice=choice, candidates=tracks, **more)


def choice(track, confidence=0.95):
    return SongChoice(uri=track and track.uri, confidence=confidence, reason="so")


def test_without_a_model_the_verdict_stays():
    doubt = asked(GUEST, None)

    assert settle_doubt(doubt) == doubt.verdict


def test_a_sure_model_accepts_what_is_doubtful():
    verdict = settle_doubt(asked(GUEST, choice(LANTERNS)))

    assert (verdict.decision, verdict.track, verdict.decided_by) == ("accept", LANTERNS, "model")
    assert verdict.confidence == 0.73  # the matcher's, not the model's own
    assert verdict.reason == "Chosen by a model: so"


@pytest.mark.parametrize(
    ("song", "track", "confidence", "told"),
    [
        (GUEST, LANTERNS, 0.8, "not sure enough"),
        (SHORTER, LIGHTS, 1.0, "ruled out"),
        (SHORTER, LIVE, 1.0, "too far"),
        (GUEST, KARAOKE, 1.0, "too far"),
        (GUEST, MILE, 1.0, "not found"),
        (BURNING, LANTERNS, 1.0, "ruled out"),
    ],
)
def test_what_it_may_not_accept_a_person_is_asked_about(song, track, confidence, told):
    verdict = settle_doubt(asked(song, choice(track, confidence)))

    assert verdict.decision == "review"
    assert verdict.track is not None
    assert told in verdict.reason


@pytest.mark.parametrize("track", [LIVE, KARAOKE, MILE, None])
@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_what_the_matcher_is_certain_of_no_model_changes(track, confidence):
    doubt = asked(wish(LIGHTS), choice(track, confidence))

    assert doubt.verdict.decision == "accept"
    assert settle_doubt(doubt) == doubt.verdict


def test_a_live_take_is_never_accepted_for_a_studio_recording():
    for confidence in (0.0, 0.81, 1.0):
        verdict = settle_doubt(asked(wish(LIGHTS), choice(LIVE, confidence), (LIVE,)))

        assert verdict.decision != "accept"


@pytest.mark.parametrize(("confidence", "decision"), [(0.81, "none"), (0.8, "review")])
def test_a_sure_model_says_that_none_is_the_song(confidence, decision):
    verdict = settle_doubt(asked(GUEST, choice(None, confidence)))

    assert verdict.decision == decision
    assert (verdict.track is None) is (decision == "none")


def test_of_two_tracks_that_are_the_song_the_nearest_is_taken():
    again = LIGHTS.model_copy(update={"uri": TRACKS[9].uri, "release_date": "1999"})
    doubt = asked(wish(LIGHTS), choice(again), (LIGHTS, again))

    assert settle_doubt(doubt) == doubt.verdict
    assert doubt.verdict.track == LIGHTS


def test_a_candidate_beyond_the_shown_ones_is_compared_too():
    doubt = asked(GUEST, choice(LANTERNS), TRACKS[:4])
    hidden = doubt.model_copy(
        update={"verdict": doubt.verdict.model_copy(update={"alternatives": ()})}
    )

    assert settle_doubt(hidden).decision == "accept"


def test_a_wish_that_cannot_be_compared_is_left_as_it_is():
    refused = SongMetadata(title="")
    verdict = settle_doubt(asked(refused, choice(LIGHTS)))

    assert (verdict.decision, verdict.track) == ("none", None)


def test_where_nothing_was_found_there_is_nothing_to_ask():
    verdict = settle_doubt(asked(GUEST, choice(LANTERNS), ()))

    assert (verdict.decision, verdict.track) == ("none", None)


def test_what_a_person_decided_no_model_changes():
    decided = Verdict(decision="none", reason="left out", decided_by="user")
    doubt = AnsweredDoubt(
        song=GUEST, verdict=decided, choice=choice(LANTERNS), candidates=(LANTERNS,)
    )

    assert settle_doubt(doubt) == decided


@pytest.mark.parametrize("said", [math.nan, math.inf, -math.inf, -0.1, 1.01, 1e300])
def test_a_confidence_that_is_none_counts_for_nothing(said):
    assert share(said) == 0.0


@pytest.mark.parametrize("said", [0.0, 0.5, 1.0])
def test_a_confidence_counts_as_it_is(said):
    assert share(said) == said
