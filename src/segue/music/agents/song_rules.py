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


def wished(situation: Situation) -> SongMetadata:
    """The song in the data that the agent was sent.

    Raises:
        ValueError: There is none.
    """
    return SongMetadata.model_validate(json.loads(situation.user_texts[0])["wish"])


def queries(situation: Situation) -> tuple[str, ...]:
    """What is worth searching, likeliest first; no more than the pipeline would."""
    forms = search_queries(wished(situation))[: STANDARD.most_searches]
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
        uris = _found(situation)
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
        added = situation.output_of(ADD)
        if refused(added.data):
            return ended(situation, None, "The track could not be added.")
        return call(VERIFY, track_uri=added.arguments["track_uri"])

    @rules.after(VERIFY)
    def tell(situation: Situation) -> Reply:
        seen = situation.output_of(VERIFY)
        if refused(seen.data):
            return ended(situation, None, "The track was added and does not show yet.")
        return ended(situation, situation.output_of(MATCH).data, "It is in the playlist.")

    return rules


def _search(situation: Situation) -> Reply:
    return next_search(situation) or ended(situation, None, NOTHING)


def _add(situation: Situation) -> Reply:
    return call(ADD, track_uri=situation.output_of(MATCH).data["uri"])


def next_search(situation: Situation) -> Call | None:
    """The next query that has not been searched; None after the last."""
    left = queries(situation)[_searches(situation) :]
    return call(SEARCH, query=left[0], limit=RESULTS) if left else None


def _compare(situation: Situation) -> Reply:
    uris = _found(situation)
    return call(MATCH, candidates=uris) if uris else _search(situation)


def _take_or_search(situation: Situation) -> Reply:
    verdict = situation.output_of(MATCH).data
    if refused(verdict) or verdict["decision"] != "accept":
        reason = NOTHING if refused(verdict) else str(verdict["reason"])
        return next_search(situation) or ended(situation, None, reason)
    if ADD in situation.tools:
        return call(ADD, track_uri=verdict["uri"])
    if situation.handoffs:
        handed = {name: verdict[name] for name in ("uri", "confidence", "reason")}
        return hand_off(PLAYLIST_AGENT, **handed)
    return ended(situation, verdict, str(verdict["reason"]))


def ended(situation: Situation, verdict: dict[str, Any] | None, reason: str) -> Reply:
    """The last answer: a choice, or words for an agent that speaks to people."""
    if situation.output is None:
        return reason
    if verdict is None:
        return Choice(uri=None, confidence=UNSURE, reason=reason)
    return Choice(uri=verdict["uri"], confidence=verdict["confidence"], reason=reason)


def refused(data: Any) -> bool:  # noqa: ANN401 - a tool's answer
    """Whether a tool gave no result but a complaint."""
    return not isinstance(data, dict) or "error" in data


def _searches(situation: Situation) -> int:
    return sum(answer.tool == SEARCH for answer in situation.outputs)


def _found(situation: Situation) -> list[str]:
    answers = [
        answer.data
        for answer in situation.outputs
        if answer.tool == SEARCH and not refused(answer.data)
    ]
    return list({track["uri"]: True for found in answers for track in found["tracks"]})
