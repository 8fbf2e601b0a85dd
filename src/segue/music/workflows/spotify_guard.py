"""The Spotify MCP server as an agent may use it: its own playlist, and tracks that it has found."""

from datetime import timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from agents import AgentBase, RunContextWrapper
    from agents.mcp import MCPServer
    from mcp.types import CallToolResult, GetPromptResult, ListPromptsResult, TextContent, Tool
    from pydantic import TypeAdapter, ValidationError
    from temporalio.common import RetryPolicy
    from temporalio.openai_agents.workflow import temporal_mcp_server
    from temporalio.workflow import ActivityConfig

    from segue.errors.run import MCPServerError
    from segue.music.agents.names import MCP_ADD, MCP_SEARCH, MCP_VERIFY
    from segue.music.agents.untrusted import as_data, clean_data, plain
    from segue.music.contracts.songs import Track
    from segue.music.wire.tracks import AddResult
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.song_tools import MOST_SEARCHES, refusal
    from segue.runs.workflow.tool_calls import RUNNING
    from segue.runs.workflow.tools import idempotency_meta

SERVER = "spotify"

# A server that crashed is started anew for the next try; the waits give it time.
CALLS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=500),
        maximum_interval=timedelta(seconds=30),
        maximum_attempts=5,
    ),
)

_TRACKS = TypeAdapter(tuple[Track, ...])
_READING = frozenset({MCP_SEARCH, "get_track"})
_WRITING = frozenset({"get_playlist", MCP_ADD, MCP_VERIFY})


class GuardedSpotify(MCPServer):
    """Stands between an agent and the server; what is refused never reaches the server.

    Args:
        case: The song, its playlist, and what was found so far.
        inner: The server; None: the one that the workers have.

    Attributes:
        trouble: Why the server's last call failed; None: it did not.
    """

    def __init__(self, case: SongCase, inner: MCPServer | None = None) -> None:
        super().__init__(use_structured_content=True, tool_meta_resolver=idempotency_meta)
        self._case = case
        self._inner = inner or temporal_mcp_server(SERVER, CALLS)
        self._allowed = _READING | (_WRITING if case.playlist_id else frozenset())
        self.trouble: MCPServerError | None = None

    @property
    def name(self) -> str:
        """The server's name."""
        return self._inner.name

    async def connect(self) -> None:
        """Do nothing: each call connects by itself."""

    async def cleanup(self) -> None:
        """Do nothing: no connection is open between calls."""

    async def list_tools(
        self,
        run_context: RunContextWrapper[Any] | None = None,
        agent: AgentBase | None = None,
    ) -> list[Tool]:
        """The tools that this run may use."""
        try:
            tools = await self._inner.list_tools(run_context, agent)
        except ActivityError as error:
            raise self._note_failure(error) from None
        return [tool for tool in tools if tool.name in self._allowed]

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,
    ) -> CallToolResult:
        """Call a tool, unless it would touch what is not this run's."""
        running = RUNNING.get()
        if running is not None:
            running.declare("repeatable")  # each of its steps reads before it writes
        if tool_name != MCP_ADD:
            return await self._call(tool_name, arguments, meta)
        async with self._case.writing:
            return await self._call(tool_name, arguments, meta)

    async def _call(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None
    ) -> CallToolResult:
        final_arguments = dict(arguments or {})
        if complaint := await self._complaint(tool_name, final_arguments):
            return _error(complaint)
        try:
            result = await self._inner.call_tool(tool_name, final_arguments, meta)
        except ActivityError as error:
            raise self._note_failure(error) from None
        self.trouble = None
        if not result.is_error:
            self._note(tool_name, result.structured_content)
        return _legible(result)

    async def list_prompts(self) -> ListPromptsResult:
        """Give no prompt: none are used."""
        return ListPromptsResult(prompts=[])

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None
    ) -> GetPromptResult:
        """Give no prompt: none are used.

        Raises:
            MCPServerError: Always.
        """
        raise MCPServerError(f"Expected no use of the server's prompts, got a call of {name!r}.")

    async def _complaint(self, tool: str, arguments: dict[str, Any]) -> str | None:
        """Why this call is not made; None: it is."""
        if tool not in self._allowed:
            return refusal("This tool is not yours.")
        if tool == MCP_SEARCH and self._case.searches >= MOST_SEARCHES:
            return refusal(f"At most {MOST_SEARCHES} searches a song: choose from what was found.")
        if tool in _WRITING and arguments.get("playlist_id") != self._case.playlist_id:
            return refusal("Only the playlist that you were given is yours.")
        if tool == MCP_ADD:
            return await self._wrong_track(arguments.get("track_uris"))
        return None

    async def _wrong_track(self, uris: Any) -> str | None:  # noqa: ANN401 - what a model wrote
        if not isinstance(uris, list) or len(uris) != 1 or uris[0] not in self._case.found:  # pyright: ignore[reportUnknownArgumentType] - what a model wrote
            return refusal("Add exactly one track, and one that search_tracks has found.")
        uri = str(uris[0])  # pyright: ignore[reportUnknownArgumentType] - one of those found
        verdict = await self._case.may_add(uri)
        if verdict.decision != "accept" or verdict.track is None:
            return refusal(f"This track may not be added. {plain(verdict.reason)}")
        if verdict.track.uri != uri:
            return refusal("Another track is the wished song.", uri=verdict.track.uri)
        return None

    def _note(self, tool: str, data: Any) -> None:  # noqa: ANN401 - JSON of a server
        content = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        if tool == MCP_SEARCH:
            try:
                self._case.add_candidates(_TRACKS.validate_python(content.get("tracks", [])))
            except ValidationError:
                self.trouble = MCPServerError("Expected tracks from the server, got other data.")
                raise self.trouble from None
        if tool == MCP_ADD:
            self._case.was_added(AddResult(added=bool(content.get("added")), position=0))

    def _note_failure(self, error: ActivityError) -> Exception:
        if is_cancelled_exception(error):
            return error
        self.trouble = MCPServerError("The Spotify MCP server failed at every try.")
        return self.trouble


def _error(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)


def _legible(result: CallToolResult) -> CallToolResult:
    """The result as a model may see it: what strangers wrote is made plain."""
    if result.structured_content is not None and not result.is_error:
        data = clean_data(result.structured_content)
        text = TextContent(type="text", text=as_data(data=data))
        return CallToolResult(content=[text], structured_content=data)
    texts = [plain(block.text) for block in result.content if isinstance(block, TextContent)]
    return _error(as_data(error={"code": "mcp.error", "message": " ".join(texts)}))
