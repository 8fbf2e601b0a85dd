"""What the offline rules say, situation by situation."""

import json
from typing import Any

import pytest

from segue.llm.offline.replies import Call, HandOff
from segue.llm.offline.rulebook import RuleBook
from segue.llm.offline.situation import HandoffOffer, OutputOffer, Situation
from segue.music.agents.names import (
    DISAMBIGUATOR,
    MATCHING_AGENT,
    MCP_AGENT,
    PLAYLIST_AGENT,
    READER,
    SEARCH_AGENT,
    SIMPLE_AGENT,
    SONG_AGENT,
)
from segue.music.agents.rules import music_rules, read_request
from segue.music.agents.untrusted import as_data, song_data, track_data
from segue.music.contracts.songs import SongMetadata
from segue.music.wire.agents import Choice, NamedSong, Pick
from tests.fakes.data.tracks import TRACKS
from tests.fakes.worlds.music import wish

LIGHTS, LIVE = TRACKS[:2]
WISH = wish(LIGHTS)
RULES = {rules.agent: rules for rules in music_rules()}
FOUND = as_data(tracks=[track_data(LIGHTS), track_data(LIVE)])
NOTHING = as_data(tracks=[])
ERROR = as_data(error={"code": "music.refused", "message": "no"})
ACCEPTED = as_data(decision="accept", uri=LIGHTS.uri, confidence=1.0, reason="agree")
DOUBTED = as_data(decision="review", uri=LIGHTS.uri, confidence=0.7, reason="doubtful")
CHOICE = OutputOffer(name="Choice", schema={})


def after(agent, *answers, song=WISH, tools=(), handoffs=(), output: Any = CHOICE, **data):
    """The situation in which an agent is after these tools have answered."""
    items = [{"role": "user", "content": as_data(wish=song_data(song), **data)}]
    for number, (tool, arguments, text) in enumerate(answers):
        call_id = f"c{number}"
        called = {"name": tool, "arguments": json.dumps(arguments)}
        items += [
            {"type": "function_call", "call_id": call_id, **called},
            {"type": "function_call_output", "call_id": call_id, "output": text},
        ]
    return Situation(agent=agent, items=tuple(items), tools=tools, handoffs=handoffs, output=output)


def said(situation) -> Any:
    rule = RULES[situation.agent].rule_for(situation)
    assert rule is not None
    return rule.answer(situation)


def searched(text):
    return ("spotify_search", {"query": "q", "limit": 10}, text)


def matched(text):
    return ("fuzzy_match", {"candidates": []}, text)


def test_the_book_of_a_worker_takes_all_rules():
    RuleBook(*music_rules())


@pytest.mark.parametrize("agent", [SONG_AGENT, SIMPLE_AGENT, SEARCH_AGENT])
def test_the_first_search_is_the_pipelines(agent):
    assert said(after(agent)) == Call(
        "spotify_search", {"query": "Harbour Lights Ada Quill", "limit": 10}
    )


@pytest.mark.parametrize("agent", [SONG_AGENT, SEARCH_AGENT])
def test_a_wish_that_is_no_song_is_not_searched(agent):
    reply = said(after(agent, song=SongMetadata(title="")))

    assert isinstance(reply, Choice)
    assert reply.uri is None


def test_what_was_found_is_compared_and_nothing_found_is_searched_again():
    assert said(after(SONG_AGENT, searched(FOUND))) == Call(
        "fuzzy_match", {"candidates": [LIGHTS.uri, LIVE.uri]}
    )
    again = said(after(SONG_AGENT, searched(NOTHING)))
    assert isinstance(again, Call)
    assert again.tool == "spotify_search"
    last = said(after(SONG_AGENT, searched(NOTHING), searched(ERROR)))
    assert isinstance(last, Choice)
    assert last.uri is None


def test_what_the_matcher_accepts_is_chosen_and_added_where_it_can_be():
    answers = (searched(FOUND), matched(ACCEPTED))

    assert said(after(SONG_AGENT, *answers)) == Choice(
        uri=LIGHTS.uri, confidence=1.0, reason="agree"
    )
    assert said(after(SONG_AGENT, *answers, tools=("add_to_playlist",))) == Call(
        "add_to_playlist", {"track_uri": LIGHTS.uri}
    )
    assert said(after(SIMPLE_AGENT, *answers, output=None)) == "agree"


def test_what_the_matcher_doubts_is_searched_once_more_and_then_left():
    again = said(after(MATCHING_AGENT, searched(FOUND), matched(DOUBTED)))
    left = said(after(SONG_AGENT, searched(FOUND), searched(FOUND), matched(DOUBTED)))
    none = said(after(SONG_AGENT, searched(FOUND), searched(FOUND), matched(ERROR)))

    assert isinstance(again, Call)
    assert again.tool == "spotify_search"
    assert left == Choice(uri=None, confidence=0.5, reason="doubtful")
    assert isinstance(none, Choice)
    assert none.uri is None


