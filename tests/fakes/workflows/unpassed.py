"""A workflow file as it must not be: it imports our code without passing it through."""

from temporalio import workflow

from segue.runtime.ids import workflow_id


@workflow.defn
class UnpassedWorkflow:
    """Never runs: a worker refuses it."""

    @workflow.run
    async def run(self) -> str:
        return workflow_id("never")
