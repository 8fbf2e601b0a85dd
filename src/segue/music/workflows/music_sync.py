"""One song into one playlist."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.activities.tracks import TrackActivities
    from segue.music.contracts.songs import SongMetadata
    from segue.music.contracts.tracks import TrackStatus, WorkflowInput, WorkflowResult
    from segue.music.contracts.verdicts import Verdict
    from segue.music.wire.agents import AgentPlan, AnsweredDoubt
    from segue.music.wire.names import SONG_SYNC
    from segue.music.wire.options import LONG_CALL, SEARCH_CALL, SHORT_CALL
    from segue.music.wire.tracks import AddInput, MatchInput
    from segue.music.workflows.agent_runs import agent_plan
    from segue.music.workflows.doubts import decide
    from segue.music.workflows.song_result import song_result, status_without


@workflow.defn(name=SONG_SYNC)
class MusicSyncWorkflow:
    """Search, match, ask when in doubt, add, and read back that it is there."""

    @workflow.run
    async def run(self, wish: WorkflowInput) -> WorkflowResult:
        """Success is what was read back."""
        verdict = await self._verdict(wish.song_metadata)
        if verdict.decision != "accept" or verdict.track is None:
            return song_result(verdict, status_without(verdict))
        request = AddInput(playlist_id=wish.playlist_id, uri=verdict.track.uri)
        addition = await workflow.execute_activity_method(
            TrackActivities.add_to_playlist,
            request,
            **LONG_CALL,
        )
        position = await workflow.execute_activity_method(
            TrackActivities.verify_track_added,
            request.model_copy(update={"position": addition.position}),
            **LONG_CALL,
        )
        status = TrackStatus.ADDED if addition.added else TrackStatus.ALREADY_PRESENT
        return song_result(verdict, status, position=position)

    async def _verdict(self, song: SongMetadata) -> Verdict:
        search = await workflow.execute_activity_method(
            TrackActivities.spotify_search,
            song,
            **SEARCH_CALL,
        )
        verdict = await workflow.execute_activity_method(
            TrackActivities.fuzzy_match,
            MatchInput(song=song, candidates=search.candidates),
            **SHORT_CALL,
        )
        if verdict.decision != "review":
            return verdict
        # Runs that began before models were asked go on to the person at once.
        plan = await agent_plan() if workflow.patched("ask-a-model") else AgentPlan()
        if plan.enabled:
            decision, _ = await decide(song, verdict, plan)
            return decision
        return await workflow.execute_activity_method(
            TrackActivities.ai_disambiguate,
            AnsweredDoubt(song=song, verdict=verdict),
            **SHORT_CALL,
        )