def test_agents_hand_over_what_they_found_and_what_they_chose():
    found = said(after(SEARCH_AGENT, searched(FOUND)))
    none = said(after(SEARCH_AGENT, searched(NOTHING), searched(NOTHING)))
    chose = said(
        after(
            MATCHING_AGENT,
            searched(FOUND),
            matched(ACCEPTED),
            handoffs=(HandoffOffer(agent=PLAYLIST_AGENT, tool="t"),),
        )
    )

    assert found == HandOff(
        MATCHING_AGENT, {"uris": [LIGHTS.uri, LIVE.uri], "note": "Searched 1 times."}
    )
    assert isinstance(none, Choice)
    assert chose == HandOff(
        PLAYLIST_AGENT, {"uri": LIGHTS.uri, "confidence": 1.0, "reason": "agree"}
    )


ADDED = ("add_to_playlist", {"track_uri": LIGHTS.uri})
LOOKED = ("verify_track", {"track_uri": LIGHTS.uri})


def test_what_was_added_is_looked_at():
    base = (searched(FOUND), matched(ACCEPTED))

    assert said(after(PLAYLIST_AGENT, *base, (*ADDED, as_data(added=True)))) == Call(
        "verify_track", {"track_uri": LIGHTS.uri}
    )
    refused = said(after(PLAYLIST_AGENT, *base, (*ADDED, ERROR)))
    unseen = said(after(PLAYLIST_AGENT, *base, (*LOOKED, ERROR)))
    seen = said(after(PLAYLIST_AGENT, *base, (*LOOKED, as_data(present=True, position=0))))
    assert [reply.uri for reply in (refused, unseen, seen)] == [None, None, LIGHTS.uri]


# --- doubts ---------------------------------------------------------------------------------------


def picked(wished, *tracks):
    candidates = [{"index": index, "forbidden": False, **each} for index, each in enumerate(tracks)]
    item = {"role": "user", "content": as_data(wish=wished, candidates=candidates)}
    return said(Situation(agent=DISAMBIGUATOR, items=(item,)))


RAIN = {"isrc": "A", "duration_ms": 201_000, "album": "Wet", "release_date": "1971-03"}


@pytest.mark.parametrize(
    ("wished", "index"),
    [
        ({"isrc": "A", "duration_ms": 200_000}, 0),
        ({"album": "wet", "year": 1971}, 0),
        ({"isrc": "A"}, None),
        ({"album": "Wet", "year": 1972}, None),
        ({"title": "x"}, None),
    ],
)
def test_two_plain_facts_decide_and_one_does_not(wished, index):
    pick = picked(wished, RAIN, {"album": "Dry"})

    assert isinstance(pick, Pick)
    assert pick.index == index


def test_two_candidates_with_the_same_facts_are_no_answer():
    assert picked({"album": "Wet", "year": 1971}, RAIN, RAIN).index is None


def test_what_is_ruled_out_is_never_picked():
    pick = picked({"album": "Wet", "year": 1971}, {**RAIN, "forbidden": True})

    assert pick.index is None


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title", "artist"),
    [
        ("Add Harbour Lights by Ada Quill to my playlist.", "Harbour Lights", "Ada Quill"),
        ("Find me the song Jolene by Dolly Parton", "Jolene", "Dolly Parton"),
        ('Please play "Stand by Me" by Ben E. King', "Stand by Me", "Ben E. King"),
        ("play “Halo”", "Halo", ""),
        ("Ada Quill - Harbour Lights", "Harbour Lights", "Ada Quill"),
        ("Ada Quill \u2013 Harbour Lights!", "Harbour Lights", "Ada Quill"),
        ("Good morning", "", ""),
        ("", "", ""),
    ],
)
def test_a_request_names_its_song(text, title, artist):
    assert read_request(text) == NamedSong(title=title, artist=artist)
    item = {"role": "user", "content": text}
    assert said(Situation(agent=READER, items=(item,))) == read_request(text)


# --- over MCP -------------------------------------------------------------------------------------


def searched_there(text):
    return ("search_tracks", {"query": "q"}, text)


def test_over_mcp_the_rules_compare_themselves():
    first = said(after(MCP_AGENT))
    chosen = said(after(MCP_AGENT, searched_there(FOUND)))
    none = said(after(MCP_AGENT, searched_there(ERROR), searched_there(NOTHING)))

    assert isinstance(first, Call)
    assert first.arguments["offset"] == 0
    assert isinstance(chosen, Choice)
    assert chosen.uri == LIGHTS.uri
    assert isinstance(none, Choice)
    assert none.uri is None


def test_over_mcp_the_rules_add_to_the_playlist_they_were_given_and_look():
    put = ("add_to_playlist", {"playlist_id": "p", "track_uris": [LIGHTS.uri]})
    look = ("verify_track", {"playlist_id": "p", "track_uri": LIGHTS.uri})
    found = searched_there(FOUND)

    assert said(after(MCP_AGENT, found, tools=("add_to_playlist",), playlist_id="p")) == Call(
        "add_to_playlist", {"playlist_id": "p", "track_uris": [LIGHTS.uri]}
    )
    assert said(after(MCP_AGENT, found, (*put, as_data(added=[LIGHTS.uri])))) == Call(
        "verify_track", {"playlist_id": "p", "track_uri": LIGHTS.uri}
    )
    refused = said(after(MCP_AGENT, found, (*put, ERROR)))
    absent = said(after(MCP_AGENT, found, (*look, as_data(present=False))))
    there = said(after(MCP_AGENT, found, (*look, as_data(present=True))))
    assert [reply.uri for reply in (refused, absent, there)] == [None, None, LIGHTS.uri]
