"""One song into one playlist, by an agent whose tools come from the Spotify MCP server."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.agents.builders import mcp_agent
    from segue.music.agents.untrusted import as_data, song_data
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.tracks import WorkflowResult
    from segue.music.wire.names import MCP_SONG_SYNC
    from segue.music.workflows.agent_runs import enabled_plan, ending, run_for_song
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.spotify_guard import GuardedSpotify


@workflow.defn(name=MCP_SONG_SYNC)
class MCPIntegratedWorkflow:
    """An agent works with an MCP server's tools; what it may touch is checked on the way there."""

    @workflow.run
    async def run(self, title: str, artist: str, playlist_id: str) -> WorkflowResult:
        """Success is what was read back.

        Raises:
            AgentError: Agents are off, or came to no end.
            MCPServerError: The server failed, and kept failing.
        """
        plan = await enabled_plan()
        case = SongCase(SongMetadata(title=title, artist=artist), plan, playlist_id)
        server = GuardedSpotify(case)
        agent = mcp_agent(plan, server, writes=True)
        data = as_data(wish=song_data(case.song), playlist_id=playlist_id)
        outcome = await run_for_song(agent, data, plan)
        choice, failure = ending(outcome)
        return await case.result(choice, server.trouble or failure)
