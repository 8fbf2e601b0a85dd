"""One song into one playlist, by three agents that hand over to each other."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.agents.builders import TeamTools, search_team
    from segue.music.agents.untrusted import as_data, song_data
    from segue.music.contracts.tracks import WorkflowInput, WorkflowResult
    from segue.music.wire.names import ENHANCED_SONG_SYNC, MULTI_AGENT_SONG_SYNC
    from segue.music.workflows.agent_runs import enabled_plan, ending, run_for_song
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.song_tools import SongTools


@workflow.defn(name=MULTI_AGENT_SONG_SYNC)
class MultiAgentMusicSyncWorkflow:
    """SearchAgent finds, MatchingAgent judges, PlaylistAgent adds."""

    @workflow.run
    async def run(self, wish: WorkflowInput) -> WorkflowResult:
        """Success is what was read back.

        Raises:
            AgentError: Agents are off, or came to no end.
        """
        return await _by_team(wish)


@workflow.defn(name=ENHANCED_SONG_SYNC)
class EnhancedMusicSyncWorkflow:
    """``MultiAgentMusicSyncWorkflow`` under the name that older callers know."""

    @workflow.run
    async def run(self, wish: WorkflowInput) -> WorkflowResult:
        """Success is what was read back.

        Raises:
            AgentError: Agents are off, or came to no end.
        """
        return await _by_team(wish)


async def _by_team(wish: WorkflowInput) -> WorkflowResult:
    plan = await enabled_plan()
    case = SongCase(wish.song_metadata, plan, wish.playlist_id)
    tools = SongTools(case)
    team = TeamTools(
        search=tools.searching,
        match=tools.comparing,
        write=tools.writing,
        proposed=case.propose,
    )
    outcome = await run_for_song(search_team(plan, team), as_data(wish=song_data(case.song)), plan)
    return await case.result(*ending(outcome))
