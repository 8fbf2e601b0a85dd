"""Offline rules of the agents that search: try a query, ask the matcher, and do as it says.

They never choose by themselves, and search what the pipeline searches, in its order.
"""

import json
from typing import Any, Final

from segue.llm.offline.replies import Call, Reply, call, hand_off
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from segue.music.agents.names import (
    ADD,
    MATCH,
    MATCHING_AGENT,
    PLAYLIST_AGENT,
    SEARCH,
    SEARCH_AGENT,
    SIMPLE_AGENT,
    SONG_AGENT,
    VERIFY,
)
from segue.music.contracts.songs import SongMetadata
from segue.music.matching.policy import STANDARD
from segue.music.matching.queries import search_queries
from segue.music.wire.agents import Choice

RESULTS: Final = 10
QUERY_CHARACTERS: Final = 200
UNSURE: Final = 0.5

NOTHING: Final = "The catalogue has no track like this."


def wish_of(situation: Situation) -> SongMetadata:
    """The song in the data that the agent was sent.

    Raises:
        ValueError: There is none.
    """
    return SongMetadata.model_validate(json.loads(situation.user_texts[0])["wish"])


def queries(situation: Situation) -> tuple[str, ...]:
    """The queries worth searching, likeliest first; no more than the pipeline would search."""
    forms = search_queries(wish_of(situation))[: STANDARD.most_searches]
    return tuple(form[:QUERY_CHARACTERS] for form in forms)


def song_rules() -> tuple[AgentRules, ...]:
    """The rules of every agent with Segue's own tools."""
    return (
        _alone(SONG_AGENT),
        _alone(SIMPLE_AGENT),
        _searching(),
        _matching(),
        _adding(AgentRules(PLAYLIST_AGENT), begins=True),
    )


def _alone(agent: str) -> AgentRules:
    rules = AgentRules(agent)
    rules.when()(_search)
    rules.after(SEARCH)(_compare)
    rules.after(MATCH)(_take_or_search)
    return _adding(rules)


def _searching() -> AgentRules:
    rules = AgentRules(SEARCH_AGENT)
    rules.when()(_search)

    @rules.after(SEARCH)
    def hand_over(situation: Situation) -> Reply:
        uris = _found_uris(situation)
        if not uris:
            return _search(situation)
        note = f"Searched {_searches(situation)} times."
        return hand_off(MATCHING_AGENT, uris=uris, note=note)

    return rules


def _matching() -> AgentRules:
    rules = AgentRules(MATCHING_AGENT)
    rules.when()(_compare)
    rules.after(SEARCH)(_compare)
    rules.after(MATCH)(_take_or_search)
    return rules


def _adding(rules: AgentRules, *, begins: bool = False) -> AgentRules:
    if begins:
        rules.when()(_add)

    @rules.after(ADD)
    def look(situation: Situation) -> Reply:
        addition = situation.output_of(ADD)
        if is_refusal(addition.data):
            return last_answer(situation, None, "The track could not be added.")
        return call(VERIFY, track_uri=addition.arguments["track_uri"])

    @rules.after(VERIFY)
    def tell(situation: Situation) -> Reply:
        verification = situation.output_of(VERIFY)
        if is_refusal(verification.data):
            return last_answer(situation, None, "The track was added and does not show yet.")
        return last_answer(situation, situation.output_of(MATCH).data, "It is in the playlist.")

    return rules


def _search(situation: Situation) -> Reply:
    return next_search(situation) or last_answer(situation, None, NOTHING)


def _add(situation: Situation) -> Reply:
    return call(ADD, track_uri=situation.output_of(MATCH).data["uri"])


def next_search(situation: Situation) -> Call | None:
    """The next query that has not been searched; None after the last."""
    remaining = queries(situation)[_searches(situation) :]
    return call(SEARCH, query=remaining[0], limit=RESULTS) if remaining else None


def _compare(situation: Situation) -> Reply:
    uris = _found_uris(situation)
    return call(MATCH, candidates=uris) if uris else _search(situation)


def _take_or_search(situation: Situation) -> Reply:
    verdict = situation.output_of(MATCH).data
    if is_refusal(verdict) or verdict["decision"] != "accept":
        reason = NOTHING if is_refusal(verdict) else str(verdict["reason"])
        return next_search(situation) or last_answer(situation, None, reason)
    if ADD in situation.tools:
        return call(ADD, track_uri=verdict["uri"])
    if situation.handoffs:
        arguments = {name: verdict[name] for name in ("uri", "confidence", "reason")}
        return hand_off(PLAYLIST_AGENT, **arguments)
    return last_answer(situation, verdict, str(verdict["reason"]))


def last_answer(situation: Situation, verdict: dict[str, Any] | None, reason: str) -> Reply:
    """The last answer: a choice, or words for an agent that speaks to people."""
    if situation.output is None:
        return reason
    if verdict is None:
        return Choice(uri=None, confidence=UNSURE, reason=reason)
    return Choice(uri=verdict["uri"], confidence=verdict["confidence"], reason=reason)


def is_refusal(data: Any) -> bool:  # noqa: ANN401 - a tool's answer
    """Whether a tool's answer is a refusal instead of a result."""
    return not isinstance(data, dict) or "error" in data


def _searches(situation: Situation) -> int:
    return sum(answer.tool == SEARCH for answer in situation.outputs)


def _found_uris(situation: Situation) -> list[str]:
    answers = [
        answer.data
        for answer in situation.outputs
        if answer.tool == SEARCH and not is_refusal(answer.data)
    ]
    return list({track["uri"]: True for data in answers for track in data["tracks"]})
