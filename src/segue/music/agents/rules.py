"""What the offline model answers for the agents of the music feature."""

import json
import re
from typing import Any, Final

from segue.llm.offline.replies import Reply, call
from segue.llm.offline.rules import AgentRules
from segue.llm.offline.situation import Situation
from segue.music.agents.names import (
    DISAMBIGUATOR,
    MCP_ADD,
    MCP_AGENT,
    MCP_SEARCH,
    MCP_VERIFY,
    READER,
)
from segue.music.agents.song_rules import (
    NOTHING,
    RESULTS,
    is_refusal,
    last_answer,
    queries,
    song_rules,
    wish_of,
)
from segue.music.contracts.songs import Track
from segue.music.contracts.verdicts import Verdict
from segue.music.matching.decide import judge
from segue.music.wire.agents import NamedSong, Pick

_NEAR_MS: Final = 2_000  # pressings of one recording differ by less
_FACTS_NEEDED: Final = 2  # one fact may agree by chance, or be wrong in the file

_QUOTED = re.compile(
    r"[\"“”«»](?P<title>[^\"“”«»]+)[\"“”«»](?:\s+(?:by|von|de)\s+(?P<artist>[^!?]+))?"
)
_BY = re.compile(
    r"(?:\b(?:add|find|play|put|search|get)\b\s+)?(?:(?:for|me|the|song|track)\s+)*"
    r"(?P<title>.+?)\s+by\s+(?P<artist>.+?)(?:\s+(?:to|into|in)\s+(?:my|the)\b.*)?[.!?]*$",
    re.IGNORECASE,
)
_DASHED = re.compile(r"^(?P<artist>[^-\u2013\u2014]+?)\s+[-\u2013\u2014]\s+(?P<title>.+?)[.!?]*$")


def music_rules() -> tuple[AgentRules, ...]:
    """Every set of rules, for the one book of a worker."""
    return (_disambiguation(), _reading(), *song_rules(), _over_mcp())


def _disambiguation() -> AgentRules:
    rules = AgentRules(DISAMBIGUATOR)
    rules.otherwise()(_pick)
    return rules


def _pick(situation: Situation) -> Reply:
    """The only candidate for which at least two plain facts of the wish agree."""
    data = json.loads(situation.text)
    candidates = [each for each in data["candidates"] if not each["forbidden"]]
    comparisons = [(each, _agreeing(data["wish"], each)) for each in candidates]
    proven = [(each, facts) for each, facts in comparisons if len(facts) >= _FACTS_NEEDED]
    if len(proven) != 1:
        return Pick(index=None, reason="The facts do not single one out.")
    candidate, facts = proven[0]
    return Pick(index=candidate["index"], reason=f"The same {' and '.join(facts)}.")


def _agreeing(wish: dict[str, Any], track: dict[str, Any]) -> list[str]:
    facts: list[str] = []
    if wish.get("isrc") and wish["isrc"] == track.get("isrc"):
        facts.append("ISRC")
    if _near(wish.get("duration_ms"), track.get("duration_ms")):
        facts.append("length")
    if _same(wish.get("album"), track.get("album")):
        facts.append("album")
    if wish.get("year") and str(wish["year"]) == str(track.get("release_date", ""))[:4]:
        facts.append("year")
    return facts


def _near(one: int | None, other: int | None) -> bool:
    return bool(one and other) and abs((one or 0) - (other or 0)) <= _NEAR_MS


def _same(one: str | None, other: str | None) -> bool:
    return bool(one and other) and (one or "").casefold() == (other or "").casefold()


def _reading() -> AgentRules:
    rules = AgentRules(READER)
    rules.otherwise()(_read)
    return rules


def _read(situation: Situation) -> Reply:
    return read_request(situation.text)


def read_request(text: str) -> NamedSong:
    """The song that a sentence names: "Title" by Artist, Title by Artist, or Artist - Title."""
    text = " ".join(text.split())
    for form in (_QUOTED, _BY, _DASHED):
        if match := form.search(text):
            artist = _until_playlist(match["artist"] or "")
            return NamedSong(title=match["title"].strip(), artist=artist)
    return NamedSong(title="", artist="")


def _until_playlist(artist: str) -> str:
    return re.split(r"\s+(?:to|into)\s+(?:my|the)\b", artist, maxsplit=1)[0].strip(" .!?")


# --- the agent of the MCP server: it has no tool that compares, so its rules do ------------------


def _over_mcp() -> AgentRules:
    rules = AgentRules(MCP_AGENT)
    rules.when()(_search_there)
    rules.after(MCP_SEARCH)(_take_or_search_there)

    @rules.after(MCP_ADD)
    def look(situation: Situation) -> Reply:
        addition = situation.output_of(MCP_ADD)
        if is_refusal(addition.data):
            return last_answer(situation, None, "The track could not be added.")
        uri = addition.arguments["track_uris"][0]
        return call(MCP_VERIFY, playlist_id=addition.arguments["playlist_id"], track_uri=uri)

    @rules.after(MCP_VERIFY)
    def tell(situation: Situation) -> Reply:
        verification = situation.output_of(MCP_VERIFY)
        if is_refusal(verification.data) or not verification.data.get("present"):
            return last_answer(situation, None, "The track was added and does not show yet.")
        return last_answer(
            situation, _choice_data(_verdict_of(situation)), "It is in the playlist."
        )

    return rules


def _search_there(situation: Situation) -> Reply:
    searches = sum(answer.tool == MCP_SEARCH for answer in situation.outputs)
    remaining = queries(situation)[searches:]
    if not remaining:
        return last_answer(situation, None, _verdict_of(situation).reason or NOTHING)
    return call(MCP_SEARCH, query=remaining[0], limit=RESULTS, offset=0)


def _take_or_search_there(situation: Situation) -> Reply:
    verdict = _verdict_of(situation)
    if verdict.decision != "accept" or verdict.track is None:
        return _search_there(situation)
    if MCP_ADD not in situation.tools:
        return last_answer(situation, _choice_data(verdict), verdict.reason)
    mine = json.loads(situation.user_texts[0])["playlist_id"]
    return call(MCP_ADD, playlist_id=mine, track_uris=[verdict.track.uri])


def _verdict_of(situation: Situation) -> Verdict:
    answers = [answer.data for answer in situation.outputs if answer.tool == MCP_SEARCH]
    tracks = [each for data in answers if not is_refusal(data) for each in data["tracks"]]
    return judge(wish_of(situation), [Track.model_validate(each) for each in tracks])


def _choice_data(verdict: Verdict) -> dict[str, Any]:
    uri = verdict.track.uri if verdict.track else None
    return {"uri": uri, "confidence": verdict.confidence}
