"""One song into one playlist, by one agent with four tools."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.agents.builders import song_agent
    from segue.music.agents.untrusted import as_data, song_data
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.tracks import WorkflowResult
    from segue.music.wire.names import SIMPLE_SONG_SYNC
    from segue.music.workflows.agent_runs import enabled_plan, ending, run_for_song
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.song_tools import SongTools


@workflow.defn(name=SIMPLE_SONG_SYNC)
class SimpleMusicSyncWorkflow:
    """An agent searches, compares, adds and looks; its tools let it do nothing else."""

    @workflow.run
    async def run(self, title: str, artist: str, playlist_id: str) -> WorkflowResult:
        """Success is what was read back.

        Raises:
            AgentError: Agents are off, or came to no end.
        """
        plan = await enabled_plan()
        case = SongCase(SongMetadata(title=title, artist=artist), plan, playlist_id)
        tools = SongTools(case)
        agent = song_agent(plan, (*tools.reading, *tools.writing), writes=True)
        outcome = await run_for_song(agent, as_data(wish=song_data(case.song)), plan)
        return await case.result(*ending(outcome))
