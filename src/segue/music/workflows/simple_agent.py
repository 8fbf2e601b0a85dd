"""A sentence in, an agent at work: what the user asks for in words."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.errors.run import AgentError
    from segue.music.agents.builders import simple_agent, wish_reader
    from segue.music.agents.untrusted import as_data, plain, song_data
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.tracks import TrackStatus, WorkflowResult
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import NamedSong
    from segue.music.wire.names import SIMPLE_AGENT
    from segue.music.workflows.agent_runs import SONG_LIMITS, enabled_plan, error_of, run_for_song
    from segue.music.workflows.song_case import SongCase
    from segue.music.workflows.song_result import song_result
    from segue.music.workflows.song_tools import SongTools
    from segue.runs.workflow.agent_run import run_agent
    from segue.runs.workflow.run_options import RunOptions

PROMPT_CHARACTERS = 2_000
READING_TURNS = 2


@workflow.defn(name=SIMPLE_AGENT)
class SimpleAgentWorkflow:
    """Read the wish out of the user's words, then let one agent find it, and add it if it may.

    The wish is fixed before any text of a stranger is seen, so no title can change it.
    """

    @workflow.run
    async def run(self, prompt: str, playlist_id: str | None = None) -> WorkflowResult:
        """Success is what was read back; the message is the agent's own words.

        Args:
            prompt: What the user says.
            playlist_id: Where the song goes; None: it is only looked for.

        Raises:
            AgentError: Agents are off, or came to no end.
        """
        plan = await enabled_plan()
        reading = await run_agent(
            wish_reader(plan),
            plain(prompt, PROMPT_CHARACTERS),
            RunOptions(max_turns=READING_TURNS, limits=SONG_LIMITS),
        )
        if (failure := reading.failure) is not None:
            raise AgentError(
                f"The wish could not be read: {failure.message}",
                hint=failure.hint or None,
                cause=failure.code,
            )
        wish = NamedSong.model_validate(reading.output)
        song = SongMetadata(title=plain(wish.title), artist=plain(wish.artist))
        if not song.title:
            nothing = Verdict(decision="none", reason="The request names no song.")
            return song_result(nothing, TrackStatus.NOT_FOUND)
        case = SongCase(song, plan, playlist_id)
        tools = SongTools(case)
        writing = tools.writing if playlist_id else ()
        agent = simple_agent(plan, (*tools.reading, *writing), writes=bool(writing))
        outcome = await run_for_song(agent, as_data(wish=song_data(song)), plan)
        result = await case.result(None, error_of(outcome))
        words = plain(str(outcome.output or ""), PROMPT_CHARACTERS)
        return result.model_copy(update={"message": words or result.message})
