"""A workflow file as it must not be: it imports our code without passing it through."""

from temporalio import workflow

from segue.errors import SegueError


@workflow.defn
class UnpassedWorkflow:
    """Never runs: a worker refuses it."""

    @workflow.run
    async def run(self) -> str:
        return SegueError.code
