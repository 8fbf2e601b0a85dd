"""The tools of agents that add songs; what a model may say in them is little, and checked."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from agents import FunctionTool, ModelBehaviorError
    from agents.tool_context import ToolContext
    from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

    from segue.music.activities.agent_tools import AgentToolActivities
    from segue.music.agents.names import ADD, MATCH, SEARCH, VERIFY
    from segue.music.agents.untrusted import as_data, plain, track_data, verdict_data
    from segue.music.contracts.songs import Track
    from segue.music.wire.agents import AgentMatchInput, AgentSearchInput
    from segue.music.wire.options import HEARTBEAT, ONE_CALL, READING
    from segue.music.workflows.song_case import SongCase
    from segue.runs.workflow.tool_calls import RUNNING

# The pipeline needs two searches; Spotify counts each one, and a song is not worth more than this.
MOST_SEARCHES = 6
MOST_COMPARED = 60  # all that so many searches can find

REFUSED = "music.refused"

# Strict schemas may not bound the length of a text; descriptions say it, and it is checked here.
# Source: OpenAI's guide to structured outputs, "Supported schemas".
_NOT_TOLD = frozenset({"title", "minLength", "maxLength", "maxItems"})


class SearchArguments(BaseModel):
    """What a model says to ``spotify_search``."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Words of title and artist; at most 200 characters."
    )
    limit: int = Field(ge=1, le=10, description="Tracks wanted, 1 to 10.")


class MatchArguments(BaseModel):
    """What a model says to ``fuzzy_match``."""

    model_config = ConfigDict(extra="forbid")

    candidates: list[str] = Field(
        max_length=MOST_COMPARED, description="The uris of tracks that spotify_search found."
    )


class TrackArguments(BaseModel):
    """What a model says to ``add_to_playlist`` and ``verify_track``."""

    model_config = ConfigDict(extra="forbid")

    track_uri: str = Field(description="The uri of a track that spotify_search found.")


_Arguments = TypeVar("_Arguments", bound=BaseModel)


class SongTools:
    """The four tools, bound to one song, one playlist and the tracks that this run finds."""

    def __init__(self, case: SongCase) -> None:
        self._case = case

    @property
    def search(self) -> FunctionTool:
        """``spotify_search``."""
        return _tool(
            SEARCH,
            "Search the catalogue. Gives tracks with title, artists, album, date and length.",
            SearchArguments,
            self._search,
        )

    @property
    def match(self) -> FunctionTool:
        """``fuzzy_match``."""
        return _tool(
            MATCH,
            "Compare tracks with the wished song. Gives a decision (accept, review or none), the"
            " nearest track, and what differs in each.",
            MatchArguments,
            self._match,
        )

    @property
    def add(self) -> FunctionTool:
        """``add_to_playlist``."""
        return _tool(
            ADD,
            "Add a track to the user's playlist, unless it is there. Only the wished song can be"
            " added.",
            TrackArguments,
            self._add,
        )

    @property
    def verify(self) -> FunctionTool:
        """``verify_track``."""
        return _tool(
            VERIFY,
            "Look whether a track is in the user's playlist, and at which place.",
            TrackArguments,
            self._verify,
        )

    async def _search(self, asked: SearchArguments) -> str:
        if self._case.searches >= MOST_SEARCHES:
            return refusal(f"At most {MOST_SEARCHES} searches a song: choose from what was found.")
        query = plain(asked.query)
        if not query:
            return refusal("The query has no words.")
        found = await workflow.execute_activity_method(
            AgentToolActivities.agent_search,
            AgentSearchInput(query=query, limit=asked.limit),
            start_to_close_timeout=ONE_CALL,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=READING,
        )
        self._case.searched(found)
        return as_data(tracks=[track_data(track) for track in found])

    async def _match(self, asked: MatchArguments) -> str:
        compared: dict[str, Track] = {
            uri: self._case.found[uri] for uri in asked.candidates if uri in self._case.found
        }
        if asked.candidates and not compared:
            return refusal("None of these was found by spotify_search.")
        verdict = await workflow.execute_activity_method(
            AgentToolActivities.agent_match,
            AgentMatchInput(song=self._case.song, candidates=tuple(compared.values())),
            start_to_close_timeout=ONE_CALL,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=READING,
        )
        return as_data(**verdict_data(verdict))

    async def _add(self, asked: TrackArguments) -> str:
        if asked.track_uri not in self._case.found:
            return refusal("This track was not found by spotify_search.")
        async with self._case.writing:
            return await self._add_checked(asked)

    async def _add_checked(self, asked: TrackArguments) -> str:
        verdict = await self._case.may_add(asked.track_uri)
        if verdict.track is None or verdict.decision != "accept":
            return refusal(f"This track may not be added. {plain(verdict.reason)}")
        if verdict.track.uri != asked.track_uri:
            return refusal("Another track is the wished song.", uri=verdict.track.uri)
        added = await self._case.add(asked.track_uri)
        return as_data(added=added.added, position=added.position)

    async def _verify(self, asked: TrackArguments) -> str:
        if asked.track_uri not in self._case.found:
            return refusal("This track was not found by spotify_search.")
        position = await self._case.place(asked.track_uri)
        return as_data(present=True, position=position)


def refusal(message: str, **more: Any) -> str:  # noqa: ANN401 - JSON
    """What a model is told when it asks for what it may not have."""
    return as_data(error={"code": REFUSED, "message": message, **more})


def repeatable() -> None:
    """Let the steps of the tool at work be tried again: each of them reads before it writes."""
    running = RUNNING.get()
    if running is not None:
        running.call = running.call.model_copy(update={"effect": "repeatable"})


def _tool(
    name: str,
    description: str,
    arguments: type[_Arguments],
    run: Callable[[_Arguments], Awaitable[str]],
) -> FunctionTool:
    async def invoke(_context: ToolContext[Any], given: str) -> str:
        try:
            asked = arguments.model_validate_json(given)
        except ValidationError as unfit:
            raise ModelBehaviorError("The arguments do not fit the tool's schema.") from unfit
        repeatable()
        return await run(asked)

    return FunctionTool(
        name=name,
        description=description,
        params_json_schema=_schema(arguments),
        on_invoke_tool=invoke,
    )


def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    properties: dict[str, dict[str, Any]] = arguments.model_json_schema()["properties"]
    return {
        "type": "object",
        "properties": {
            name: {word: value for word, value in told.items() if word not in _NOT_TOLD}
            for name, told in properties.items()
        },
        "required": list(properties),
        "additionalProperties": False,
    }
