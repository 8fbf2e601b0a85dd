"""The tools of agents that add songs; what a model may say in them is little, and checked."""

from datetime import timedelta
from typing import Annotated, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import Tool
    from pydantic import Field, StringConstraints

    from segue.music.activities.agent_tools import AgentToolActivities
    from segue.music.agents.names import ADD, MATCH, SEARCH, VERIFY
    from segue.music.agents.untrusted import as_data, plain, track_data, verdict_data
    from segue.music.contracts.songs import Track
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import AgentMatchInput, AgentSearchInput
    from segue.music.wire.names import SEARCH_QUEUE
    from segue.music.wire.options import SEARCH_CALL
    from segue.music.workflows.song_case import SongCase
    from segue.runs.limits import CallLimits
    from segue.runs.workflow.tools import Adapter, ToolArguments, activity_tool, tool

# The pipeline needs two searches; Spotify counts each one, and a song is not worth more than this.
MOST_SEARCHES = 6
MOST_COMPARED = 60  # all that so many searches can find

REFUSED = "music.refused"

# A search is worth many tries, and a catalogue may ask for a wait of days (Retry-After).
READING = CallLimits(
    start_to_close=SEARCH_CALL["start_to_close_timeout"],
    schedule_to_close=timedelta(days=30),
    attempts=20,
)


class SearchArguments(ToolArguments):
    """What a model says to ``spotify_search``."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Words of title and artist; at most 200 characters."
    )
    limit: int = Field(ge=1, le=10, description="Tracks wanted, 1 to 10.")


class MatchArguments(ToolArguments):
    """What a model says to ``fuzzy_match``."""

    candidates: list[str] = Field(
        max_length=MOST_COMPARED, description="The uris of tracks that spotify_search found."
    )


class TrackArguments(ToolArguments):
    """What a model says to ``add_to_playlist`` and ``verify_track``."""

    track_uri: str = Field(description="The uri of a track that spotify_search found.")


class SongTools:
    """The tools of one song, bound to one playlist and the tracks that this run finds.

    Each of their steps reads before it writes, so that all of them may be tried again.

    Attributes:
        searching: Of an agent that only searches.
        comparing: Of one that judges what was found, and may search once more.
        reading: Of one that does both.
        writing: Of one that adds.
    """

    def __init__(self, case: SongCase) -> None:
        self._case = case
        search = activity_tool(
            AgentToolActivities.agent_search,
            name=SEARCH,
            description=(
                "Search the catalogue. Gives tracks with title, artists, album, date and length."
            ),
            adapter=Adapter(SearchArguments, self._search_request, self._search_answer),
            effect="repeatable",
            limits=READING,
            task_queue=SEARCH_QUEUE,
            heartbeat=True,
        )
        match = activity_tool(
            AgentToolActivities.agent_match,
            name=MATCH,
            description=(
                "Compare tracks with the wished song. Gives a decision (accept, review or none),"
                " the nearest track, and what differs in each."
            ),
            adapter=Adapter(MatchArguments, self._match_request, self._match_answer),
            effect="repeatable",
            limits=READING,
            heartbeat=True,
        )
        add = tool(
            ADD,
            "Add a track to the user's playlist, unless it is there. Only the wished song can be"
            " added.",
            TrackArguments,
            self._add,
            effect="repeatable",
        )
        verify = tool(
            VERIFY,
            "Look whether a track is in the user's playlist, and at which place.",
            TrackArguments,
            self._verify,
            effect="repeatable",
        )
        self.searching: tuple[Tool, ...] = (search,)
        self.comparing: tuple[Tool, ...] = (match, search)
        self.reading: tuple[Tool, ...] = (search, match)
        self.writing: tuple[Tool, ...] = (add, verify)

    def _search_request(self, search: SearchArguments) -> AgentSearchInput | str:
        if self._case.searches >= MOST_SEARCHES:
            return refusal(f"At most {MOST_SEARCHES} searches a song: choose from what was found.")
        query = plain(search.query)
        if not query:
            return refusal("The query has no words.")
        return AgentSearchInput(query=query, limit=search.limit)

    def _search_answer(self, tracks: tuple[Track, ...]) -> str:
        self._case.add_candidates(tracks)
        return as_data(tracks=[track_data(track) for track in tracks])

    def _match_request(self, match: MatchArguments) -> AgentMatchInput | str:
        candidates: dict[str, Track] = {
            uri: self._case.found[uri] for uri in match.candidates if uri in self._case.found
        }
        if match.candidates and not candidates:
            return refusal("None of these was found by spotify_search.")
        return AgentMatchInput(song=self._case.song, candidates=tuple(candidates.values()))

    def _match_answer(self, verdict: Verdict) -> str:
        return as_data(**verdict_data(verdict))

    async def _add(self, wish: TrackArguments) -> str:
        if wish.track_uri not in self._case.found:
            return refusal("This track was not found by spotify_search.")
        async with self._case.writing:
            return await self._add_checked(wish.track_uri)

    async def _add_checked(self, uri: str) -> str:
        verdict = await self._case.may_add(uri)
        if verdict.track is None or verdict.decision != "accept":
            return refusal(f"This track may not be added. {plain(verdict.reason)}")
        if verdict.track.uri != uri:
            return refusal("Another track is the wished song.", uri=verdict.track.uri)
        result = await self._case.add(uri)
        return as_data(added=result.added, position=result.position)

    async def _verify(self, wish: TrackArguments) -> str:
        if wish.track_uri not in self._case.found:
            return refusal("This track was not found by spotify_search.")
        position = await self._case.place(wish.track_uri)
        return as_data(present=True, position=position)


def refusal(message: str, **more: Any) -> str:  # noqa: ANN401 - JSON
    """What a model is told when it asks for what it may not have."""
    return as_data(error={"code": REFUSED, "message": message, **more})
