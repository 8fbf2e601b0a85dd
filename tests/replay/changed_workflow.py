"""A workflow that somebody changed without a thought for the runs that are under way."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from segue.music.contracts.tracks import WorkflowInput, WorkflowResult
    from segue.music.workflows.music_sync import MusicSyncWorkflow


@workflow.defn(name="MusicSyncWorkflow")
class ChangedMusicSyncWorkflow(MusicSyncWorkflow):
    @workflow.run
    async def run(self, wish: WorkflowInput) -> WorkflowResult:
        await workflow.execute_activity(
            "one-more-step", start_to_close_timeout=timedelta(minutes=1)
        )
        return await super().run(wish)
