"""Candidates in two orders: who keeps to a place, or to a number, does not agree with itself."""

import pytest

from segue.music.agents.lineups import first_lineup, is_decoy, second_lineup
from segue.music.contracts.verdicts import ScoredTrack
from tests.fakes.data.tracks import TRACKS

COUNTS = range(1, 6)


def candidates(count: int) -> list[ScoredTrack]:
    return [
        ScoredTrack(track=track, confidence=0.7 - 0.1 * number)
        for number, track in enumerate(TRACKS[:count])
    ]


def uris(lineup) -> list[str]:
    return [each.track.uri for each in lineup]


@pytest.mark.parametrize("count", COUNTS)
def test_both_orders_hold_every_candidate_and_one_decoy(count):
    found = candidates(count)
    for lineup in (first_lineup(found), second_lineup(found)):
        assert {*uris(found)} < {*uris(lineup)}
        assert len(lineup) == count + 1
        assert sum(is_decoy(uri) for uri in uris(lineup)) == 1


@pytest.mark.parametrize("count", COUNTS)
def test_no_place_has_the_same_candidate_twice(count):
    found = candidates(count)
    pairs = zip(uris(first_lineup(found)), uris(second_lineup(found)), strict=True)
    assert all(first != second for first, second in pairs)


@pytest.mark.parametrize("count", COUNTS)
def test_who_takes_the_likeliest_takes_the_decoy_once(count):
    found = candidates(count)
    picks = [
        max(lineup, key=lambda each: each.confidence).track.uri
        for lineup in (first_lineup(found), second_lineup(found))
    ]
    assert picks[0] == found[0].track.uri
    assert is_decoy(picks[1])
